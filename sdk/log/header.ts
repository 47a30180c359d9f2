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

const word = (value: number | bigint | Uint8Array): Uint8Array => {
  if (value instanceof Uint8Array) return value
  const bytes = new Uint8Array(32)
  new DataView(bytes.buffer).setBigUint64(24, BigInt(value))
  return bytes
}

/** keccak256(abi.encode(header)): ten words, what `LaneLedger` stores per height. */
export const headerHash = (header: Header): Uint8Array => {
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
  const encoded = new Uint8Array(32 * fields.length)
  fields.forEach((field, index) => {
    encoded.set(word(field), 32 * index)
  })
  return keccak_256(encoded)
}
