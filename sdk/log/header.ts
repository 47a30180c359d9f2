import { keccak_256 } from '@noble/hashes/sha3.js'
import type { Millis } from '../../devices/units.ts'

/** A batch's public header. Hashes are 32 bytes. Heights of a lane count from 1; `from` is the lane log's size before, `size` after. */
export type Header = {
  readonly lane: number
  readonly height: bigint
  readonly from: bigint
  readonly size: bigint
  readonly root: Uint8Array
  readonly witnessRoot: Uint8Array
  readonly summaryRoot: Uint8Array
  /** SHA-256 of the published bodies file. */
  readonly dataHash: Uint8Array
  readonly layoutVersion: number
  readonly closedAt: Millis
}

const WORD_BYTES = 32
/** Ten words, as `LaneLedger` encodes its `Header`. */
export const HEADER_BYTES = 10 * WORD_BYTES

const word = (value: number | bigint | Uint8Array): Uint8Array => {
  if (value instanceof Uint8Array) return value
  const bytes = new Uint8Array(WORD_BYTES)
  new DataView(bytes.buffer).setBigUint64(24, BigInt(value))
  return bytes
}

/** `abi.encode(header)`: also the published header file, so that its keccak256 is what the chain stores. */
export const encodeHeader = (header: Header): Uint8Array => {
  const fields = [
    header.lane,
    header.height,
    header.from,
    header.size,
    header.root,
    header.witnessRoot,
    header.summaryRoot,
    header.dataHash,
    header.layoutVersion,
    header.closedAt,
  ]
  const encoded = new Uint8Array(HEADER_BYTES)
  fields.forEach((field, index) => {
    encoded.set(word(field), WORD_BYTES * index)
  })
  return encoded
}

/** Throws when the bytes are no header: some number is over its Solidity type, or the time is no safe integer. */
export const decodeHeader = (bytes: Uint8Array): Header => {
  if (bytes.length !== HEADER_BYTES) throw new RangeError(`a header is ${HEADER_BYTES} bytes, not ${bytes.length}`)
  const hash = (at: number): Uint8Array => bytes.slice(WORD_BYTES * at, WORD_BYTES * (at + 1))
  const integer = (at: number, limit: bigint): bigint => {
    const value = hash(at).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
    if (value > limit) throw new RangeError(`word ${at} of a header is over ${limit}`)
    return value
  }
  return {
    lane: Number(integer(0, 0xffff_ffffn)),
    height: integer(1, 0xffff_ffff_ffff_ffffn),
    from: integer(2, 0xffff_ffff_ffff_ffffn),
    size: integer(3, 0xffff_ffff_ffff_ffffn),
    root: hash(4),
    witnessRoot: hash(5),
    summaryRoot: hash(6),
    dataHash: hash(7),
    layoutVersion: Number(integer(8, 0xffff_ffffn)),
    closedAt: Number(integer(9, BigInt(Number.MAX_SAFE_INTEGER))),
  }
}

/** keccak256(abi.encode(header)): what `LaneLedger` stores per height. */
export const headerHash = (header: Header): Uint8Array => keccak_256(encodeHeader(header))
