import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sharesOf } from './percent.ts'

describe('shares of a whole', () => {
  test('add to exactly 10,000 basis points, whatever the counts', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 12 }), (counts) => {
        const sum = sharesOf(counts).reduce((a, b) => a + b, 0)
        expect(sum).toBe(counts.some((count) => count > 0) ? 10_000 : 0)
      }),
    )
  })

  test('are within one basis point of the exact share, and in the order of the counts', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 12 }), (counts) => {
        const total = counts.reduce((a, b) => a + b, 0)
        sharesOf(counts).forEach((share, index) => {
          expect(Math.abs(share - ((counts[index] ?? 0) * 10_000) / total)).toBeLessThan(1)
        })
      }),
    )
  })

  test('give what is left over to the largest remainders, the earlier of equals first', () => {
    expect(sharesOf([1, 1, 1])).toEqual([3_334, 3_333, 3_333])
    expect(sharesOf([2, 1])).toEqual([6_667, 3_333])
  })

  test('of nothing are nothing', () => {
    expect(sharesOf([])).toEqual([])
    expect(sharesOf([0, 0])).toEqual([0, 0])
  })
})
