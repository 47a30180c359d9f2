import { type Millis, seconds } from '../../devices/units.ts'
import { openRecently } from './recently.ts'

/** So many at once, and so many a second from then on. */
export type Rate = { readonly burst: number; readonly perSecond: number }

/** A token bucket for each name: `take` answers whether that name may have one more at that moment, and counts it if so. */
export type Allowances = { take(name: string, now: Millis): boolean }

export const openAllowances = ({ burst, perSecond }: Rate): Allowances => {
  // A bucket left alone for that long is full again, and a full one need not be remembered.
  const buckets = openRecently<{ readonly left: number; readonly at: Millis }>(seconds(burst / perSecond))
  return {
    take: (name, now) => {
      const { left, at } = buckets.get(name, now) ?? { left: burst, at: now }
      // A clock set back refills nothing, and takes nothing away.
      const filled = Math.min(burst, left + (Math.max(0, now - at) * perSecond) / 1_000)
      const isWithin = filled >= 1
      buckets.set(name, { left: isWithin ? filled - 1 : filled, at: now }, now)
      return isWithin
    },
  }
}
