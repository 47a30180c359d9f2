import { describe, expect, test } from 'vitest'
import { openFairQueue } from './fair-queue.ts'
import { openShare } from './share.ts'

describe('a fair queue', () => {
  test('serves each name in turn, and each name’s own in order', () => {
    const queue = openFairQueue<string>()
    for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) queue.push(item.charAt(0), item)
    expect(queue.peek()).toBe('a1')
    const served = Array.from({ length: 7 }, () => queue.shift())
    expect(served).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3', undefined])
  })

  test('keeps its order while names come and go', () => {
    const queue = openFairQueue<number>()
    queue.push('__proto__', 1)
    expect(queue.shift()).toBe(1)
    queue.push('b', 2)
    queue.push('__proto__', 3)
    expect([queue.shift(), queue.shift(), queue.shift(), queue.size]).toEqual([2, 3, undefined, 0])
  })

  test('drops the newest of the name that has most', () => {
    const queue = openFairQueue<string>()
    for (const item of ['a1', 'b1', 'b2']) queue.push(item.charAt(0), item)
    expect([queue.dropFromHeaviest(), queue.size]).toEqual(['b2', 2])
    expect([queue.dropFromHeaviest(), queue.dropFromHeaviest(), queue.dropFromHeaviest(), queue.size]).toEqual([
      'a1',
      'b1',
      undefined,
      0,
    ])
  })
})

describe('a share', () => {
  const limits = { packets: 2, bytes: 100, waiting: { packets: 3, bytes: 1_000 } }

  test('gives out as many as it has room for, in packets and in bytes, and more once one has ended', () => {
    const share = openShare<string>(limits)
    for (const [item, bytes] of [
      ['first', 60],
      ['second', 60],
      ['third', 10],
    ] as const)
      share.offer('a', item, bytes)
    expect([share.next(), share.next(), share.isFull]).toEqual(['first', undefined, true])
    share.end(60)
    expect([share.next(), share.next(), share.next()]).toEqual(['second', 'third', undefined])
    expect(share.size).toBe(2)
  })

  test('gives what is larger than all its room the room for itself', () => {
    const share = openShare<string>(limits)
    share.offer('a', 'large', 500)
    share.offer('a', 'small', 1)
    expect([share.next(), share.next()]).toEqual(['large', undefined])
  })

  test('sends away what is too much, of the name that has most', () => {
    const share = openShare<string>(limits)
    expect(['a1', 'a2', 'b1'].map((item) => share.offer(item.charAt(0), item, 1))).toEqual([[], [], []])
    expect(share.offer('c', 'c1', 1)).toEqual(['a2'])
    expect(share.offer('d', 'd1', 2_000)).not.toEqual([])
  })
})
