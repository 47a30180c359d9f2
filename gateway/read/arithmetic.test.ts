import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { reward, weightOf } from '../../sdk/reward.ts'
import { explainReward } from './arithmetic.ts'

const address = `0x${'d0'.repeat(20)}` as const
const amountOf = (score: bigint, others: bigint, parameters: Parameters<typeof reward>[1]) => {
  const weight = weightOf(score, parameters)
  const totalWeight = weight + others
  return { weight, totalWeight, amount: reward({ weight, totalWeight }, parameters) }
}
const earning = { device: address, term: 1, holder: address, records: 5n, cumulative: 0n }

describe('the arithmetic of a reward', () => {
  test('told line by line gives what was earned, to the last unit', () => {
    const natural = fc.bigInt({ min: 0n, max: 10n ** 24n })
    fc.assert(
      fc.property(natural, natural, natural, natural, fc.nat(10_000), (score, others, budget, scoreCap, shareCap) => {
        const parameters = { budget, scoreCap, shareCap }
        const { weight, totalWeight, amount } = amountOf(score, others, parameters)
        const { lines, isExact } = explainReward({
          earning: { ...earning, score, weight, amount },
          totalWeight,
          parameters,
          paid: 0n,
        })
        const value = (name: string) => lines.find((line) => line.name === name)?.value
        expect(isExact).toBe(true)
        expect(value('amount')).toBe(amount)
        expect(value('weight')).toBe(weight)
      }),
    )
  })

  test('that does not give what the epoch says is told', () => {
    const parameters = { budget: 100n, scoreCap: 10n, shareCap: 10_000 }
    const { isExact } = explainReward({
      earning: { ...earning, score: 5n, weight: 5n, amount: 99n },
      totalWeight: 10n,
      parameters,
      paid: 0n,
    })
    expect(isExact).toBe(false)
  })
})
