import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeEarning } from '../../sdk/log/earning.ts'
import { leafHash, verifyInclusion } from '../../sdk/log/merkle.ts'
import type { RewardParameters } from '../../sdk/reward.ts'
import { claimsOf, computeEpoch, dueEpoch, earningsTree, endOf, epochAt, type Standing } from './epoch.ts'

const parameters: RewardParameters = { budget: 1_000n, scoreCap: 500n, shareCap: 5_000 }
const rules = { ...parameters, epochLength: 60n, challengeWindow: 15n, firstEpoch: 10n }
const deviceOf = (name: number | string) => `0x${bytesToHex(sha256(utf8ToBytes(String(name)))).slice(0, 40)}` as const
const holder = deviceOf('holder')
const standing = (name: number | string, term: number, score: bigint, height = 1n): Standing => ({
  device: deviceOf(name),
  term,
  holder,
  totals: { totalRecords: score / 10n, totalScore: score, lane: 0, height },
})
const compute = (now: readonly Standing[], before: readonly Standing[] = [], previous = undefined as never) =>
  computeEpoch({ epoch: 12n, heights: [4n], now, before, previous }, parameters)

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
  test('weighs what each term added since the epoch before', () => {
    const { earnings, totalWeight } = compute(
      [standing('a', 1, 300n), standing('b', 1, 100n)],
      [standing('a', 1, 200n)],
    )
    const byDevice = new Map(earnings.map((line) => [line.device, line]))
    expect(byDevice.get(deviceOf('a'))).toMatchObject({ score: 100n, weight: 100n, amount: 500n, records: 10n })
    expect(byDevice.get(deviceOf('b'))).toMatchObject({ score: 100n, weight: 100n, amount: 500n })
    expect(totalWeight).toBe(200n)
  })

  test('counts no more than the cap of one term', () => {
    expect(compute([standing('a', 1, 9_000n)]).earnings[0]).toMatchObject({ score: 9_000n, weight: 500n })
  })

  test('keeps the line of a term that sends no more', () => {
    const first = compute([standing('a', 1, 100n)])
    const second = computeEpoch(
      {
        epoch: 13n,
        heights: [5n],
        now: [standing('a', 1, 100n), standing('a', 2, 50n)],
        before: [standing('a', 1, 100n)],
        previous: first,
      },
      parameters,
    )
    expect(second.earnings.map(({ term, amount, cumulative }) => ({ term, amount, cumulative }))).toEqual([
      { term: 1, amount: 0n, cumulative: 500n },
      { term: 2, amount: 500n, cumulative: 500n },
    ])
    expect(second.totalEarned).toBe(1_000n)
  })

  test('takes the newest totals of a term that moved between lanes', () => {
    const moved = compute([
      standing('a', 1, 100n),
      { ...standing('a', 1, 300n), totals: { ...standing('a', 1, 300n).totals, lane: 1 } },
    ])
    expect(moved.earnings).toHaveLength(1)
    expect(moved.earnings[0]?.score).toBe(300n)
  })

  test('never earns more than its budget, sorted by (device, term), totals adding up', () => {
    const terms = fc.uniqueArray(
      fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 3 }), fc.bigInt({ min: 0n, max: 2_000n })),
      {
        selector: ([name, term]) => `${name}/${term}`,
        maxLength: 60,
      },
    )
    fc.assert(
      fc.property(terms, (some) => {
        const epoch = compute(some.map(([name, term, score]) => standing(name, term, score)))
        const keys = epoch.earnings.map(({ device, term }) => `${device}/${term}`)
        expect(keys).toEqual(keys.toSorted())
        const paid = epoch.earnings.reduce((total, { amount }) => total + amount, 0n)
        expect(paid).toBeLessThanOrEqual(parameters.budget)
        expect(epoch.totalEarned).toBe(paid)
      }),
    )
  })

  test('proves every line against its root', async () => {
    const epoch = compute(Array.from({ length: 300 }, (_, i) => standing(i, 1, 10n + BigInt(i))))
    const claims = await claimsOf(await earningsTree(epoch.earnings), epoch.earnings, epoch.earnings)
    for (const claim of claims)
      expect(
        verifyInclusion({
          leafHash: leafHash(encodeEarning(claim)),
          index: claim.index,
          size: 300n,
          proof: claim.proof,
          root: epoch.earningsRoot,
        }),
      ).toBe(true)
  })
})
