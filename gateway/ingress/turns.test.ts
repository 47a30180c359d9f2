import { describe, expect, test } from 'vitest'
import { openPace } from '../limits/pace.ts'
import { openTurns } from './turns.ts'

/** Turns of an event loop that go by when the test says so. */
const loop = () => {
  const planned: (() => void)[] = []
  return {
    later: (run: () => void) => void planned.push(run),
    next: () => {
      for (const run of planned.splice(0)) run()
    },
    isIdle: () => planned.length === 0,
  }
}

describe('turns', () => {
  const limits = { waiting: 1, stranger: 2, registered: 3 }

  test('give each standing its own part of a turn', () => {
    const { later, next, isIdle } = loop()
    const turns = openTurns(limits, later)
    const taken = () =>
      [1, 2, 3, 4].map(() => [turns.take('waiting'), turns.take('stranger'), turns.take('registered')])
    const whole = [
      [true, true, true],
      [false, true, true],
      [false, false, true],
      [false, false, false],
    ]
    expect(taken()).toEqual(whole)
    next()
    expect(isIdle()).toBe(true)
    expect(taken()).toEqual(whole)
  })

  test('serve those who wait before those who come, parties by turns', () => {
    const { later, next } = loop()
    const turns = openTurns(limits, later)
    const served: string[] = []
    const wait = (party: string, name: string) =>
      turns.wait('stranger', party, () => {
        if (turns.take('stranger')) served.push(name)
      })
    for (const name of ['a1', 'a2', 'a3', 'b1']) wait(name.charAt(0), name)
    expect(turns.take('stranger')).toBe(false)
    next()
    expect(served).toEqual(['a1', 'b1'])
    next()
    expect(served).toEqual(['a1', 'b1', 'a2', 'a3'])
  })

  test('do not go round with one who waits again and again', () => {
    const { later, next } = loop()
    const turns = openTurns(limits, later)
    let times = 0
    const again = () => {
      times += 1
      turns.wait('stranger', 'a', again)
    }
    again()
    next()
    expect(times).toBe(2)
  })
})

describe('a pace', () => {
  test('lets one in at a time, parties by turns, and passes over those who are gone', () => {
    const { later, next, isIdle } = loop()
    const pace = openPace(10, later)
    const served: string[] = []
    const wait = (name: string, isThere = true) =>
      pace.wait(name.charAt(0), () => {
        if (isThere) served.push(name)
        return isThere
      })
    for (const name of ['a1', 'a2', 'a3', 'b1']) wait(name, name !== 'a2')
    expect(served).toEqual([])
    next()
    expect(served).toEqual(['a1'])
    next()
    expect(served).toEqual(['a1', 'b1'])
    next()
    expect(served).toEqual(['a1', 'b1', 'a3'])
    next()
    expect(isIdle()).toBe(true)
    wait('c1')
    next()
    expect(served.at(-1)).toBe('c1')
  })

  test('lets in one that is expected after each other one, however many wait', () => {
    const { later, next } = loop()
    const pace = openPace(10, later)
    const served: string[] = []
    const wait = (party: string, expected?: string) =>
      pace.wait(party, () => served.push(expected ? `${expected} at ${party}` : party) > 0, expected)
    for (let party = 1; party <= 1_000; party += 1) wait(`stranger ${party}`)
    // A stranger who knows the name of one, and knocks often.
    for (let times = 0; times < 100; times += 1) wait('stranger 1', 'a')
    wait('home', 'a')
    wait('home', 'b')
    for (let turn = 0; turn < 6; turn += 1) next()
    expect(served.filter((_, turn) => turn % 2 === 0)).toEqual(['a at stranger 1', 'b at home', 'a at home'])
    expect(served.filter((_, turn) => turn % 2 === 1)).toEqual(['stranger 1', 'stranger 2', 'stranger 3'])
  })
})
