import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { Tag } from 'cbor-x/decode'
import { decodeCbor } from './cbor/decode.ts'
import { type CborValue, encodeCbor } from './cbor/encode.ts'
import { type Address, addressOf, type Curve } from './identity.ts'
import { MAX_PACKET_BYTES, MAX_SEQUENCE } from './limits.ts'
import { curveOf, type Envelope, type Format, type Result, type Unreadable } from './packet.ts'
import { lowS, type PrivateKey, publicKeyOf, SIGNATURE_BYTES, sign } from './signature.ts'

/*
 * The native packet: COSE_Sign1 (RFC 9052 §4.2), everything in the protected header, nothing beside it. We write deterministic CBOR; of
 * others we read whatever their libraries write, as long as it can be understood in one way alone.
 */

export type NativePacket = {
  readonly key: PrivateKey
  /** Whose packet it is, where the registry has given the device another key than the one it is named after. */
  readonly device?: Address
  /** `networkId`: without it a packet could be replayed on another network. */
  readonly network: Uint8Array
  /** From 1 on, never used twice, not even after a reboot. */
  readonly sequence: bigint
  /** 16 random bytes, so that the public digest of a low-entropy payload cannot be guessed. */
  readonly salt: Uint8Array
  /** A SenML pack. */
  readonly payload: Uint8Array
  /** Digest of the device's packet before this one. */
  readonly previous?: Uint8Array
  /** A block hash: proves that the packet was not made before it. */
  readonly recentBlock?: Uint8Array
}

const COSE_SIGN1_TAG = 18
/** CoAP content format `application/senml+cbor`. */
const SENML_CBOR = 112
/** RFC 9053 §2.1 and RFC 8812 §3.2. */
const algorithms: Readonly<Record<Curve, number>> = { p256: -7, secp256k1: -47 }
const formats: ReadonlyMap<unknown, Format> = new Map([
  [algorithms.secp256k1, 'cose-es256k'],
  [algorithms.p256, 'cose-es256'],
])

const label = { alg: 1, contentType: 3, kid: 4, sequence: -65537, salt: -65538, previous: -65539, recentBlock: -65540 }
const required = [label.alg, label.contentType, label.kid, label.sequence, label.salt]

const isBytes = (length: number) => (value: unknown) => value instanceof Uint8Array && value.length === length
/** A float that is a whole number counts as one: some libraries write integers above 2^32 so. Above 2^53 it may be another one's. */
const isInteger = (value: unknown) => typeof value === 'bigint' || Number.isSafeInteger(value)

/** What may stand under each label of the protected header. */
const allowed: ReadonlyMap<unknown, (value: unknown) => boolean> = new Map([
  [label.alg, (value: unknown) => formats.has(value)],
  [label.contentType, (value: unknown) => value === SENML_CBOR],
  [label.kid, isBytes(20)],
  [label.sequence, isInteger],
  [label.salt, isBytes(16)],
  [label.previous, isBytes(32)],
  [label.recentBlock, isBytes(32)],
])

export const sealNative = (packet: NativePacket): Uint8Array => {
  const protectedHeader = encodeHeader(packet)
  const digest = sigStructureDigest(protectedHeader, packet.network, packet.payload)
  const body = [protectedHeader, new Map(), packet.payload, sign(packet.key, digest)]
  return concatBytes(Uint8Array.of(0xc0 | COSE_SIGN1_TAG), encodeCbor(body))
}

/**
 * Opens a native packet as far as its signature needs; the payload stays shut. Whether kid is a known device and the signature its own is
 * for the caller to check: a packet of another network differs from a forged one only in that the signature holds under the other's id.
 */
export const openNative = (raw: Uint8Array, network: Uint8Array): Result<Envelope> => {
  if (raw.length > MAX_PACKET_BYTES) return refuse('TOO_LARGE', { bytes: raw.length, limit: MAX_PACKET_BYTES })
  const decoded = decodeCbor(raw)
  if (!decoded.ok) return decoded
  const parts = partsOf(decoded.value)
  if (!parts)
    return refuse('MALFORMED', { reason: 'not a COSE_Sign1 of header, empty map, payload and 64-byte signature' })
  const header = openHeader(parts.protectedHeader)
  if (!header.ok) return header
  const { protectedHeader, payload } = parts
  const digest = sigStructureDigest(protectedHeader, network, payload)
  const signature = lowS(curveOf[header.value.format], parts.signature)
  return { ok: true, value: { ...header.value, digest, signature, protectedHeader, payload, kind: 'data', raw } }
}

const refuse = (code: Unreadable['code'], facts: Unreadable['facts']): { ok: false; refusal: Unreadable } => ({
  ok: false,
  refusal: { code, facts },
})

const encodeHeader = ({ key, device, sequence, salt, previous, recentBlock }: NativePacket): Uint8Array => {
  const kid = device ?? addressOf(publicKeyOf(key).publicKey)
  const header = new Map<CborValue, CborValue>([
    [label.alg, algorithms[key.curve]],
    [label.contentType, SENML_CBOR],
    [label.kid, hexToBytes(kid.slice(2))],
    [label.sequence, sequence],
    [label.salt, salt],
  ])
  if (previous) header.set(label.previous, previous)
  if (recentBlock) header.set(label.recentBlock, recentBlock)
  return encodeCbor(header)
}

/**
 * What a native packet's signature signs (RFC 9052 §4.4). Header and payload go in byte for byte, and the frame around them has one form,
 * so the packet's own frame may have any.
 */
export const sigStructure = (protectedHeader: Uint8Array, externalAad: Uint8Array, payload: Uint8Array): Uint8Array =>
  encodeCbor(['Signature1', protectedHeader, externalAad, payload])

/** Its SHA-256: the packet's digest. */
export const sigStructureDigest = (...parts: Parameters<typeof sigStructure>): Uint8Array =>
  sha256(sigStructure(...parts))

type Parts = { readonly protectedHeader: Uint8Array; readonly payload: Uint8Array; readonly signature: Uint8Array }

const partsOf = (value: unknown): Parts | undefined => {
  if (!(value instanceof Tag) || value.tag !== COSE_SIGN1_TAG || !Array.isArray(value.value)) return undefined
  if (value.value.length !== 4) return undefined
  const [protectedHeader, unprotected, payload, signature] = value.value as unknown[]
  if (!(protectedHeader instanceof Uint8Array) || !(payload instanceof Uint8Array)) return undefined
  if (!(unprotected instanceof Map) || unprotected.size !== 0) return undefined
  if (!(signature instanceof Uint8Array) || signature.length !== SIGNATURE_BYTES) return undefined
  return { protectedHeader, payload, signature }
}

/** Text from a stranger stays out of the facts: they are stored and shown. */
const labelFact = (name: unknown): string | number => (typeof name === 'number' ? name : typeof name)

type Header = Pick<Envelope, 'format' | 'device' | 'sequence'>

const openHeader = (bytes: Uint8Array): Result<Header> => {
  const decoded = decodeCbor(bytes)
  if (!decoded.ok) return refuse('MALFORMED', { ...decoded.refusal.facts, in: 'protected header' })
  const header = decoded.value
  if (!(header instanceof Map)) return refuse('MALFORMED', { reason: 'protected header is not a map' })
  const missing = required.find((name) => !header.has(name))
  if (missing !== undefined) return refuse('MALFORMED', { reason: 'protected header lacks a label', label: missing })
  for (const [name, value] of header) {
    if (!allowed.get(name)?.(value))
      return refuse('MALFORMED', { reason: 'protected header label', label: labelFact(name) })
  }
  return headerOf(header)
}

const headerOf = (header: ReadonlyMap<unknown, unknown>): Result<Header> => {
  const sequence = BigInt(header.get(label.sequence) as number | bigint)
  if (sequence < 1n || sequence > MAX_SEQUENCE) {
    return refuse('OUT_OF_RANGE', {
      field: 'sequence',
      value: String(sequence),
      least: '1',
      most: String(MAX_SEQUENCE),
    })
  }
  const format = formats.get(header.get(label.alg)) as Format
  return { ok: true, value: { format, device: `0x${bytesToHex(header.get(label.kid) as Uint8Array)}`, sequence } }
}
