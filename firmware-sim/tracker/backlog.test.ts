import { describe, expect, test } from 'vitest'
import type { Shot } from '../faults.ts'
import { Backlog } from './backlog.ts'

const shot = (sequence: number): Shot => {
  const raw = Uint8Array.of(sequence)
  return { raw, packet: { sequence: BigInt(sequence), digest: raw, raw } }
}
const copy = (sequence: number): Shot => ({ raw: Uint8Array.of(sequence), fault: 'duplicate' })
const takeAll = (backlog: Backlog) => {
  const taken: number[] = []
  for (let next = backlog.take(); next; next = backlog.take()) taken.push(next.raw[0] ?? 0)
  return taken
}

describe('the backlog', () => {
  test('gives the oldest first', () => {
    const backlog = new Backlog(10)
    for (const sequence of [1, 2, 3]) backlog.add(shot(sequence))
    expect(takeAll(backlog)).toEqual([1, 2, 3])
  })

  test('lets the oldest go when it is full, and says which', () => {
    const backlog = new Backlog(2)
    expect([1, 2, 3].map((sequence) => backlog.add(shot(sequence))?.raw[0])).toEqual([undefined, undefined, 1])
    expect(takeAll(backlog)).toEqual([2, 3])
  })

  test('sends again what was lost on the air, before the newer', () => {
    const backlog = new Backlog(10)
    for (const sequence of [1, 2]) backlog.add(shot(sequence))
    const first = backlog.take()
    if (first) backlog.lost(first)
    expect(takeAll(backlog)).toEqual([1, 2])
  })

  test('forgets what was delivered, though its connection broke later', () => {
    const backlog = new Backlog(10)
    backlog.add(shot(1))
    const first = backlog.take()
    if (first) backlog.delivered(first)
    if (first) backlog.lost(first)
    expect(takeAll(backlog)).toEqual([])
    expect(backlog.onAir).toBe(0)
  })

  test('sends copies once only', () => {
    const backlog = new Backlog(10)
    backlog.add(copy(1))
    const first = backlog.take()
    if (first) backlog.lost(first)
    expect(takeAll(backlog)).toEqual([])
  })
})
