import type { Address, Curve } from './identity.ts'
import type { Millis } from './units.ts'

/** How a packet is signed and framed. The numbers of the record's `format` byte are in `sdk/log/record.ts`. */
export type Format = 'cose-es256k' | 'cose-es256' | 'pebble'

/** The curve that each format's signature is on. */
export const curveOf: Readonly<Record<Format, Curve>> = {
  'cose-es256k': 'secp256k1',
  'cose-es256': 'p256',
  pebble: 'secp256k1',
}

/**
 * A packet opened as far as its signature needs: who, which, what was signed. Its readings stay shut until the signature holds.
 *
 * `digest` is the SHA-256 that the device's signature signs; it identifies the packet, the signature never does (malleability).
 */
export type Envelope = {
  readonly format: Format
  readonly device: Address
  readonly sequence: bigint
  readonly digest: Uint8Array
  /** r ‖ s, 64 bytes, with the smaller s, whichever the packet has: what is stored, logged and proven. */
  readonly signature: Uint8Array
  /** The protected header, byte for byte. Native packets alone have one. */
  readonly protectedHeader?: Uint8Array
  /** What the signature covers and the readings are in: a SenML pack, or a Pebble message of `kind`. */
  readonly payload: Uint8Array
  /** Pebble's package type; native packets are always data. */
  readonly kind: 'data' | 'config' | 'state'
  /** The packet as received, byte for byte: its signature may have the larger s. */
  readonly raw: Uint8Array
}

/** One measured quantity: a SenML name and unit (RFC 8428, RFC 8798), and its value. */
export type Measurement = { readonly name: string; readonly unit: string; readonly value: number | string | boolean }

/** One time-stamped set of measurements. */
export type Reading = {
  readonly at: Millis
  /** `gateway` where the device gave no absolute time: `at` then counts from the moment of acceptance. */
  readonly clock: 'device' | 'gateway'
  readonly measurements: readonly Measurement[]
}

/** Plain JSON facts that explain a refusal to its owner. Never a secret, never a value that the owner did not send. */
export type Facts = Readonly<Record<string, string | number>>

/** Why bytes are no packet. */
export type Unreadable = {
  readonly code: 'MALFORMED' | 'TOO_LARGE' | 'OUT_OF_RANGE'
  readonly facts: Facts
}

/** A refusal is a value: `ok` tells which. */
export type Result<T, E = Unreadable> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: E }
