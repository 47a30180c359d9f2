import { bytesToHex } from '@noble/hashes/utils.js'
import type { Address, Curve } from '../devices/identity.ts'
import { MAX_MEASUREMENTS, MAX_PACKET_BYTES } from '../devices/limits.ts'
import type { Measurement, Reading, Result } from '../devices/packet.ts'
import type { Hex } from '../devices/units.ts'
import type { Header } from './log/header.ts'
import type { Hash } from './log/merkle.ts'
import { decodeRecord, encodeRecord, type LogRecord, RECORD_BYTES } from './log/record.ts'
import { address, bytes, fields, hash32, list, oneOf, optional, type Shape, text, u64, whole, wrong } from './shape.ts'

/** Raised when a field changes its meaning; a verifier refuses versions that it does not know. */
export const PROOF_VERSION = 'cairn-proof/1'

/** How the device was paired: by its own signature for this network, by a Pebble's confirm, by its manufacturer's signature. */
export type Grade = 'full' | 'legacy' | 'attested'

/**
 * Everything that ties a packet's readings to the chain. Nothing in it is trusted: `verifyProof` checks every field that it relies on
 * against the device's signature or the chain.
 */
export type Proof = {
  readonly network: { readonly chainId: number; readonly registry: Address; readonly ledger: Address }
  readonly packet: { readonly framing: 'native' | 'pebble'; readonly raw: Uint8Array }
  readonly device: {
    readonly address: Address
    readonly curve: Curve
    readonly publicKey: Uint8Array
    readonly model: string
    readonly grade: Grade
    readonly term: number
    /** Who held the device in that term. */
    readonly owner: Address
  }
  readonly record: LogRecord
  /** Where the record stands in the lane's log. */
  readonly index: bigint
  /** RFC 6962 audit path of the record under `header.root`, nearest sibling first. */
  readonly inclusion: readonly Hash[]
  readonly header: Header
  readonly settlement: { readonly transaction: Hex; readonly block: bigint }
  /** Readings of this packet as they were served beside the proof, some or all; checked against the signed bytes. */
  readonly readings: readonly Reading[] | undefined
}

/** A `Proof` as JSON: bytes as lower-case `0x` hexadecimal, integers that may pass 2^53 as decimal text. */
export type ProofDocument = {
  readonly version: typeof PROOF_VERSION
  readonly network: Proof['network']
  readonly packet: { readonly framing: 'native' | 'pebble'; readonly raw: Hex }
  readonly device: Omit<Proof['device'], 'publicKey'> & { readonly publicKey: Hex }
  /** The 76-byte body of `sdk/log/record.ts`. */
  readonly record: Hex
  readonly index: string
  readonly inclusion: readonly Hex[]
  readonly header: {
    readonly lane: number
    readonly height: string
    readonly from: string
    readonly size: string
    readonly root: Hex
    readonly witnessRoot: Hex
    readonly summaryRoot: Hex
    readonly dataHash: Hex
    readonly layoutVersion: number
    readonly closedAt: number
  }
  readonly settlement: { readonly transaction: Hex; readonly block: string }
  readonly readings?: readonly Reading[]
}

// ---------------------------------------------------------------------------------------------------------------------- write

const hexOf = (bytes: Uint8Array): Hex => `0x${bytesToHex(bytes)}`

const documentOfHeader = (header: Header): ProofDocument['header'] => ({
  lane: header.lane,
  height: String(header.height),
  from: String(header.from),
  size: String(header.size),
  root: hexOf(header.root),
  witnessRoot: hexOf(header.witnessRoot),
  summaryRoot: hexOf(header.summaryRoot),
  dataHash: hexOf(header.dataHash),
  layoutVersion: header.layoutVersion,
  closedAt: header.closedAt,
})

/** Field by field, so that a row with more in it (a stored packet, a registration) leaks nothing into the document. */
export const makeProof = ({ network, packet, device, record, header, settlement, ...rest }: Proof): ProofDocument => ({
  version: PROOF_VERSION,
  network: { chainId: network.chainId, registry: network.registry, ledger: network.ledger },
  packet: { framing: packet.framing, raw: hexOf(packet.raw) },
  device: {
    address: device.address,
    curve: device.curve,
    publicKey: hexOf(device.publicKey),
    model: device.model,
    grade: device.grade,
    term: device.term,
    owner: device.owner,
  },
  record: hexOf(encodeRecord(record)),
  index: String(rest.index),
  inclusion: rest.inclusion.map(hexOf),
  header: documentOfHeader(header),
  settlement: { transaction: settlement.transaction, block: String(settlement.block) },
  ...(rest.readings ? { readings: rest.readings.map(plainReading) } : {}),
})

const plainReading = ({ at, clock, measurements }: Reading): Reading => ({
  at,
  clock,
  measurements: measurements.map(({ name, unit, value }) => ({ name, unit, value })),
})

// ----------------------------------------------------------------------------------------------------------------------- read

const U32 = 2 ** 32 - 1
/** A log of 2^64 records has no longer path; one of 2^32, the largest that stays within 1 KB, has 32. */
const MAX_PATH = 64

const recordBody: Shape<LogRecord> = (value, path) => {
  const body = bytes(RECORD_BYTES)(value, path)
  if (!body.ok) return body
  try {
    return { ok: true, value: decodeRecord(body.value) }
  } catch {
    return wrong(path, 'a record body of version 1 and a known format')
  }
}

const measuredValue: Shape<Measurement['value']> = (value, path) =>
  typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
    ? { ok: true, value }
    : text(MAX_PACKET_BYTES)(value, path)

/** Milliseconds may lie before 1970: a device's clock says what it says. */
const instant: Shape<number> = (value, path) =>
  Number.isSafeInteger(value) ? { ok: true, value: value as number } : wrong(path, 'unix milliseconds')

/** A reading alone, as it stands in a proof. */
export const reading: Shape<Reading> = fields<Reading>({
  at: instant,
  clock: oneOf('device', 'gateway'),
  measurements: list(
    fields<Measurement>({ name: text(MAX_PACKET_BYTES), unit: text(MAX_PACKET_BYTES), value: measuredValue }),
    MAX_MEASUREMENTS,
  ),
})

const proof = fields<Proof & { version: typeof PROOF_VERSION }>({
  version: oneOf(PROOF_VERSION),
  network: fields<Proof['network']>({ chainId: whole(), registry: address, ledger: address }),
  packet: fields<Proof['packet']>({ framing: oneOf('native', 'pebble'), raw: bytes(1, MAX_PACKET_BYTES) }),
  device: fields<Proof['device']>({
    address,
    curve: oneOf('secp256k1', 'p256'),
    publicKey: bytes(64),
    model: text(32),
    grade: oneOf('full', 'legacy', 'attested'),
    term: whole(U32),
    owner: address,
  }),
  record: recordBody,
  index: u64,
  inclusion: list(bytes(32), MAX_PATH),
  header: fields<Header>({
    lane: whole(U32),
    height: u64,
    from: u64,
    size: u64,
    root: bytes(32),
    witnessRoot: bytes(32),
    summaryRoot: bytes(32),
    dataHash: bytes(32),
    layoutVersion: whole(U32),
    closedAt: whole(),
  }),
  settlement: fields<Proof['settlement']>({ transaction: hash32, block: u64 }),
  readings: optional(list(reading, MAX_MEASUREMENTS)),
})

/** Total: any JSON value gives a proof or the first field that is wrong. */
export const parseProof = (json: unknown): Result<Proof> => {
  const read = proof(json, '')
  if (!read.ok) return read
  const { version: _, ...value } = read.value
  return { ok: true, value }
}
