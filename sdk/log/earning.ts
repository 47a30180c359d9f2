import { hexToBytes } from '@noble/hashes/utils.js'
import type { Address } from '../../devices/identity.ts'
import { type Hash, leafHash, rootOf } from './merkle.ts'

/** A term's leaf in an epoch's tree of earnings. `RewardLedger` pays it once. Sorted by (device, term). */
export type EarningLeaf = {
  readonly device: Address
  readonly term: number
  /** Token base units earned in this epoch. */
  readonly amount: bigint
}

/** A term's leaf in an epoch's tree of weights, from which anyone recomputes the earnings. Sorted by (device, term). */
export type WeightLeaf = {
  readonly device: Address
  readonly term: number
  readonly score: bigint
  readonly weight: bigint
}

/**
 * Lines of one run: a whole subtree of the earnings tree, so a power of two; `RewardLedger` takes a run with one proof. At 67,000 gas a line at
 * most, two million in one call: every chain takes that.
 */
export const LINES_IN_RUN = 32

const EARNING_BYTES = 56
const WEIGHT_BYTES = 40

const startLeaf = (length: number, { device, term }: { device: Address; term: number }): Uint8Array => {
  const leaf = new Uint8Array(length)
  leaf.set(hexToBytes(device.slice(2)), 0)
  new DataView(leaf.buffer).setUint32(20, term)
  return leaf
}

/** device 20 B · term u32 · amount u256, big-endian. Throws over 2^256. */
export const encodeEarning = (earning: EarningLeaf): Uint8Array => {
  const leaf = startLeaf(EARNING_BYTES, earning)
  leaf.set(hexToBytes(earning.amount.toString(16).padStart(64, '0')), 24)
  return leaf
}

/** device 20 B · term u32 · score u64 · weight u64, big-endian. */
export const encodeWeight = (line: WeightLeaf): Uint8Array => {
  const leaf = startLeaf(WEIGHT_BYTES, line)
  const view = new DataView(leaf.buffer)
  view.setBigUint64(24, line.score)
  view.setBigUint64(32, line.weight)
  return leaf
}

export const earningHash = (earning: EarningLeaf): Hash => leafHash(encodeEarning(earning))

/**
 * Roots of an epoch's runs, whose own root is that of all lines: RFC 6962's tree over whole subtrees of 32 leaves is the tree over leaves, five
 * levels up.
 */
export const runRoots = (lines: readonly EarningLeaf[]): readonly Hash[] =>
  Array.from({ length: Math.ceil(lines.length / LINES_IN_RUN) }, (_, at) =>
    rootOf(lines.slice(at * LINES_IN_RUN, (at + 1) * LINES_IN_RUN).map(earningHash)),
  )
