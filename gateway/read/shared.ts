import type { Millis } from '../../devices/units.ts'
import type { Clock } from '../ports.ts'

/**
 * One answer for all who ask within `span`: they share the asking, too. For what is the same for everyone and dear to find out, such as
 * health, which asks the chain. A failure is shared by those who wait for it, and not kept.
 */
export const shared = <T>(span: Millis, clock: Clock, ask: () => Promise<T>): (() => Promise<T>) => {
  let kept: { readonly at: Millis; readonly answer: Promise<T> } | undefined
  return () => {
    const now = clock.now()
    if (kept && Math.abs(now - kept.at) < span) return kept.answer
    const mine = { at: now, answer: ask() }
    kept = mine
    mine.answer.catch(() => {
      if (kept === mine) kept = undefined
    })
    return mine.answer
  }
}
