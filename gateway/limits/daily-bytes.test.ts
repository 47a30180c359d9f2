import { describe, expect, test } from 'vitest'
import { days, hours } from '../../devices/units.ts'
import { dayOf, openDailyBytes } from './daily-bytes.ts'

const NOON = days(20_000) + hours(12)
const [owner, other] = [`0x${'0a'.repeat(20)}`, `0x${'0b'.repeat(20)}`] as const

describe('an owner’s bytes of a day', () => {
  test('are spent once they reach the limit, until the day of UTC ends; each owner’s own', () => {
    const daily = openDailyBytes(100)
    daily.count(owner, 99, NOON)
    expect(daily.waitOf(owner, NOON)).toBeUndefined()
    daily.count(owner, 1, NOON)
    expect([daily.waitOf(owner, NOON), daily.waitOf(other, NOON)]).toEqual([hours(12), undefined])
    expect(daily.waitOf(owner, NOON + hours(12) - 1)).toBe(1)
    expect(daily.waitOf(owner, NOON + hours(12))).toBeUndefined()
    // A clock that steps back gives nothing back, and takes nothing away.
    daily.count(owner, 99, NOON)
    expect(daily.waitOf(owner, NOON)).toBeUndefined()
  })

  test('are found again where they were kept', () => {
    const before = openDailyBytes(100)
    before.count(owner, 60, NOON)
    before.count(owner, 40, NOON)
    const kept = before.take()
    expect([kept, before.take()]).toEqual([[{ owner, day: dayOf(NOON), bytes: 100 }], []])
    expect(before.waitOf(owner, NOON)).toBe(hours(12))
    const after = openDailyBytes(100)
    after.learn(kept)
    expect(after.waitOf(owner, NOON)).toBe(hours(12))
  })

  test('are all gateways’ together, and what is not kept yet adds to them', () => {
    const daily = openDailyBytes(100)
    daily.learn([{ owner, day: dayOf(NOON), bytes: 70 }])
    daily.count(owner, 30, NOON)
    expect(daily.waitOf(owner, NOON)).toBe(hours(12))
    daily.learn([{ owner, day: dayOf(NOON) - 1, bytes: 1_000 }])
    expect(daily.waitOf(other, NOON)).toBeUndefined()
  })

  test('have no end where the limit is 0', () => {
    const daily = openDailyBytes(0)
    daily.count(owner, 1e12, NOON)
    expect(daily.waitOf(owner, NOON)).toBeUndefined()
  })
})
