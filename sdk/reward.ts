import type { BasisPoints } from '../devices/units.ts'

/** Fixed when `RewardLedger` is deployed, readable from it by anyone. */
export type RewardParameters = {
  /** Token base units paid for one epoch, all devices together. */
  readonly budget: bigint
  /** The most score of one device, all its terms together, that counts in one epoch: beyond it, more packets earn nothing more. */
  readonly scoreCap: bigint
  /** The most of the budget that one device, all its terms together, may take. */
  readonly shareCap: BasisPoints
}

/** One device's weight in an epoch, and the sum of all devices' weights. */
export type RewardTotals = { readonly weight: bigint; readonly totalWeight: bigint }

/** Numbers of the grades in the DeviceRegistry, and so bits of `earningGrades`. */
const gradeNumbers = { full: 1, legacy: 2, attested: 3 } as const

export type EarningGrade = keyof typeof gradeNumbers

const isIn = (mask: number, grade: EarningGrade): boolean => ((mask >> gradeNumbers[grade]) & 1) === 1

/** The grades in a mask as `RewardLedger.parameters` gives it, bit g for grade g. */
export const gradesIn = (mask: number): readonly EarningGrade[] =>
  (Object.keys(gradeNumbers) as EarningGrade[]).filter((grade) => isIn(mask, grade))

export const maskOf = (grades: readonly EarningGrade[]): number =>
  grades.reduce((mask, grade) => mask | (1 << gradeNumbers[grade]), 0)

const sum = (values: readonly bigint[]): bigint => values.reduce((a, b) => a + b, 0n)

/** A device's weight: the scores of its terms that earn are added first, and capped once. */
export const weightOf = (score: bigint, parameters: Pick<RewardParameters, 'scoreCap'>): bigint =>
  score < parameters.scoreCap ? score : parameters.scoreCap

/**
 * Token base units that one device earns in one epoch: its share of the budget, rounded down, at most the cap.
 *
 * `chain/src/lib/Reward.sol` has the same functions; both are held equal over seeded epochs.
 */
export const reward = (totals: RewardTotals, parameters: RewardParameters): bigint => {
  if (totals.totalWeight === 0n) return 0n
  const share = (parameters.budget * totals.weight) / totals.totalWeight
  const cap = (parameters.budget * BigInt(parameters.shareCap)) / 10_000n
  return share < cap ? share : cap
}

/** A term's part of its device's weight or amount, in proportion to its score, rounded down. */
export const partOf = (whole: bigint, score: bigint, deviceScore: bigint): bigint =>
  deviceScore === 0n ? 0n : (whole * score) / deviceScore

export type Share = { readonly weight: bigint; readonly amount: bigint }

/**
 * An epoch's weights and amounts, by device and term as the scores are given.
 *
 * The caps are the device's, and every division rounds down. So the terms of a device never take more together than it would as one term,
 * and all devices never more than the budget: cutting a device's records into terms, by selling it back and forth, earns nothing.
 */
export const shareOut = (
  scores: readonly (readonly bigint[])[],
  parameters: RewardParameters,
): { readonly totalWeight: bigint; readonly shares: readonly (readonly Share[])[] } => {
  const devices = scores.map((terms) => ({ terms, score: sum(terms), weight: weightOf(sum(terms), parameters) }))
  const totalWeight = sum(devices.map(({ weight }) => weight))
  const shares = devices.map(({ terms, score, weight }) => {
    const amount = reward({ weight, totalWeight }, parameters)
    return terms.map((term) => ({ weight: partOf(weight, term, score), amount: partOf(amount, term, score) }))
  })
  return { totalWeight, shares }
}
