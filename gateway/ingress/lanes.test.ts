import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openLanes, TooMany } from './lanes.ts'

const held = () => {
  let settle: { resolve: () => void; reject: (reason: Error) => void } | undefined
  const promise = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject }
  })
  return { work: () => promise, ...(settle as NonNullable<typeof settle>) }
}

describe('a device’s lane', () => {
  test('answers in the order of arrival, in whatever order the work ends and however', async () => {
    const ends = fc.shuffledSubarray(
      Array.from({ length: 20 }, (_, index) => index),
      { minLength: 20 },
    )
    const property = fc.asyncProperty(
      ends,
      fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
      async (order, good) => {
        const lanes = openLanes()
        const answered: number[] = []
        const works = order.map(held)
        const runs = works.map(({ work }, index) =>
          lanes.run('d', work).then(
            () => answered.push(index),
            () => answered.push(index),
          ),
        )
        for (const index of order) {
          if (good[index]) works[index]?.resolve()
          else works[index]?.reject(new Error('away'))
          await null
        }
        await Promise.all(runs)
        expect(answered).toEqual(works.map((_, index) => index))
      },
    )
    await fc.assert(property, { numRuns: 30, seed: 20260601 })
  })

  test('has room for 32; the 33rd is turned away, after those before it are answered', async () => {
    const lanes = openLanes()
    const works = Array.from({ length: 32 }, held)
    const runs = works.map(({ work }) => lanes.run('d', work))
    expect([lanes.inFlight('d'), lanes.inFlight('e')]).toEqual([32, 0])
    let isTurnedAway = false
    const late = lanes.run('d', async () => {
      throw new Error('must not start')
    })
    const turnedAway = late.catch((reason) => {
      isTurnedAway = true
      return reason
    })
    for (const { resolve } of works.slice(1)) resolve()
    await null
    expect(isTurnedAway).toBe(false)
    works[0]?.resolve()
    await Promise.all(runs)
    expect(await turnedAway).toBeInstanceOf(TooMany)
    expect(lanes.inFlight('d')).toBe(0)
  })

  test('takes a throw for a failure of that packet alone', async () => {
    const lanes = openLanes()
    const thrown = lanes.run('d', () => {
      throw new Error('at once')
    })
    await expect(thrown).rejects.toThrow('at once')
    expect(await lanes.run('d', async () => 7)).toBe(7)
  })

  test('tells who waits for the next to settle', async () => {
    const lanes = openLanes()
    await lanes.next('d')
    const one = held()
    const run = lanes.run('d', one.work)
    const order: string[] = []
    const next = lanes.next('d').then(() => order.push('next'))
    one.reject(new Error('away'))
    await run.catch(() => order.push('run'))
    await next
    expect(order.length).toBe(2)
  })

  test('is idle once everything is answered', async () => {
    const lanes = openLanes()
    await lanes.idle()
    const one = held()
    const run = lanes.run('d', one.work)
    let isIdle = false
    const idle = lanes.idle().then(() => {
      isIdle = true
    })
    await null
    expect(isIdle).toBe(false)
    one.resolve()
    await run
    await idle
  })
})
