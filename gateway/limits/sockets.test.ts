import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openSockets, type Place, type SocketLimits } from './sockets.ts'

const roomy: SocketLimits = { total: 1_000, perAddress: 1_000, waiting: 1_000, strangers: 1_000 }

/** Sockets with names, and who was expelled so far, in order. */
const open = (limits: Partial<SocketLimits>) => {
  const sockets = openSockets({ ...roomy, ...limits })
  const expelled: string[] = []
  return {
    sockets,
    expelled,
    enter: (address: string, name: string) => sockets.enter(address, () => expelled.push(name)),
  }
}

const many = (count: number, enter: (index: number) => Place | undefined) =>
  Array.from({ length: count }, (_, index) => enter(index))

describe('a full waiting room', () => {
  test('makes room by the oldest of the address that has most there, never by the newcomer', () => {
    const { enter, expelled } = open({ waiting: 10 })
    many(7, (index) => enter('192.0.2.1', `flood ${index}`))
    many(3, (index) => enter('192.0.2.2', `other ${index}`))
    expect(enter('192.0.2.3', 'honest')).toBeDefined()
    expect(enter('192.0.2.1', 'flood 7')).toBeDefined()
    expect(expelled).toEqual(['flood 0', 'flood 1'])
  })

  test('of 4,500 from three addresses lets an honest one in, and keeps it', () => {
    const { enter, expelled, sockets } = open({ total: 10_000, perAddress: 10_000, waiting: 4_096 })
    many(2_000, (index) => enter(`192.0.2.${index % 3}`, 'flood'))
    const honest = many(20, (index) => enter('198.51.100.1', `honest ${index}`))
    many(2_500, (index) => enter(`192.0.2.${index % 3}`, 'flood'))
    expect(honest.every(Boolean)).toBe(true)
    expect(expelled.length).toBe(4_520 - 4_096)
    expect(new Set(expelled)).toEqual(new Set(['flood']))
    expect(sockets.total).toBe(4_096)
  })

  test('is left by whoever has shown who it is', () => {
    const { enter, expelled } = open({ waiting: 1 })
    enter('192.0.2.1', 'first')?.become('stranger')
    enter('192.0.2.1', 'second')?.become('registered')
    enter('192.0.2.1', 'third')
    expect(expelled).toEqual([])
  })

  test('is not filled from one /48 by a socket of each of its /64s', () => {
    const { enter, expelled } = open({ waiting: 100 })
    many(2, (index) => enter('198.51.100.1', `honest ${index}`))
    many(200, (index) => enter(`2001:db8:1:${index.toString(16)}::1`, 'flood'))
    expect(expelled.length).toBe(102)
    expect(new Set(expelled)).toEqual(new Set(['flood']))
  })

  test('takes a /48 for a street before it takes it for one address', () => {
    const { enter, expelled } = open({ waiting: 8 })
    many(4, (index) => enter(`2001:db8:1:${index}::1`, 'street'))
    many(4, (index) => enter('192.0.2.1', `one address ${index}`))
    enter('192.0.2.9', 'newcomer')
    expect(expelled).toEqual(['one address 0'])
  })
})

describe('a place', () => {
  test('of a stranger goes to the next stranger where strangers are too many', () => {
    const { enter, expelled } = open({ strangers: 2 })
    for (const [index, address] of ['192.0.2.1', '192.0.2.1', '192.0.2.2'].entries())
      enter(address, `${index}`)?.become('stranger')
    expect(expelled).toEqual(['0'])
  })

  test('of a registered device is never taken', () => {
    const { enter, expelled } = open({ total: 3, waiting: 3 })
    many(2, (index) => enter('192.0.2.1', `registered ${index}`)?.become('registered') as undefined)
    enter('192.0.2.1', 'stranger')?.become('stranger')
    const newcomer = enter('192.0.2.2', 'newcomer')
    newcomer?.become('registered')
    expect(expelled).toEqual(['stranger'])
    expect(enter('192.0.2.3', 'too many')).toBeUndefined()
  })

  test('that was taken or left is not counted twice', () => {
    const { enter, sockets } = open({ waiting: 1 })
    const first = enter('192.0.2.1', 'first')
    const second = enter('192.0.2.1', 'second')
    first?.leave()
    first?.become('registered')
    expect(sockets.total).toBe(1)
    second?.leave()
    second?.leave()
    expect(sockets.total).toBe(0)
  })
})

test('a household that is full makes room for itself by its own waiting, then by its own strangers', () => {
  const { enter, expelled } = open({ perAddress: 3 })
  enter('192.0.2.1', 'registered')?.become('registered')
  enter('192.0.2.1', 'stranger')?.become('stranger')
  enter('192.0.2.1', 'waiting')
  enter('192.0.2.2', 'other')
  enter('192.0.2.1', 'next')?.become('registered')
  enter('192.0.2.1', 'last')?.become('registered')
  expect(expelled).toEqual(['waiting', 'stranger'])
  expect(enter('192.0.2.1', 'too many')).toBeUndefined()
})

test('whatever happens, no room is over its limit and every place is counted once', () => {
  const limits = { total: 12, perAddress: 6, waiting: 5, strangers: 4 }
  const step = fc.record({
    address: fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8:0:1::1', 'none'),
    next: fc.constantFrom('nothing', 'stranger', 'registered', 'leave'),
    of: fc.nat(30),
  })
  const property = fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
    const sockets = openSockets(limits)
    const places: { place: Place; standing: string }[] = []
    for (const { address, next, of } of steps) {
      const entry = { standing: 'waiting' } as (typeof places)[0]
      const place = sockets.enter(address, () => (entry.standing = 'gone'))
      if (place) places.push(Object.assign(entry, { place }))
      const chosen = places[of % Math.max(1, places.length)]
      if (!chosen || chosen.standing === 'gone' || next === 'nothing') continue
      chosen.standing = next === 'leave' ? 'gone' : next
      if (next === 'leave') chosen.place.leave()
      else chosen.place.become(next as 'stranger')
    }
    const count = (standing: string) => places.filter((one) => one.standing === standing).length
    expect(count('waiting')).toBeLessThanOrEqual(limits.waiting)
    expect(count('stranger')).toBeLessThanOrEqual(limits.strangers)
    expect(sockets.total).toBe(places.length - count('gone'))
    expect(sockets.total).toBeLessThanOrEqual(limits.total)
  })
  fc.assert(property, { numRuns: 200, seed: 20260601 })
})
