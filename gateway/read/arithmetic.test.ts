import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { maskOf, shareOut } from '../../sdk/reward.ts'
import type { Earning } from '../ports.ts'
import { explainReward } from './arithmetic.ts'

const address = `0x${'d0'.repeat(20)}` as const
const earning = { device: address, term: 1, holder: address, grade: 'full', records: 5n, cumulative: 0n } as const
const earningGrades = maskOf(['full', 'attested'])

describe('the arithmetic of a reward', () => {
  const natural = fc.bigInt({ min: 0n, max: 10n ** 24n })

  test('told line by line gives what was earned, to the last unit, whatever other terms and devices there were', () => {
    const scores = fc.array(natural, { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(scores, scores, natural, natural, fc.nat(10_000), (own, others, budget, scoreCap, shareCap) => {
        const parameters = { budget, scoreCap, shareCap, earningGrades }
        const { totalWeight, shares } = shareOut([own, others], parameters)
        const { weight, amount } = shares[0]?.[0] ?? { weight: 0n, amount: 0n }
        const { lines, isExact } = explainReward({
          earning: { ...earning, score: own[0] ?? 0n, weight, amount },
          deviceScore: own.reduce((a, b) => a + b, 0n),
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

  const parameters = { budget: 100n, scoreCap: 10n, shareCap: 10_000, earningGrades }
  const explain = (line: Pick<Earning, 'score' | 'weight' | 'amount'> & Partial<Earning>, deviceScore = line.score) =>
    explainReward({ earning: { ...earning, ...line }, deviceScore, totalWeight: 10n, parameters, paid: 0n })

  test('that does not give what the epoch says is told', () => {
    expect(explain({ score: 5n, weight: 5n, amount: 99n }).isExact).toBe(false)
    expect(explain({ score: 5n, weight: 5n, amount: 50n }).isExact).toBe(true)
  })

  test('says why nothing was earned', () => {
    const nothing = { weight: 0n, amount: 0n }
    expect(explain({ score: 5n, grade: 'legacy', ...nothing }, 0n)).toMatchObject({
      ...{ reason: 'GRADE_EARNS_NOTHING', isExact: true },
    })
    expect(explain({ score: 0n, ...nothing })).toMatchObject({ reason: 'NO_SCORE', isExact: true })
    expect(explain({ score: 5n, weight: 5n, amount: 50n }).reason).toBeUndefined()
  })
})
