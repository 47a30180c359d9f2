import { describe, expect, test } from 'vitest'
import { handTurned } from '../test/support/firmware.ts'
import { pause } from './time.ts'

/** What became of a promise once all that could run has run. */
const isDone = async (promise: Promise<void>): Promise<boolean> => {
  let done = false
  void promise.then(() => {
    done = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  return done
}

describe('a pause', () => {
  test('ends after its time, not before', async () => {
    const clock = handTurned(0)
    const resting = pause(clock, 1_000, new AbortController().signal)
    clock.turn(999)
    expect(await isDone(resting)).toBe(false)
    clock.turn(1)
    expect(await isDone(resting)).toBe(true)
  })

  test('ends at once where its signal aborts, or has aborted', async () => {
    const ending = new AbortController()
    const resting = pause(handTurned(0), 1_000, ending.signal)
    expect(await isDone(resting)).toBe(false)
    ending.abort()
    expect(await isDone(resting)).toBe(true)
    expect(await isDone(pause(handTurned(0), 1_000, ending.signal))).toBe(true)
  })
})
