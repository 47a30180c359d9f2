import { hexToBytes } from '@noble/hashes/utils.js'
import type { Address, Curve, DeviceKey } from '../../devices/identity.ts'
import { modelOf } from '../../devices/models.ts'
import type { Facts, Result } from '../../devices/packet.ts'
import type { Pairing } from '../../devices/pairing.ts'
import type { FailureCode } from '../errors.ts'
import type { SignedRelease } from './release.ts'

/** `POST /v1/pairings`: JSON, so bytes are `0x` hex and wide integers are text. */
export type PairingRequest = {
  readonly device: string
  /** 15 digits; a Pebble has one. Nobody signs it: it says on whose screen the proposal is shown, never whose the device is. */
  readonly imei?: string | undefined
  readonly owner: string
  readonly curve: Curve
  /** X ‖ Y. Not needed of a Pebble: its confirm gives the key away. */
  readonly publicKey?: string | undefined
  readonly model: string
  /** H3 index as `0x` hex, `0x0` for none. */
  readonly cell: string
  readonly nonce: string
  /** Unix seconds. */
  readonly deadline: string
  /** 65 bytes r ‖ s ‖ v over the EIP-712 Pairing. */
  readonly ownerSignature: string
  /** 64 bytes r ‖ s over the same digest. */
  readonly deviceSignature?: string | undefined
  /** 65 bytes over the EIP-712 Attestation. */
  readonly manufacturerSignature?: string | undefined
  /** Unix seconds. Both of a release or none: what the last owner signs where the device's key was revoked or rotated away before. */
  readonly releaseDeadline?: string | undefined
  /** 65 bytes over the EIP-712 Release. */
  readonly releaseSignature?: string | undefined
}

export type PairingRefusal = { readonly code: FailureCode; readonly facts: Facts }

/** Who stands for the device: itself now, itself later by a Pebble's Enter, or its manufacturer. */
export type Proof =
  | { readonly by: 'device'; readonly key: DeviceKey; readonly signature: Uint8Array }
  | { readonly by: 'manufacturer'; readonly key: DeviceKey; readonly signature: Uint8Array }
  | { readonly by: 'confirm' }

/** A request whose every field has its type; nothing about it is verified yet. */
export type Wish = {
  readonly pairing: Pairing
  readonly imei: string | undefined
  readonly ownerSignature: Uint8Array
  readonly proof: Proof
  /** Looked at only where the device needs one. */
  readonly release: SignedRelease | undefined
}

type Rule = { readonly is: RegExp; readonly must: string; readonly optional?: true }

const hexBytes = (length: number): Rule => ({
  is: new RegExp(`^0x[0-9a-fA-F]{${2 * length}}$`),
  must: `be 0x and ${2 * length} hex digits`,
})
/** 77 digits always fit a uint256. */
const decimal: Rule = { is: /^(0|[1-9][0-9]{0,76})$/, must: 'be a decimal integer' }

/** REST's schema is there to be read; these rules are what holds. */
const rules: Readonly<Record<keyof PairingRequest, Rule>> = {
  device: hexBytes(20),
  owner: hexBytes(20),
  curve: { is: /^(secp256k1|p256)$/, must: 'be secp256k1 or p256' },
  model: { is: /^[\x21-\x7e]{1,32}$/, must: 'be 1 to 32 visible ASCII characters' },
  cell: { is: /^0x[0-9a-fA-F]{1,16}$/, must: 'be 0x and up to 16 hex digits' },
  nonce: decimal,
  deadline: decimal,
  ownerSignature: hexBytes(65),
  imei: { is: /^[0-9]{15}$/, must: 'be 15 digits', optional: true },
  publicKey: { ...hexBytes(64), optional: true },
  deviceSignature: { ...hexBytes(64), optional: true },
  manufacturerSignature: { ...hexBytes(65), optional: true },
  releaseDeadline: { ...decimal, optional: true },
  releaseSignature: { ...hexBytes(65), optional: true },
}

const wrongField = (request: PairingRequest): Facts | undefined => {
  for (const [field, rule] of Object.entries(rules)) {
    const text = request[field as keyof PairingRequest]
    if (text === undefined ? !rule.optional : !rule.is.test(text)) return { field, must: rule.must }
  }
  return undefined
}

const bytesOf = (hex: string): Uint8Array => hexToBytes(hex.slice(2))

const keyOf = (request: PairingRequest): DeviceKey | undefined =>
  request.publicKey === undefined ? undefined : { curve: request.curve, publicKey: bytesOf(request.publicKey) }

const wrong = (field: keyof PairingRequest, must: string): Result<never, Facts> => ({
  ok: false,
  refusal: { field, must },
})

/** Which proof comes with the request; a Pebble's comes later. */
const proofOf = (request: PairingRequest): Result<Proof, Facts> => {
  const { deviceSignature, manufacturerSignature } = request
  const key = keyOf(request)
  if (deviceSignature === undefined && manufacturerSignature === undefined) return confirmLater(request)
  if (deviceSignature !== undefined && manufacturerSignature !== undefined)
    return wrong('manufacturerSignature', 'be absent where the device signs for itself')
  if (!key) return wrong('publicKey', 'be given: X ‖ Y, 64 bytes')
  return deviceSignature === undefined
    ? { ok: true, value: { by: 'manufacturer', key, signature: bytesOf(manufacturerSignature as string) } }
    : { ok: true, value: { by: 'device', key, signature: bytesOf(deviceSignature) } }
}

const confirmLater = (request: PairingRequest): Result<Proof, Facts> => {
  if (request.imei === undefined) return wrong('imei', 'be given, or deviceSignature, or manufacturerSignature')
  if (request.curve !== 'secp256k1') return wrong('curve', 'be secp256k1 for a Pebble')
  return { ok: true, value: { by: 'confirm' } }
}

const releaseOf = ({ releaseDeadline, releaseSignature }: PairingRequest): SignedRelease | undefined =>
  releaseDeadline === undefined || releaseSignature === undefined
    ? undefined
    : { deadline: BigInt(releaseDeadline), signature: bytesOf(releaseSignature) }

const pairingOf = (request: PairingRequest): Pairing => ({
  owner: request.owner.toLowerCase() as Address,
  device: request.device.toLowerCase() as Address,
  curve: request.curve,
  model: request.model,
  cell: BigInt(request.cell),
  nonce: BigInt(request.nonce),
  deadline: BigInt(request.deadline),
})

export const readRequest = (request: PairingRequest): Result<Wish, PairingRefusal> => {
  const facts = wrongField(request)
  if (facts) return { ok: false, refusal: { code: 'BAD_REQUEST', facts } }
  const { model } = request
  if (!modelOf(model)) return { ok: false, refusal: { code: 'UNKNOWN_MODEL', facts: { model, models: '/v1/models' } } }
  const proof = proofOf(request)
  if (!proof.ok) return { ok: false, refusal: { code: 'BAD_REQUEST', facts: proof.refusal } }
  const ownerSignature = bytesOf(request.ownerSignature)
  return {
    ok: true,
    value: {
      pairing: pairingOf(request),
      imei: request.imei,
      ownerSignature,
      proof: proof.value,
      release: releaseOf(request),
    },
  }
}
