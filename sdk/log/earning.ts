import { hexToBytes } from '@noble/hashes/utils.js'
import type { Address } from '../../devices/identity.ts'

/** A term's leaf in an epoch's tree of earnings. `RewardLedger` pays by it. Sorted by (device, term). */
export type EarningLeaf = {
  readonly device: Address
  readonly term: number
  /** Token base units since registration, this epoch included. */
  readonly cumulative: bigint
}

/** A term's leaf in an epoch's tree of weights, from which anyone recomputes the earnings. Sorted by (device, term). */
export type WeightLeaf = {
  readonly device: Address
  readonly term: number
  readonly score: bigint
  readonly weight: bigint
}

const EARNING_BYTES = 56
const WEIGHT_BYTES = 40

const startLeaf = (length: number, { device, term }: { device: Address; term: number }): Uint8Array => {
  const leaf = new Uint8Array(length)
  leaf.set(hexToBytes(device.slice(2)), 0)
  new DataView(leaf.buffer).setUint32(20, term)
  return leaf
}

/** device 20 B · term u32 · cumulative u256, big-endian. Throws over 2^256. */
export const encodeEarning = (earning: EarningLeaf): Uint8Array => {
  const leaf = startLeaf(EARNING_BYTES, earning)
  leaf.set(hexToBytes(earning.cumulative.toString(16).padStart(64, '0')), 24)
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
