import { gradesIn, partOf, type RewardParameters, reward, weightOf } from '../../sdk/reward.ts'
import type { Earning } from '../ports.ts'

/** One line of an explanation: what, how much, and where it comes from. */
export type Line = {
  readonly name: string
  readonly value: bigint
  readonly unit: 'records' | 'basis points' | 'token base units'
  readonly how: string
}

export type Inputs = {
  readonly earning: Earning
  /** Scores of all the device's terms that earn, in this epoch. */
  readonly deviceScore: bigint
  readonly totalWeight: bigint
  readonly parameters: RewardParameters & { readonly earningGrades: number }
  /** Paid to the term so far. */
  readonly paid: bigint
}

/** Why a line earned nothing, where it did not. */
export const reasons = {
  GRADE_EARNS_NOTHING: 'Devices registered with this grade are served and counted, and earn nothing on this network.',
  NO_SCORE: 'The records of this epoch have no quality: their flags say why.',
  ROUNDED_TO_NOTHING: 'Its share of the budget is less than one token base unit.',
} as const

export type Reason = keyof typeof reasons

const reasonOf = ({ earning, parameters }: Inputs): Reason | undefined => {
  if (earning.amount > 0n) return undefined
  if (!gradesIn(parameters.earningGrades).includes(earning.grade)) return 'GRADE_EARNS_NOTHING'
  return earning.score === 0n ? 'NO_SCORE' : 'ROUNDED_TO_NOTHING'
}

type Explained = { readonly lines: readonly Line[]; readonly isExact: boolean; readonly reason: Reason | undefined }

/** A reward from records to payment, each line computed from those above it; `isExact` = they give what the epoch says. */
export const explainReward = (inputs: Inputs): Explained => {
  const { earning, deviceScore, totalWeight, parameters, paid } = inputs
  const earns = gradesIn(parameters.earningGrades).includes(earning.grade)
  const score = earns ? earning.score : 0n
  const deviceWeight = weightOf(deviceScore, parameters)
  const share = totalWeight === 0n ? 0n : (parameters.budget * deviceWeight) / totalWeight
  const most = (parameters.budget * BigInt(parameters.shareCap)) / 10_000n
  const deviceAmount = reward({ weight: deviceWeight, totalWeight }, parameters)
  const [weight, amount] = [partOf(deviceWeight, score, deviceScore), partOf(deviceAmount, score, deviceScore)]
  const tokens = 'token base units'
  const points = 'basis points'
  const part = '× (score, where the grade earns) ÷ deviceScore'
  const lines: readonly Line[] = [
    { name: 'records', value: earning.records, unit: 'records', how: 'records of this term settled in this epoch' },
    { name: 'score', value: earning.score, unit: points, how: 'sum of the records’ quality, 10,000 each at best' },
    { name: 'deviceScore', value: deviceScore, unit: points, how: 'scores of all terms of the device that earn' },
    { name: 'scoreCap', value: parameters.scoreCap, unit: points, how: 'most score of one device that counts' },
    { name: 'deviceWeight', value: deviceWeight, unit: points, how: 'min(deviceScore, scoreCap)' },
    { name: 'weight', value: weight, unit: points, how: `floor(deviceWeight ${part})` },
    { name: 'totalWeight', value: totalWeight, unit: points, how: 'sum of all devices’ weights' },
    { name: 'budget', value: parameters.budget, unit: tokens, how: 'paid for one epoch, all devices together' },
    { name: 'share', value: share, unit: tokens, how: 'floor(budget × deviceWeight ÷ totalWeight)' },
    {
      name: 'shareCap',
      value: most,
      unit: tokens,
      how: `floor(budget × ${parameters.shareCap} ÷ 10,000), most for one device`,
    },
    { name: 'deviceAmount', value: deviceAmount, unit: tokens, how: 'min(share, shareCap)' },
    { name: 'amount', value: amount, unit: tokens, how: `floor(deviceAmount ${part})` },
    { name: 'cumulative', value: earning.cumulative, unit: tokens, how: 'all amounts of this term since registration' },
    { name: 'paid', value: paid, unit: tokens, how: 'paid to the term’s holder by claims so far' },
  ]
  const isExact = amount === earning.amount && weight === earning.weight
  return { lines, isExact, reason: reasonOf(inputs) }
}
