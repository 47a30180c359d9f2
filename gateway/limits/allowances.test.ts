import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NOON } from '../../test/support/packets.ts'
import { networksOf } from './address.ts'
import { openAllowances, openNetworkAllowances } from './allowances.ts'

describe('an allowance', () => {
  test('over an hour lets through its burst and its pace, however it is asked', () => {
    const asks = fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 700 })
    const property = fc.property(asks, (waits) => {
      const allowances = openAllowances({ burst: 20, perSecond: 2 })
      let now = NOON
      const passed = waits.filter((wait) => {
        now += wait
        return allowances.take('a', now)
      }).length
      expect(passed).toBeLessThanOrEqual(20 + (2 * (now - NOON)) / 1_000)
      expect(passed).toBeGreaterThanOrEqual(Math.min(waits.length, 20))
    })
    fc.assert(property, { numRuns: 100, seed: 20_260_601 })
  })

  test('is each name’s own, and survives a clock that steps back', () => {
    const allowances = openAllowances({ burst: 1, perSecond: 0.01 })
    const take = (name: string, after: number) => allowances.take(name, NOON + after)
    expect([take('a', 0), take('a', 0), take('b', 0), take('__proto__', 0)]).toEqual([true, false, true, true])
    expect([take('a', -50_000), take('a', 49_999), take('a', 50_000)]).toEqual([false, false, true])
  })

  test('is whole again when it was given back, and no more than whole', () => {
    const allowances = openAllowances({ burst: 2, perSecond: 0.01 })
    allowances.take('a', NOON)
    for (let times = 0; times < 3; times += 1) allowances.giveBack('a', NOON)
    expect([1, 2, 3].map(() => allowances.take('a', NOON))).toEqual([true, true, false])
  })

  test('remembers so many names and no more, the newest', () => {
    const allowances = openAllowances({ burst: 1, perSecond: 0.01 }, 2)
    for (const name of ['a', 'b', 'c']) allowances.take(name, NOON)
    expect(['b', 'c', 'a'].map((name) => allowances.has(name, NOON))).toEqual([false, false, true])
  })
})

describe('an address’s allowance', () => {
  test('is its /64’s, and four times as much its /48’s', () => {
    const allowances = openNetworkAllowances({ burst: 2, perSecond: 1 })
    const take = (address: string, after = 0) => allowances.take(networksOf(address), NOON + after)
    expect(['2001:db8::1', '2001:db8::2', '2001:db8::3'].map((address) => take(address))).toEqual([true, true, false])
    const others = Array.from({ length: 8 }, (_, index) => take(`2001:db8:0:${index + 1}::1`))
    expect(others).toEqual([true, true, true, true, true, true, false, false])
    expect([take('192.0.2.1'), take('192.0.2.1'), take('192.0.2.1')]).toEqual([true, true, false])
    expect(take('2001:db8:0:9::1', 250)).toBe(true)
  })
})
