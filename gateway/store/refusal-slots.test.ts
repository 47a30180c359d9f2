import { describe, expect, test } from 'vitest'
import { minutes } from '../../devices/units.ts'
import { hexOf } from './bytes.ts'
import { address, refused, T0 } from './contract/samples.contract.ts'
import { openSlots, rowsOf, STRANGERS_SOURCE } from './refusal-slots.ts'

const minute = `at:${T0}`

describe('the row of a refusal', () => {
  test('is its digest’s where the packet could be opened', () => {
    const row = refused({ content: 'a' })
    expect(openSlots()(row)).toEqual({ source: address(1), slot: hexOf(row.digest as Uint8Array) })
  })

  test.each([
    refused({ code: 'MALFORMED' }),
    refused({ code: 'UNKNOWN_DEVICE', content: 'a' }),
    refused({ code: 'QUOTA_EXCEEDED', content: 'a' }),
  ])('is its minute’s for $code', (row) => {
    expect(openSlots()({ ...row, receivedAt: T0 + 59_999 }).slot).toBe(minute)
  })

  test('is its minute’s from the ninth of a source, and again its own in the next minute', () => {
    const slotOf = openSlots()
    const slots = Array.from({ length: 12 }, (_, n) => slotOf(refused({ content: String(n) })).slot)
    expect(slots.filter((slot) => slot === minute)).toHaveLength(4)
    expect(slotOf(refused({ content: '3' })).slot).toBe(slots[3])
    expect(slotOf(refused({ content: '11', receivedAt: T0 + minutes(1) })).slot).toMatch(/^0x/)
  })

  test('is its minute’s once all sources together have taken their share', () => {
    const slotOf = openSlots()
    const slots = Array.from(
      { length: 100 },
      (_, n) => slotOf(refused({ source: address(n), content: String(n) })).slot,
    )
    expect(slots.filter((slot) => slot !== minute)).toHaveLength(32)
  })

  test('is filed under one name for all strangers beyond the first', () => {
    const slotOf = openSlots()
    const sources = Array.from({ length: 100 }, (_, n) => slotOf(refused({ source: `imei:${n}` })).source)
    expect(new Set(sources).size).toBe(33)
    expect(sources.at(-1)).toBe(STRANGERS_SOURCE)
    expect(slotOf(refused({ source: 'imei:0' })).source).toBe('imei:0')
    expect(slotOf(refused()).source).toBe(address(1))
  })

  test('gets no new share from a clock that steps back a little', () => {
    const slotOf = openSlots()
    for (let n = 0; n < 8; n++) slotOf(refused({ content: String(n), receivedAt: T0 + minutes(1) }))
    expect(slotOf(refused({ content: '9' })).slot).toBe(minute)
  })
})

test('the rows of one group come each once, in one order, with the first packet’s facts', () => {
  const group = [2, 1, 2].map((n, at) =>
    refused({ source: address(n), content: 'same', facts: { at }, receivedAt: T0 + at }),
  )
  const { evidence, counts } = rowsOf(group, openSlots())
  expect(evidence.map(({ source, count, firstAt, lastAt, facts }) => [source, count, firstAt, lastAt, facts])).toEqual([
    [address(1), 1, T0 + 1, T0 + 1, { at: 1 }],
    [address(2), 2, T0, T0 + 2, { at: 0 }],
  ])
  expect(counts.map(({ count }) => count)).toEqual([1, 2])
})
