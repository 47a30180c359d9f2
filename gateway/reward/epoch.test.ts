import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { earningHash } from '../../sdk/log/earning.ts'
import { rootOf, verifyInclusion } from '../../sdk/log/merkle.ts'
import { maskOf, type RewardParameters } from '../../sdk/reward.ts'
import type { Added } from '../ports.ts'
import { runsOf } from './claim-runs.ts'
import { computeEpoch, dueEpoch, endOf, epochAt } from './epoch.ts'

const parameters: RewardParameters = { budget: 1_000n, scoreCap: 500n, shareCap: 5_000 }
const earningGrades = maskOf(['full', 'legacy', 'attested'])
const rules = { ...parameters, earningGrades, epochLength: 60n, challengeWindow: 15n, firstEpoch: 10n }
const deviceOf = (name: number | string) => `0x${bytesToHex(sha256(utf8ToBytes(String(name)))).slice(0, 40)}` as const
const holder = deviceOf('holder')
const added = (name: number | string, term: number, score: bigint, rest: Partial<Added> = {}): Added => ({
  ...{ device: deviceOf(name), term, holder, grade: 'full', records: 1n + score / 10n, score, earnedBefore: 0n },
  ...rest,
})
const compute = (some: readonly Added[], grades = earningGrades) =>
  computeEpoch({ epoch: 12n, heights: [4n], added: some, earnedBefore: 0n }, { ...parameters, earningGrades: grades })

describe('which epoch is due', () => {
  test('the one that the oldest uncounted batch closed in', () => {
    expect(dueEpoch(60_000 * 12 + 59_999, undefined, rules)).toBe(12n)
    expect(dueEpoch(60_000 * 13, undefined, rules)).toBe(13n)
  })
  test('never one that was computed, nor one before the first', () => {
    expect(dueEpoch(60_000 * 12, 12n, rules)).toBe(13n)
    expect(dueEpoch(0, undefined, rules)).toBe(10n)
  })
  test('an epoch ends where the next begins', () => {
    expect(epochAt(endOf(12n, rules) - 1, rules)).toBe(12n)
    expect(epochAt(endOf(12n, rules), rules)).toBe(13n)
  })
})

describe('an epoch', () => {
  test('weighs what each term added', async () => {
    const { earnings, totalWeight, totalEarned } = await compute([added('a', 1, 100n), added('b', 1, 100n)])
    for (const line of earnings) expect(line).toMatchObject({ score: 100n, weight: 100n, amount: 500n, records: 11n })
    expect(totalWeight).toBe(200n)
    expect(totalEarned).toBe(1_000n)
  })

  test('adds to what was earned before', async () => {
    const given = { epoch: 13n, heights: [5n], added: [added('a', 1, 9n, { earnedBefore: 70n })], earnedBefore: 900n }
    const epoch = await computeEpoch(given, rules)
    expect(epoch.earnings[0]).toMatchObject({ amount: 500n, cumulative: 570n })
    expect(epoch.totalEarned).toBe(1_400n)
  })

  test('counts no more than the cap of one device', async () => {
    expect((await compute([added('a', 1, 9_000n)])).earnings[0]).toMatchObject({ score: 9_000n, weight: 500n })
  })

  test('pays a device that was handed on every two seconds no more than one that was not', async () => {
    const honest = Array.from({ length: 19 }, (_, n) => added(n, 1, 500n))
    const alone = await compute([...honest, added('mover', 1, 9_000n)])
    const moves = Array.from({ length: 30 }, (_, n) => added('mover', n + 1, 300n))
    const moving = await compute([...honest, ...moves])
    const paidTo = (epoch: typeof alone, name: number | string) =>
      epoch.earnings.filter(({ device }) => device === deviceOf(name)).reduce((sum, { amount }) => sum + amount, 0n)
    expect(paidTo(alone, 'mover')).toBe(50n)
    expect(paidTo(moving, 'mover')).toBeLessThanOrEqual(50n)
    expect(paidTo(moving, 3)).toBe(paidTo(alone, 3))
    expect(moving.totalWeight).toBe(alone.totalWeight)
  })

  test('shares a device among its terms in proportion to their scores', async () => {
    const { earnings } = await compute([added('a', 1, 300n), added('a', 2, 700n), added('b', 1, 500n)])
    expect(
      earnings.filter(({ device }) => device === deviceOf('a')).map(({ weight, amount }) => [weight, amount]),
    ).toEqual([
      [150n, 150n],
      [350n, 350n],
    ])
  })

  test('gives a term whose grade does not earn its line, no weight, and nothing of the others’', async () => {
    const some = [
      added('a', 1, 400n, { grade: 'legacy' }),
      added('a', 2, 100n),
      added('b', 1, 100n, { grade: 'attested' }),
      added('c', 1, 50n, { grade: 'legacy' }),
    ]
    const { earnings, totalWeight } = await compute(some, maskOf(['full', 'attested']))
    const of = (name: string, term: number) =>
      earnings.find((line) => line.device === deviceOf(name) && line.term === term)
    expect(earnings).toHaveLength(4)
    expect(of('a', 1)).toMatchObject({ score: 400n, weight: 0n, amount: 0n })
    expect(of('a', 2)).toMatchObject({ score: 100n, weight: 100n, amount: 500n })
    expect(of('b', 1)).toMatchObject({ weight: 100n, amount: 500n })
    expect(of('c', 1)).toMatchObject({ weight: 0n, amount: 0n })
    expect(totalWeight).toBe(200n)
    expect((await compute(some, maskOf(['legacy']))).totalWeight).toBe(450n)
  })

  const terms = fc.uniqueArray(
    fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 9 }), fc.bigInt({ min: 0n, max: 2_000n })),
    { selector: ([name, term]) => `${name}/${term}`, maxLength: 90 },
  )
  const sumsByDevice = (epoch: Awaited<ReturnType<typeof compute>>) => {
    const sums = new Map<string, bigint>()
    for (const { device, amount } of epoch.earnings) sums.set(device, (sums.get(device) ?? 0n) + amount)
    return sums
  }

  test('never earns more than its budget, no device more than its cap, sorted by (device, term), totals adding up', async () => {
    await fc.assert(
      fc.asyncProperty(terms, async (some) => {
        const epoch = await compute(some.map(([name, term, score]) => added(name, term, score)))
        const keys = epoch.earnings.map(({ device, term }) => `${device}/${term}`)
        expect(keys).toEqual(keys.toSorted())
        const paid = epoch.earnings.reduce((total, { amount }) => total + amount, 0n)
        expect(paid).toBeLessThanOrEqual(parameters.budget)
        expect(epoch.totalEarned).toBe(paid)
        for (const sum of sumsByDevice(epoch).values()) expect(sum).toBeLessThanOrEqual(parameters.budget / 2n)
      }),
    )
  })

  test('is the same for every other device, and never more for this one, however its records are cut into terms', async () => {
    await fc.assert(
      fc.asyncProperty(terms, async (some) => {
        const cut = await compute(some.map(([name, term, score]) => added(name, term, score)))
        const scores = new Map<number, bigint>()
        for (const [name, , score] of some) scores.set(name, (scores.get(name) ?? 0n) + score)
        const alone = await compute([...scores].map(([name, score]) => added(name, 1, score)))
        const whole = sumsByDevice(alone)
        for (const [device, sum] of sumsByDevice(cut)) expect(sum).toBeLessThanOrEqual(whole.get(device) ?? 0n)
        expect(cut.totalWeight).toBe(alone.totalWeight)
      }),
    )
  })

  test.each([0, 1, 31, 32, 33, 300])(
    'of %i lines is proven in runs of 32, each a subtree of its tree',
    async (count) => {
      const epoch = await compute(Array.from({ length: count }, (_, i) => added(i, 1, 10n + BigInt(i))))
      const runs = await runsOf(12n, epoch.earnings)
      expect(runs.flatMap(({ lines }) => lines)).toHaveLength(count)
      for (const { first, lines, proof } of runs)
        expect(
          verifyInclusion({
            leafHash: rootOf(lines.map(earningHash)),
            index: BigInt(first / 32),
            size: BigInt(Math.ceil(count / 32)),
            proof,
            root: epoch.earningsRoot,
          }),
        ).toBe(true)
      expect(epoch.earningsRoot).toEqual(rootOf(epoch.earnings.map(earningHash)))
    },
  )
})
