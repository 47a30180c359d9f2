import type { Millis } from '../../devices/units.ts'

/** A queue that works in groups: what makes arrays of single packets, since verify and store work on arrays. */
export type Gather<T> = { push(items: readonly T[]): void }

/**
 * Hands what is pushed to `work`, first in first out, at most `size` at once, one call under way at a time, so that order is kept. Fewer
 * than `size` wait up to `company` for more. `work` must not reject: whatever it was given is its own to answer for.
 */
export const gather = <T>(size: number, company: Millis, work: (group: readonly T[]) => Promise<void>): Gather<T> => {
  const queue: T[] = []
  let isRunning = false
  let whenFull: (() => void) | undefined

  const isFullOrLate = () =>
    new Promise<void>((resume) => {
      const timer = company > 0 ? setTimeout(resume, company) : setImmediate(resume)
      whenFull = () => {
        clearTimeout(timer as NodeJS.Timeout)
        clearImmediate(timer as NodeJS.Immediate)
        resume()
      }
    })

  const run = async () => {
    isRunning = true
    while (queue.length > 0) {
      if (queue.length < size) await isFullOrLate()
      whenFull = undefined
      await work(queue.splice(0, size))
    }
    isRunning = false
  }

  return {
    push: (items) => {
      queue.push(...items)
      if (queue.length >= size) whenFull?.()
      if (!isRunning && queue.length > 0) void run()
    },
  }
}
