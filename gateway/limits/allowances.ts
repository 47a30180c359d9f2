import { type Millis, seconds } from '../../devices/units.ts'
import { openRecently } from './recently.ts'

/** So many at once, and so many a second from then on. */
export type Rate = { readonly burst: number; readonly perSecond: number }

/** A token bucket for each name. */
export type Allowances = {
  /** Whether that name may have one more at that moment, or `count` more; counts them if so. */
  take(name: string, now: Millis, count?: number): boolean
  /** As `take`, counting nothing. */
  has(name: string, now: Millis, count?: number): boolean
  /** What was taken shall not count after all. */
  giveBack(name: string, now: Millis): void
}

/** `most` names are remembered; one that is forgotten has its whole burst again. */
export const openAllowances = ({ burst, perSecond }: Rate, most?: number): Allowances => {
  // A bucket left alone for that long is full again, and a full one need not be remembered.
  const buckets = openRecently<{ readonly left: number; readonly at: Millis }>(seconds(burst / perSecond), most)
  const leftOf = (name: string, now: Millis): number => {
    const { left, at } = buckets.get(name, now) ?? { left: burst, at: now }
    // A clock set back refills nothing, and takes nothing away.
    return Math.min(burst, left + (Math.max(0, now - at) * perSecond) / 1_000)
  }
  const change = (name: string, by: number, now: Millis): boolean => {
    const left = leftOf(name, now)
    const isWithin = left + by >= 0
    buckets.set(name, { left: isWithin ? Math.min(burst, left + by) : left, at: now }, now)
    return isWithin
  }
  return {
    take: (name, now, count = 1) => change(name, -count, now),
    has: (name, now, count = 1) => leftOf(name, now) >= count,
    giveBack: (name, now) => void change(name, 1, now),
  }
}

/** Allowances of addresses, told by `networksOf`: what comes from an IPv6 address counts against its /64 and its /48. */
export type NetworkAllowances = {
  take(networks: readonly string[], now: Millis, count?: number): boolean
  giveBack(networks: readonly string[], now: Millis): void
}

/** A /48 may have four times what one address has: it is one customer, or a whole street. */
const WIDE = 4

export const openNetworkAllowances = ({ burst, perSecond }: Rate): NetworkAllowances => {
  const narrow = openAllowances({ burst, perSecond })
  const wide = openAllowances({ burst: WIDE * burst, perSecond: WIDE * perSecond })
  const of = (networks: readonly string[]) =>
    networks.map((name, width) => ({ name, allowances: width === 0 ? narrow : wide }))
  return {
    take: (networks, now, count) =>
      of(networks).every(({ name, allowances }) => allowances.has(name, now, count)) &&
      of(networks).every(({ name, allowances }) => allowances.take(name, now, count)),
    giveBack: (networks, now) => {
      for (const { name, allowances } of of(networks)) allowances.giveBack(name, now)
    },
  }
}
