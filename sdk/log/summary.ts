import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import type { Address } from '../../devices/identity.ts'

/**
 * What one batch adds to one (device, term): its contiguous records, and its totals since registration. Two of a term's summaries
 * prove how many records lie between them, so nothing can be left out unseen.
 */
export type Summary = {
  readonly device: Address
  readonly term: number
  /** Index in the lane log of the term's first record in this batch, and the index after its last. */
  readonly first: bigint
  readonly end: bigint
  /** Records and score (the sum of their quality, in basis points) since registration, this batch included. */
  readonly totalRecords: bigint
  readonly totalScore: bigint
  /** Where the term's previous summary stands. Height 0 = this is its first. */
  readonly previousLane: number
  readonly previousHeight: bigint
}

export const SUMMARY_BYTES = 68

/** device 20 B · term u32 · first u64 · end u64 · total records u64 · total score u64 · previous lane u32 · previous height u64, big-endian. */
export const encodeSummary = (summary: Summary): Uint8Array => {
  const leaf = new Uint8Array(SUMMARY_BYTES)
  const view = new DataView(leaf.buffer)
  leaf.set(hexToBytes(summary.device.slice(2)), 0)
  view.setUint32(20, summary.term)
  view.setBigUint64(24, summary.first)
  view.setBigUint64(32, summary.end)
  view.setBigUint64(40, summary.totalRecords)
  view.setBigUint64(48, summary.totalScore)
  view.setUint32(56, summary.previousLane)
  view.setBigUint64(60, summary.previousHeight)
  return leaf
}

export const decodeSummary = (leaf: Uint8Array): Summary => {
  if (leaf.length !== SUMMARY_BYTES)
    throw new RangeError(`a summary leaf is ${SUMMARY_BYTES} bytes, not ${leaf.length}`)
  const view = new DataView(leaf.buffer, leaf.byteOffset, leaf.byteLength)
  return {
    device: `0x${bytesToHex(leaf.subarray(0, 20))}`,
    term: view.getUint32(20),
    first: view.getBigUint64(24),
    end: view.getBigUint64(32),
    totalRecords: view.getBigUint64(40),
    totalScore: view.getBigUint64(48),
    previousLane: view.getUint32(56),
    previousHeight: view.getBigUint64(60),
  }
}
