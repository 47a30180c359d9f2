import type { Millis } from '../../devices/units.ts'

/** How often it is looked whether we were awake; a limit is kept to within one of these. */
const TICK: Millis = 50

/**
 * Aborts after `limit` of time in which our own event loop ran. While it was blocked, or the machine slept, an answer that came was not read:
 * that time says nothing of who was asked.
 *
 * A tick counts as a tick however late it comes, and one that came late not at all, so that what arrived meanwhile is read first.
 */
export const awakeTimeout = (limit: Millis): { readonly signal: AbortSignal; end(): void } => {
  const controller = new AbortController()
  let awake = 0
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    if (now - last < 2 * TICK) awake += TICK
    last = now
    if (awake < limit) return
    clearInterval(timer)
    controller.abort(new DOMException(`no answer in ${limit} ms`, 'TimeoutError'))
  }, TICK)
  return { signal: controller.signal, end: () => clearInterval(timer) }
}
