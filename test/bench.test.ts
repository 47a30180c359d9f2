import { describe, expect, test } from 'vitest'
import { dueOf, type Load } from './bench/load/plan.ts'
import { isMissed, type Measured, median, percentile, table } from './bench/report.ts'

const line = (but: Partial<Measured>): Measured => ({ what: 'a thing', value: 10, unit: 'ms', ...but })

describe('a measured line', () => {
  test('is missed only beyond its target', () => {
    expect([9, 10, 11].map((value) => isMissed(line({ value, target: { most: 10 } })))).toEqual([false, false, true])
    expect([9, 10, 11].map((value) => isMissed(line({ value, target: { least: 10 } })))).toEqual([true, false, false])
    expect(isMissed(line({}))).toBe(false)
  })

  test('is missed where nothing was measured', () => {
    expect(isMissed(line({ value: Number.NaN, target: { most: 10 } }))).toBe(true)
    expect(isMissed(line({ value: Number.NaN, target: { least: 10 } }))).toBe(true)
  })

  test('stands beside its target', () => {
    const rows = table([
      line({ value: 12_345.6, unit: '/s', target: { least: 2_000 } }),
      line({ target: { most: 1 } }),
    ]).split('\n')
    expect(rows[2]).toMatch(/\| a thing +\| 12,300 \/s +\| ≥ 2,000 \/s +\| met +\|/)
    expect(rows[3]).toMatch(/\| 10 ms +\| ≤ 1 ms +\| MISSED +\|/)
  })
})

describe('percentiles', () => {
  test('are values that were measured, by nearest rank', () => {
    const sorted = Array.from({ length: 100 }, (_, at) => at + 1)
    expect([0.5, 0.95, 0.99, 1].map((share) => percentile(sorted, share))).toEqual([50, 95, 99, 100])
    expect(percentile([7], 0.99)).toBe(7)
    expect(percentile([], 0.5)).toBeNaN()
    expect(median([3, 1, 2])).toBe(2)
  })
})

describe('the schedule of an open load', () => {
  const load = { devices: 3, firstSequence: '10' } as Load

  test('deals packets to devices in turn, evenly in time, each sequence of a device once', () => {
    expect([0, 1, 2, 3, 4].map((n) => dueOf(load, 500, n))).toEqual([
      { device: 0, sequence: 10n, due: 0 },
      { device: 1, sequence: 10n, due: 2 },
      { device: 2, sequence: 10n, due: 4 },
      { device: 0, sequence: 11n, due: 6 },
      { device: 1, sequence: 11n, due: 8 },
    ])
  })
})
