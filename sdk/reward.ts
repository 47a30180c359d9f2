import type { BasisPoints } from '../devices/units.ts'

/** Fixed when `RewardLedger` is deployed, readable from it by anyone. */
export type RewardParameters = {
  /** Token base units paid for one epoch, all terms together. */
  readonly budget: bigint
  /** The most score of one term that counts in one epoch: beyond it, more packets earn nothing more. */
  readonly scoreCap: bigint
  /** The most of the budget that one term may take. */
  readonly shareCap: BasisPoints
}

/** One term's weight in an epoch, and the sum of all terms' weights. */
export type RewardTotals = { readonly weight: bigint; readonly totalWeight: bigint }

export const weightOf = (score: bigint, parameters: RewardParameters): bigint =>
  score < parameters.scoreCap ? score : parameters.scoreCap

/**
 * Token base units that one term earns in one epoch: its share of the budget, rounded down, at most the cap.
 *
 * `chain/src/lib/Reward.sol` is the same function; both are held equal by property tests.
 */
export const reward = (totals: RewardTotals, parameters: RewardParameters): bigint => {
  if (totals.totalWeight === 0n) return 0n
  const share = (parameters.budget * totals.weight) / totals.totalWeight
  const cap = (parameters.budget * BigInt(parameters.shareCap)) / 10_000n
  return share < cap ? share : cap
}
