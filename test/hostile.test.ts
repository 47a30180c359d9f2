import { describe, expect, test } from 'vitest'
import { growthOf } from './hostile/disk.ts'
import type { Told } from './hostile/plan.ts'
import {
  faultsOf,
  isSpeedAlone,
  LIMITS,
  latencyIn,
  type Round,
  tableOfRounds,
  unacknowledged,
} from './hostile/verdict.ts'

const latency = (p99: number) => ({ p50: p99 / 2, p99, packets: 240, rss: 300, lag: 5 })
const round = (but: Partial<Round> = {}): Round => ({
  attack: 'an attack',
  before: latency(10),
  during: latency(20),
  after: latency(10),
  sessionsEnded: 0,
  connectsRefused: 0,
  unacknowledged: 0,
  reads: { asked: 24, failed: 0 },
  kept: {},
  did: {},
  gatewayEnded: false,
  ...but,
})
const sent = (at: number, packet: number, device = 0): Told => ({ kind: 'sent', at, device, packet })
const acknowledged = (at: number, packet: number, device = 0): Told => ({ kind: 'acknowledged', at, device, packet })

describe('a packet’s wait', () => {
  const told = [sent(90, 1), sent(100, 2), acknowledged(105, 1), sent(110, 2, 1), acknowledged(120, 2), sent(200, 3)]

  test('counts in the window in which the packet was sent, to its PUBACK or, where there is none yet, to now', () => {
    expect(latencyIn(told, { from: 100, to: 200 }, 1_000)).toEqual({ p50: 20, p99: 890, packets: 2 })
    expect(latencyIn(told, { from: 300, to: 400 }, 1_000)).toMatchObject({ p50: Number.NaN, packets: 0 })
  })

  test('that has no end is an unacknowledged packet, of those sent before the attack’s end', () => {
    expect(unacknowledged(told, 200, 1_000)).toBe(1)
    expect(unacknowledged(told, 201, 1_000)).toBe(2)
    expect(unacknowledged(told, 200, 120)).toBe(2)
  })
})

describe('an attack is felt', () => {
  test.each<[string, Partial<Round>, string]>([
    ['PUBACK is over 3 times as slow', { during: latency(31) }, 'p99 3.1 × before'],
    ['PUBACK takes over 300 ms', { before: latency(100), during: latency(301) }, 'p99 3.01 × before,p99 over 300 ms'],
    ['half of all packets wait ten times as long', { during: { ...latency(20), p50: 51 } }, 'p50 10.2 × before'],
    ['a session ends', { sessionsEnded: 1 }, '1 sessions ended'],
    ['a CONNECT is refused', { connectsRefused: 2 }, '2 CONNECTs refused'],
    ['a packet is not acknowledged', { unacknowledged: 3 }, '3 unacknowledged'],
    ['too much is kept', { kept: { refusals: LIMITS.bytes, 'data (file)': 1 } }, 'keeps 8 MB'],
    ['the gateway ends', { gatewayEnded: true }, 'the gateway ended'],
    ['nothing was measured', { during: { ...latency(Number.NaN), packets: 0 } }, 'no honest packet was sent'],
  ])('when %s', (_, but, fault) => {
    expect(faultsOf(round(but), undefined).join()).toBe(fault)
  })

  test('not at its limits', () => {
    const most = { before: latency(100), during: latency(300), kept: { refusals: LIMITS.bytes } }
    expect(faultsOf(round(most), undefined)).toEqual([])
  })

  test('only beyond what a busy process beside the gateway does without any attack', () => {
    const control = round({ attack: 'control', before: latency(40), during: latency(80) })
    expect(faultsOf(round({ during: latency(60) }), control)).toEqual([])
    expect(faultsOf(round({ during: latency(61) }), control)).toEqual(['p99 6.1 × before'])
    expect(faultsOf(round({ before: latency(60), during: latency(301) }), control)).toEqual(['p99 over 300 ms'])
  })

  test('by no more than 9 times, however the control was, and by no milliseconds where the machine is slow by itself', () => {
    const control = round({ attack: 'control', before: latency(10), during: latency(1_000) })
    expect(faultsOf(round({ during: latency(91) }), control)).toEqual(['p99 9.1 × before'])
    expect(faultsOf(round({ before: latency(150), during: latency(450) }), undefined)).toEqual([])
  })
})

test('what a table loses weighs against what another keeps, and a new one counts whole', () => {
  expect(growthOf({ refusals: 10, packets: 5 }, { refusals: 4, packets: 7, counts: 3 })).toEqual({
    refusals: -6,
    packets: 2,
    counts: 3,
  })
})

test('speed alone speaks against a round that lost nothing and kept nothing', () => {
  expect(isSpeedAlone(round(), undefined)).toBe(false)
  expect(isSpeedAlone(round({ during: latency(400) }), undefined)).toBe(true)
  expect(isSpeedAlone(round({ during: latency(400), sessionsEnded: 1 }), undefined)).toBe(false)
})

test('the table holds each attack against the control beside it', () => {
  const control = round({ attack: 'control', during: latency(40) })
  const rows = tableOfRounds([control, round({ during: latency(80) })]).split('\n')
  expect(rows[2]).toMatch(/control .*\| p99 4 × before \|$/)
  expect(rows[3]).toMatch(/an attack .*\| held \|$/)
})
