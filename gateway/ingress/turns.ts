import { type FairQueue, openFairQueue } from '../limits/fair-queue.ts'
import type { Standing } from '../limits/sockets.ts'

/** Frames of all sockets of one standing that pass in one turn of the event loop. */
export type TurnLimits = Readonly<Record<Standing, number>>

/**
 * Shares the turns of the event loop between sockets. A chunk of 64 KB holds 32,000 PINGREQs, and 10,000 sockets may each have one at once: so
 * a turn takes a bounded number of frames, and what is left goes on in the next, sockets by turns and parties by turns.
 */
export type Turns = {
  /** Whether one more frame may pass in this turn; counts it if so. */
  take(standing: Standing): boolean
  /** Calls `resume` in a later turn, once. Within it `take` has at least one frame to give. */
  wait(standing: Standing, party: string, resume: () => void): void
}

/** `later` runs something after the sockets have had their turn. */
export const openTurns = (limits: TurnLimits, later: (run: () => void) => unknown = setImmediate): Turns => {
  const used: Record<Standing, number> = { waiting: 0, stranger: 0, registered: 0 }
  const queues: Readonly<Record<Standing, FairQueue<() => void>>> = {
    waiting: openFairQueue(),
    stranger: openFairQueue(),
    registered: openFairQueue(),
  }
  const standings = Object.keys(used) as Standing[]
  let serving: Standing | undefined
  let isPlanned = false

  const plan = () => {
    if (isPlanned) return
    isPlanned = true
    later(begin)
  }

  const begin = () => {
    isPlanned = false
    for (const standing of standings) used[standing] = 0
    for (const standing of standings) serve(standing)
    if (standings.some((standing) => queues[standing].size > 0)) plan()
  }

  const serve = (standing: Standing) => {
    serving = standing
    // Only those that wait now: who comes back to wait again has had this turn.
    for (let left = queues[standing].size; left > 0 && used[standing] < limits[standing]; left -= 1)
      queues[standing].shift()?.()
    serving = undefined
  }

  return {
    take: (standing) => {
      // Those who wait come before those whose bytes have just come.
      if (used[standing] >= limits[standing] || (queues[standing].size > 0 && serving !== standing)) return false
      used[standing] += 1
      plan()
      return true
    },
    wait: (standing, party, resume) => {
      queues[standing].push(party, resume)
      plan()
    },
  }
}
