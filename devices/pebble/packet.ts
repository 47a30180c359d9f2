import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import type { Address } from '../identity.ts'
import { MAX_PACKET_BYTES } from '../limits.ts'
import { curveOf, type Envelope, type Result, type Unreadable } from '../packet.ts'
import { lowS, type PrivateKey, SIGNATURE_BYTES, sign } from '../signature.ts'
import { BinPackageSchema, ConfirmPackageSchema } from './generated/pebble_pb.ts'
import { checkMessage, type FieldShape, type MessageShape } from './wire.ts'

/*
 * The two signed packets of a Pebble Tracker. Neither names the device: that is the topic's IMEI, so the caller says which device it is.
 */

export type PebbleKind = Envelope['kind']

/** A user pressed Enter on the device: it agrees to belong to `owner`. */
export type Confirm = {
  readonly owner: Address
  /** Unix seconds. */
  readonly timestamp: number
  /** Not signed. */
  readonly channel: number
  readonly digest: Uint8Array
  readonly signature: Uint8Array
}

/** `type` on the wire. PEDOMETER (3, on the Aries build alone) is not known here. */
const kinds: readonly PebbleKind[] = ['data', 'config', 'state']

const binPackage: MessageShape = {
  rule: 'exact',
  fields: new Map<number, FieldShape>([
    [1, 'uint32'],
    [2, 'bytes'],
    [3, 'uint32'],
    [4, { bytes: SIGNATURE_BYTES }],
  ]),
}

const confirmPackage: MessageShape = {
  rule: 'exact',
  fields: new Map<number, FieldShape>([
    [1, { bytes: 20 }],
    [2, 'uint32'],
    [3, { bytes: SIGNATURE_BYTES }],
    [4, 'uint32'],
  ]),
}

/** The sequence of a Pebble packet is its timestamp: strictly rising per device, by the firmware's own rule. */
export const openPebble = (raw: Uint8Array, device: Address): Result<Envelope> => {
  const refusal = check(raw, binPackage)
  if (refusal) return { ok: false, refusal }
  const { type, data, timestamp, signature: received } = fromBinary(BinPackageSchema, raw)
  const kind = kinds[type]
  if (!kind) return refuse('MALFORMED', { reason: 'package type', type })
  if (timestamp === 0) return refuse('OUT_OF_RANGE', { field: 'timestamp', value: 0, least: 1 })
  const digest = packageDigest(type, data, timestamp)
  const sequence = BigInt(timestamp)
  const signature = lowS(curveOf.pebble, received)
  return { ok: true, value: { format: 'pebble', device, sequence, digest, signature, payload: data, kind, raw } }
}

export const openConfirm = (raw: Uint8Array): Result<Confirm> => {
  const refusal = check(raw, confirmPackage)
  if (refusal) return { ok: false, refusal }
  const { owner, timestamp, signature, channel } = fromBinary(ConfirmPackageSchema, raw)
  if (timestamp === 0) return refuse('OUT_OF_RANGE', { field: 'timestamp', value: 0, least: 1 })
  const digest = confirmDigest(owner, timestamp)
  return { ok: true, value: { owner: `0x${bytesToHex(owner)}`, timestamp, channel, digest, signature } }
}

/** What a Pebble of `kind` sends. `message` is an encoded SensorData, SensorConfig or SensorState. */
export const sealPebble = (packet: {
  readonly key: PrivateKey
  readonly kind: PebbleKind
  readonly message: Uint8Array
  /** Unix seconds. */
  readonly timestamp: number
}): Uint8Array => {
  const type = kinds.indexOf(packet.kind)
  const { message: data, timestamp } = packet
  const signature = sign(packet.key, packageDigest(type, data, timestamp))
  return toBinary(BinPackageSchema, create(BinPackageSchema, { type, data, timestamp, signature }))
}

export const sealConfirm = (confirm: {
  readonly key: PrivateKey
  readonly owner: Address
  readonly timestamp: number
  readonly channel: number
}): Uint8Array => {
  const owner = hexToBytes(confirm.owner.slice(2))
  const { timestamp, channel } = confirm
  const signature = sign(confirm.key, confirmDigest(owner, timestamp))
  return toBinary(ConfirmPackageSchema, create(ConfirmPackageSchema, { owner, timestamp, signature, channel }))
}

const check = (raw: Uint8Array, shape: MessageShape): Unreadable | undefined =>
  raw.length > MAX_PACKET_BYTES
    ? { code: 'TOO_LARGE', facts: { bytes: raw.length, limit: MAX_PACKET_BYTES } }
    : checkMessage(raw, shape)

const refuse = (code: Unreadable['code'], facts: Unreadable['facts']): { ok: false; refusal: Unreadable } => ({
  ok: false,
  refusal: { code, facts },
})

const bigEndian32 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

/** Over `data` exactly as received: encoding it again may change it. */
const packageDigest = (type: number, data: Uint8Array, timestamp: number): Uint8Array =>
  sha256(concatBytes(bigEndian32(type), data, bigEndian32(timestamp)))

const confirmDigest = (owner: Uint8Array, timestamp: number): Uint8Array =>
  sha256(concatBytes(owner, bigEndian32(timestamp)))
