import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { sealNative } from '../../devices/cose.ts'
import { type Address, addressOf, type Curve, type DeviceKey } from '../../devices/identity.ts'
import { networkId } from '../../devices/network.ts'
import type { Measurement, Reading } from '../../devices/packet.ts'
import { encodeSenml } from '../../devices/senml.ts'
import { type PrivateKey, publicKeyOf } from '../../devices/signature.ts'
import type { Millis } from '../../devices/units.ts'
import type { Inbox, Incoming, Known, Outcome, Registration, Verdict } from '../../gateway/ports.ts'

/*
 * Builders for tests of the path. They name only what matters to a test; the rest is fixed, so that a run repeats byte for byte.
 */

/** 2026-06-01T12:00:00Z */
export const NOON: Millis = 1_780_315_200_000
export const NETWORK = networkId(246_900, `0x${'c1'.repeat(20)}`)
export const OTHER_NETWORK = networkId(4_690, `0x${'c1'.repeat(20)}`)

export type TestDevice = { readonly key: PrivateKey; readonly publicKey: DeviceKey; readonly device: Address }

export const testDevice = (name: string, curve: Curve = 'secp256k1'): TestDevice => {
  const key = { curve, secret: sha256(utf8ToBytes(`test device ${name}`)) }
  const publicKey = publicKeyOf(key)
  return { key, publicKey, device: addressOf(publicKey.publicKey) }
}

/** The device by the key that its owner has given it since; its name stays. */
export const rotated = ({ device }: TestDevice, { key, publicKey }: TestDevice): TestDevice => ({
  key,
  publicKey,
  device,
})

export const registrationOf = (device: TestDevice, but: Partial<Registration> = {}): Registration => ({
  device: device.device,
  key: device.publicKey,
  model: 'tracker-1',
  cell: 0n,
  owner: `0x${'0a'.repeat(20)}`,
  term: 1,
  grade: 'full',
  revoked: false,
  block: 7n,
  ...but,
})

export const knownOf = (
  registrations: readonly Registration[],
  more: {
    readonly imeis?: Readonly<Record<string, Address | readonly Address[]>>
    readonly proposed?: readonly Address[]
  } = {},
): Known => ({
  byAddress: (device) => registrations.find((registration) => registration.device === device),
  byImei: (imei) => [new Map(Object.entries(more.imeis ?? {})).get(imei) ?? []].flat(),
  isProposed: (device) => more.proposed?.includes(device) ?? false,
})

export const measurement = (name: string, unit: string, value: number): Measurement => ({ name, unit, value })

export const place = (latitude: number, longitude: number): readonly Measurement[] => [
  measurement('lat', 'lat', latitude),
  measurement('lon', 'lon', longitude),
]

export const reading = (at: Millis, ...measurements: readonly Measurement[]): Reading => ({
  at,
  clock: 'device',
  measurements,
})

export type TestPacket = {
  readonly sequence?: bigint
  readonly network?: Uint8Array
  readonly readings?: readonly Reading[]
  readonly payload?: Uint8Array
}

export const nativePacket = ({ key, device }: TestDevice, packet: TestPacket = {}): Uint8Array => {
  const { sequence = 1n, network = NETWORK } = packet
  const readings = packet.readings ?? [
    reading(NOON, measurement('temperature', 'Cel', 20 + Number(sequence) / 100), ...place(49.92, -97.19)),
  ]
  const salt = sha256(utf8ToBytes(`salt ${sequence}`)).subarray(0, 16)
  return sealNative({ key, device, network, sequence, salt, payload: packet.payload ?? encodeSenml(readings) })
}

const orders: Readonly<Record<Curve, bigint>> = { secp256k1: secp256k1.Point.Fn.ORDER, p256: p256.Point.Fn.ORDER }

/** The same bytes with the other s of the two that verify alike; s is their last 32, as in every packet of ours and in a JWT's signature. */
export const withOtherS = (curve: Curve, bytes: Uint8Array): Uint8Array => {
  const s = BigInt(`0x${Buffer.from(bytes.slice(-32)).toString('hex')}`)
  return Uint8Array.from([
    ...bytes.slice(0, -32),
    ...Buffer.from((orders[curve] - s).toString(16).padStart(64, '0'), 'hex'),
  ])
}

export const incomingOf = (device: TestDevice, raw: Uint8Array, but: Partial<Incoming> = {}): Incoming => ({
  source: device.device,
  isProven: true,
  isRegistered: true,
  party: device.device,
  framing: 'native',
  raw,
  receivedAt: NOON,
  ...but,
})

/** Riverrock 1.0.14, 2024-06-19T00:45:42Z: see pebble.md. The only packet here that real hardware signed. */
export const CAPTURE = {
  imei: '350916067070535',
  raw: Uint8Array.from(
    Buffer.from(
      'CAASRAjMCBDkAhiAwIncAyC/kfCeByj0l6ABMLogOID+BUD+JUgAUJ0QWgMsDwZiBTXmf+ICahA1ZGEwOTk3NDE0OTIyYThiGLbUyLMGIkC4zqnDST/KDHLihv8Nbks5gu6/XZ8kB/ytvF0YUA0bQoL7QbuPbmNeROcBKNj4ePkKihnjI373E8NaybO0wmte',
      'base64',
    ),
  ),
  device: '0x7c6d376b125b43ea5ba5dd0f84e00a4f0c3ad63f',
} as const

/** The store's law in memory: one packet per (device, sequence). */
export const memoryInbox = (): Inbox & { readonly stored: readonly { verdict: Verdict; outcome: Outcome }[] } => {
  const digests = new Map<string, string>()
  const stored: { verdict: Verdict; outcome: Outcome }[] = []
  const outcomeOf = (verdict: Verdict): Outcome => {
    if (verdict.status === 'refused') return verdict.code
    const { device, sequence, digest } = verdict.envelope
    const key = `${device}/${sequence}`
    const taken = digests.get(key)
    if (taken === undefined) digests.set(key, String(digest))
    if (taken === undefined) return 'ACCEPTED'
    return taken === String(digest) ? 'SEQUENCE_SEEN' : 'SEQUENCE_CONFLICT'
  }
  return {
    stored,
    append: async (verdicts) =>
      verdicts.map((verdict) => {
        const outcome = outcomeOf(verdict)
        stored.push({ verdict, outcome })
        return outcome
      }),
  }
}
