import type { Address } from '../../devices/identity.ts'
import { days, type Millis } from '../../devices/units.ts'
import type { DayUse } from '../ports.ts'

/** How much owners have had stored today, against what they may. Only owners of registered devices are ever counted. */
export type DailyBytes = {
  count(owner: Address, bytes: number, now: Millis): void
  /** How long until that owner may send again; undefined = now. */
  waitOf(owner: Address, now: Millis): Millis | undefined
  /** What was counted since the last call, to be kept. */
  take(): readonly DayUse[]
  /** What is kept of that day, all gateways' together. It may be less than what is known here and not kept yet. */
  learn(kept: readonly DayUse[]): void
}

const DAY = days(1)
export const dayOf = (now: Millis): number => Math.floor(now / DAY)

/** `limit` 0 = none. */
export const openDailyBytes = (limit: number): DailyBytes => {
  let today = 0
  let kept = new Map<Address, number>()
  let unkept = new Map<string, DayUse>()

  const turnTo = (day: number) => {
    // A clock that steps back stays in its newest day.
    if (day <= today) return
    today = day
    kept = new Map()
  }
  const keyOf = (owner: Address, day: number) => `${day} ${owner}`

  return {
    count: (owner, bytes, now) => {
      turnTo(dayOf(now))
      const key = keyOf(owner, today)
      unkept.set(key, { owner, day: today, bytes: (unkept.get(key)?.bytes ?? 0) + bytes })
    },
    waitOf: (owner, now) => {
      turnTo(dayOf(now))
      const used = (kept.get(owner) ?? 0) + (unkept.get(keyOf(owner, today))?.bytes ?? 0)
      return limit > 0 && used >= limit ? (today + 1) * DAY - now : undefined
    },
    take: () => {
      const taken = [...unkept.values()]
      unkept = new Map()
      // Until the kept sum is told, it counts as kept.
      for (const { owner, day, bytes } of taken) if (day === today) kept.set(owner, (kept.get(owner) ?? 0) + bytes)
      return taken
    },
    learn: (uses) => {
      for (const { owner, day, bytes } of uses) {
        turnTo(day)
        if (day === today) kept.set(owner, Math.max(bytes, kept.get(owner) ?? 0))
      }
    },
  }
}
