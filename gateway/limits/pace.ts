import type { Millis } from '../../devices/units.ts'
import { type FairQueue, openFairQueue } from './fair-queue.ts'

/** Lets one in at a time, with a pause after each: one who is expected and one of the others in turn, and parties of each by turns. */
export type Pace = {
  /**
   * Calls `resume` when it is its turn, never within this call. It answers whether it was of use: if not, the next need not wait.
   *
   * `expected`: the name under which somebody is expected. Such names have turns, and parties within a name: who knows one name holds up that
   * name alone, and not those of other parties who have it too.
   */
  wait(party: string, resume: () => boolean, expected?: string): void
}

type Resume = () => boolean

export const openPace = (
  pause: Millis,
  after: (run: () => void, pause: Millis) => unknown = (run, time) => setTimeout(run, time),
): Pace => {
  const others = openFairQueue<Resume>()
  const names = openFairQueue<string>()
  const byName = new Map<string, FairQueue<Resume>>()
  let isTurnOfOthers = false
  /** `serve` is planned. */
  let isResting = false

  const shiftExpected = (): Resume | undefined => {
    const name = names.shift()
    if (name === undefined) return undefined
    const queue = byName.get(name)
    if (queue?.size === 1) byName.delete(name)
    return queue?.shift()
  }

  const shift = (): Resume | undefined => {
    const next = isTurnOfOthers ? (others.shift() ?? shiftExpected()) : (shiftExpected() ?? others.shift())
    isTurnOfOthers = !isTurnOfOthers
    return next
  }

  const push = (party: string, resume: Resume, expected: string | undefined): void => {
    if (expected === undefined) {
      others.push(party, resume)
      return
    }
    const queue = byName.get(expected) ?? openFairQueue<Resume>()
    byName.set(expected, queue)
    queue.push(party, resume)
    names.push(expected, expected)
  }

  const serve = () => {
    isResting = false
    for (;;) {
      const next = shift()
      if (!next) return
      if (next()) break
    }
    isResting = true
    after(serve, pause)
  }

  return {
    wait: (party, resume, expected) => {
      push(party, resume, expected)
      if (isResting) return
      isResting = true
      after(serve, 0)
    },
  }
}
