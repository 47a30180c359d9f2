import { setTimeout as wait } from 'node:timers/promises'
import type { Millis } from '../devices/units.ts'

export type Loop = { stop(): Promise<void> }

/**
 * Runs `work`, waits, runs it again, never two at once. `work` answers whether it did something: then the next round comes at once.
 *
 * A failure is told and waits longer each time, up to a minute: what the world broke, the world mends. `stop` resolves when the round
 * under way has ended.
 */
export const every = (pause: Millis, work: () => Promise<boolean>, onFailure: (error: unknown) => void): Loop => {
  const ending = new AbortController()
  let failures = 0
  const round = async (): Promise<Millis> => {
    try {
      const did = await work()
      failures = 0
      return did ? 0 : pause
    } catch (error) {
      failures++
      if (!ending.signal.aborted) onFailure(error)
      return Math.min(pause * 2 ** failures, 60_000)
    }
  }
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const rest = await round()
      await wait(rest, undefined, { signal: ending.signal }).catch(() => {})
    }
  }
  const running = run()
  return {
    stop: async () => {
      ending.abort()
      await running
    },
  }
}
