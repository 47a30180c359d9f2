import { type RewardParameters, reward, weightOf } from '../../sdk/reward.ts'
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
  readonly totalWeight: bigint
  readonly parameters: RewardParameters
  /** Paid to the term so far. */
  readonly paid: bigint
}

/** A reward from records to payment, each line computed from those above it; `isExact` = they give what the epoch says. */
export const explainReward = (inputs: Inputs): { readonly lines: readonly Line[]; readonly isExact: boolean } => {
  const { earning, totalWeight, parameters, paid } = inputs
  const weight = weightOf(earning.score, parameters)
  const share = totalWeight === 0n ? 0n : (parameters.budget * weight) / totalWeight
  const most = (parameters.budget * BigInt(parameters.shareCap)) / 10_000n
  const amount = reward({ weight, totalWeight }, parameters)
  const tokens = 'token base units'
  const score = 'basis points'
  const lines: readonly Line[] = [
    { name: 'records', value: earning.records, unit: 'records', how: 'records of this term settled in this epoch' },
    { name: 'score', value: earning.score, unit: score, how: 'sum of the records’ quality, 10,000 each at best' },
    {
      name: 'scoreCap',
      value: parameters.scoreCap,
      unit: score,
      how: 'most score of one term that counts in an epoch',
    },
    { name: 'weight', value: weight, unit: score, how: 'min(score, scoreCap)' },
    { name: 'totalWeight', value: totalWeight, unit: score, how: 'sum of all terms’ weights' },
    { name: 'budget', value: parameters.budget, unit: tokens, how: 'paid for one epoch, all terms together' },
    { name: 'share', value: share, unit: tokens, how: 'floor(budget × weight ÷ totalWeight)' },
    {
      name: 'shareCap',
      value: most,
      unit: tokens,
      how: `floor(budget × ${parameters.shareCap} ÷ 10,000), most for one term`,
    },
    { name: 'amount', value: amount, unit: tokens, how: 'min(share, shareCap)' },
    { name: 'cumulative', value: earning.cumulative, unit: tokens, how: 'all amounts of this term since registration' },
    { name: 'paid', value: paid, unit: tokens, how: 'paid to the term’s holder by claims so far' },
  ]
  return { lines, isExact: amount === earning.amount && weight === earning.weight }
}
