import { describe, expect, test } from 'vitest'
import { every } from './loop.ts'

/** Work that is told from outside how each of its rounds ends. */
const scripted = (rounds: readonly (() => boolean)[]) => {
  let round = 0
  let end: () => void = () => {}
  const done = new Promise<void>((resolve) => {
    end = resolve
  })
  const work = async (): Promise<boolean> => {
    const next = rounds[round++]
    if (round >= rounds.length) end()
    return next?.() ?? false
  }
  return { work, done, rounds: () => round }
}

describe('a loop', () => {
  test('looks again at once while it finds something to do', async () => {
    const { work, done } = scripted([() => true, () => true, () => true])
    const loop = every(3_600_000, work, () => {})
    await done
    await loop.stop()
  })

  test('goes on after a failure, and tells it', async () => {
    const told: unknown[] = []
    const lost = new Error('the database is away')
    const { work, done } = scripted([
      () => {
        throw lost
      },
      () => false,
    ])
    const loop = every(1, work, (error) => told.push(error))
    await done
    await loop.stop()
    expect(told).toEqual([lost])
  })

  test('never runs two rounds at once, and stops when the one under way has ended', async () => {
    let under = 0
    let most = 0
    let release: () => void = () => {}
    const begun = new Promise<void>((resolve) => {
      release = resolve
    })
    let finish: () => void = () => {}
    const work = async (): Promise<boolean> => {
      most = Math.max(most, ++under)
      release()
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      under--
      return true
    }
    const loop = every(0, work, () => {})
    await begun
    const stopped = loop.stop()
    expect(under).toBe(1)
    finish()
    await stopped
    expect([under, most]).toEqual([0, 1])
  })
})
