import { describe, expect, test } from 'vitest'
import { hours, minutes, seconds } from '../../devices/units.ts'
import type { Refused } from '../ports.ts'
import { hexOf } from './bytes.ts'
import { address, refused, T0 } from './contract/samples.contract.ts'
import { countBytes, evidenceBytes, givenOf } from './evidence-budget.ts'
import { openSlots, type Slots, SPANS, STRANGERS_SOURCE } from './refusal-slots.ts'

const minute = `at:${T0}`
const MB = 1_024 * 1_024
const PLENTY = 1_000 * MB

/** Slots of a gateway that gets what it asks for, as far as the hour has it. */
const openPaid = (perHour = PLENTY, used = new Map<string, number>()) => {
  const slots = openSlots(perHour)
  return (...refusals: readonly Refused[]) => {
    slots.rowsOf(refusals)
    pay(slots, used)
    return slots.rowsOf(refusals)
  }
}

const pay = (slots: Slots, used: Map<string, number>): void => {
  for (const ask of slots.asks()) {
    const key = `${ask.hour} ${ask.class}`
    const given = givenOf(ask, used.get(key) ?? 0)
    used.set(key, (used.get(key) ?? 0) + given)
    slots.give(ask, given)
  }
}

const times = <T>(count: number, of: (n: number) => T): readonly T[] => Array.from({ length: count }, (_, n) => of(n))
const slotsIn = (rows: ReturnType<Slots['rowsOf']>) => rows.evidence.map(({ slot }) => slot)

describe('the row of a refusal', () => {
  test('is its digest’s where the packet could be opened', () => {
    const row = refused({ content: 'a' })
    const { evidence } = openPaid()(row)
    expect(evidence).toMatchObject([{ source: address(1), slot: hexOf(row.digest as Uint8Array) }])
  })

  test.each([
    refused({ code: 'MALFORMED' }),
    refused({ code: 'UNKNOWN_DEVICE', content: 'a' }),
    refused({ code: 'QUOTA_EXCEEDED', content: 'a' }),
    refused({ code: 'SEQUENCE_SEEN', content: 'a' }),
  ])('is its minute’s for $code', (row) => {
    expect(slotsIn(openPaid()({ ...row, receivedAt: T0 + 59_999 }))).toEqual([minute])
  })

  test('is its minute’s from the ninth of a source, and again its own in the next minute', () => {
    const rowsOf = openPaid()
    const { evidence } = rowsOf(...times(12, (n) => refused({ content: String(n) })))
    expect(evidence).toHaveLength(9)
    expect(evidence.find(({ slot }) => slot === minute)?.count).toBe(4)
    expect(slotsIn(rowsOf(refused({ content: '3' })))).not.toEqual([minute])
    expect(slotsIn(rowsOf(refused({ content: '11', receivedAt: T0 + minutes(1) })))).toEqual([
      expect.stringMatching(/^0x/),
    ])
  })

  test('gets no new share from a clock that steps back a little', () => {
    const rowsOf = openPaid()
    rowsOf(...times(8, (n) => refused({ content: String(n), receivedAt: T0 + minutes(1) })))
    expect(slotsIn(rowsOf(refused({ content: '9' })))).toEqual([minute])
  })

  test('keeps a conflict whole, the first bytes of a device’s other packets, and fewer of anyone else’s', () => {
    const raw = new Uint8Array(8_192)
    const kept = (row: Partial<Refused>) => openPaid()(refused({ raw, ...row })).evidence[0]?.raw.length
    expect(kept({ code: 'SEQUENCE_CONFLICT' })).toBe(8_192)
    expect(kept({ code: 'MALFORMED' })).toBe(8_192)
    expect(kept({ code: 'MALFORMED', standing: 'named' })).toBe(512)
    expect(kept({ code: 'MALFORMED', standing: 'stranger' })).toBe(512)
    expect(kept({ code: 'SEQUENCE_SEEN' })).toBe(0)
  })

  test('keeps the facts that have room', () => {
    const facts = Object.fromEntries(times(64, (n) => [`fact ${n}`, 'x'.repeat(200)]))
    const [row] = openPaid()(refused({ facts })).evidence
    expect(Object.keys(row?.facts ?? {})).toEqual(['fact 0', 'fact 1', 'fact 2', 'fact 3'])
  })
})

describe('beyond the budget', () => {
  const strangers = times(500, (n) => refused({ source: address(n), standing: 'stranger', code: 'MALFORMED' }))

  test('strangers are counted under one name, in one row an hour and code', () => {
    const { evidence, counts } = openPaid(MB)(...strangers)
    const shared = counts.find(({ source }) => source === STRANGERS_SOURCE)
    expect(shared).toMatchObject({ code: 'MALFORMED', from: T0, span: hours(1) })
    expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(500)
    const bytes = [...evidence.map(evidenceBytes), ...counts.filter((row) => row !== shared).map(countBytes)]
    expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual((3 / 16 / 6) * MB)
    expect(evidence.length).toBeGreaterThan(10)
  })

  test('a registered device is counted by itself, in one row an hour and code', () => {
    const rows = times(10_000, (n) => refused({ source: address(n % 5_000) }))
    const { counts } = openPaid(MB)(...rows)
    expect(new Set(counts.map(({ source }) => source)).size).toBe(5_000)
    const [beyond] = counts.filter(({ span }) => span === SPANS.hour)
    expect(beyond).toMatchObject({ from: T0, count: 2 })
  })

  test('what one class leaves is no other’s, and a flood of one costs no other', () => {
    const rowsOf = openPaid(MB)
    rowsOf(...strangers, ...times(500, (n) => refused({ source: address(n), standing: 'named' })))
    const conflict = refused({ code: 'SEQUENCE_CONFLICT', content: 'other' })
    expect(rowsOf(refused({ content: 'a' }), conflict).evidence).toHaveLength(2)
  })

  test('an hour’s bytes come bit by bit, so that a flood at its start leaves some for its end', () => {
    const rowsOf = openPaid(MB)
    rowsOf(...strangers)
    expect(rowsOf(...strangers).evidence.length).toBeGreaterThan(0)
    const late = refused({ source: address(999), standing: 'stranger', receivedAt: T0 + minutes(30) })
    expect(rowsOf(late).evidence).toHaveLength(1)
  })

  test('a class that was given too little does not ask with every commit', () => {
    const slots = openSlots(MB)
    slots.rowsOf(strangers)
    const [ask] = slots.asks()
    if (!ask) throw new Error('it asks for nothing')
    slots.give(ask, 0)
    slots.rowsOf(strangers)
    expect(slots.asks()).toEqual([])
    slots.rowsOf([refused({ standing: 'stranger', receivedAt: T0 + seconds(10) })])
    expect(slots.asks()).toMatchObject([{ class: 'strangers' }])
  })

  test('rows that are paid cost nothing more', () => {
    const slots = openSlots(PLENTY)
    const row = refused({ content: 'a' })
    slots.rowsOf([row])
    pay(slots, new Map())
    slots.rowsOf([row])
    slots.rowsOf([row])
    expect(slots.asks()).toEqual([])
    slots.forget()
    slots.rowsOf([row])
    expect(slots.asks()).toHaveLength(1)
  })
})

test('the rows of one group come each once, in one order, with the first packet’s facts', () => {
  const group = [2, 1, 2].map((n, at) =>
    refused({ source: address(n), content: 'same', facts: { at }, receivedAt: T0 + at }),
  )
  const { evidence, counts } = openPaid()(...group)
  expect(evidence.map(({ source, count, firstAt, lastAt, facts }) => [source, count, firstAt, lastAt, facts])).toEqual([
    [address(1), 1, T0 + 1, T0 + 1, { at: 1 }],
    [address(2), 2, T0, T0 + 2, { at: 0 }],
  ])
  expect(counts.map(({ count }) => count)).toEqual([1, 2])
})
