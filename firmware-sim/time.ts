import type { Millis } from '../devices/units.ts'

/** The device's oscillator. `main.ts` picks the real one; tests turn their own by hand. */
export type Scheduler = {
  now(): Millis
  /** Runs `work` once after `delay`; the answer cancels it. */
  after(delay: Millis, work: () => void): () => void
}

/** Resolves after `delay`, or as soon as `signal` aborts: who waits looks at the signal next. */
export const pause = (scheduler: Scheduler, delay: Millis, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = () => {
      cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const cancel = scheduler.after(delay, end)
    signal.addEventListener('abort', end, { once: true })
  })
