import { minutes } from '../../devices/units.ts'
import type { Clock, Log } from '../ports.ts'

/** Lines of one message in a minute: enough to see what happens, some 50 MB a day where a stranger causes the longest without end. */
const LINES = 20
const SPAN = minutes(1)

type Window = { readonly since: number; written: number; left: number }

const levels = ['error', 'warn', 'info'] as const satisfies readonly (keyof Log)[]

/**
 * A log that strangers cannot fill: of each message at most 20 lines a minute. The first line of a message in a later minute says in `leftOut`
 * how many were not written before it. Messages are constant texts of the code, so what is remembered is bounded too.
 */
export const boundedLog = (log: Log, clock: Clock): Log => {
  const windows = new Map<string, Window>()
  const windowOf = (message: string, now: number): Window => {
    const window = windows.get(message)
    if (window && Math.abs(now - window.since) < SPAN) return window
    const next = { since: now, written: 0, left: window?.left ?? 0 }
    windows.set(message, next)
    return next
  }
  const write = (level: keyof Log) => (fields: object, message: string) => {
    const window = windowOf(message, clock.now())
    if (window.written >= LINES) {
      window.left += 1
      return
    }
    window.written += 1
    log[level](window.left > 0 ? { ...fields, leftOut: window.left } : fields, message)
    window.left = 0
  }
  return Object.fromEntries(levels.map((level) => [level, write(level)])) as Log
}
