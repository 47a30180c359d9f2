import type { Millis } from '../../devices/units.ts'
import { openFairQueue } from './fair-queue.ts'

/** Lets one in at a time, parties by turns, with a pause after each. */
export type Pace = {
  /** Calls `resume` when it is its turn, never within this call. It answers whether it was of use: if not, the next need not wait. */
  wait(party: string, resume: () => boolean): void
}

export const openPace = (
  pause: Millis,
  after: (run: () => void, pause: Millis) => unknown = (run, time) => setTimeout(run, time),
): Pace => {
  const queue = openFairQueue<() => boolean>()
  /** `serve` is planned. */
  let isResting = false

  const serve = () => {
    isResting = false
    for (;;) {
      const next = queue.shift()
      if (!next) return
      if (next()) break
    }
    isResting = true
    after(serve, pause)
  }

  return {
    wait: (party, resume) => {
      queue.push(party, resume)
      if (isResting) return
      isResting = true
      after(serve, 0)
    },
  }
}
