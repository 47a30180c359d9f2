import { expect, test } from 'vitest'
import { shared } from './shared.ts'

const asked = (fail = () => false) => {
  let now = 0
  let count = 0
  const ask = shared(1_000, { now: () => now }, async () => {
    count += 1
    if (fail()) throw new Error('away')
    return count
  })
  const pass = (span: number): void => {
    now += span
  }
  return { ask, count: () => count, pass }
}

test('all who ask within the span share one answer, and those after it the next', async () => {
  const { ask, count, pass } = asked()
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1])
  pass(999)
  expect(await ask()).toBe(1)
  pass(1)
  expect(await ask()).toBe(2)
  expect(count()).toBe(2)
})

test('a failure is told to those who wait for it, and asked anew by the next', async () => {
  let isAway = true
  const { ask, count } = asked(() => isAway)
  const both = await Promise.allSettled([ask(), ask()])
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  isAway = false
  expect(await ask()).toBe(2)
  expect(count()).toBe(2)
})

test('a clock set back keeps nothing for long', async () => {
  const { ask, count, pass } = asked()
  await ask()
  pass(-5_000)
  await ask()
  expect(count()).toBe(2)
})
