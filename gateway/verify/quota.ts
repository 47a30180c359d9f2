import { MAX_PACKETS_PER_SECOND } from '../../devices/limits.ts'
import type { Millis } from '../../devices/units.ts'
import { boundedMap } from './bounded-map.ts'

/** A token bucket per device: `take` answers whether one more packet is within the quota at that moment, and counts it if so. */
export type Quota = { take(device: string, at: Millis): boolean }

/**
 * Holds a second's worth and refills steadily. A forgotten bucket is a full one, so the bound errs towards the device.
 */
export const openQuota = (perSecond = MAX_PACKETS_PER_SECOND, devices = 100_000): Quota => {
  const buckets = boundedMap<string, { tokens: number; at: Millis }>(devices)
  return {
    take: (device, at) => {
      const bucket = buckets.get(device) ?? { tokens: perSecond, at }
      // A clock that steps back must not drain the bucket.
      const refill = (Math.max(0, at - bucket.at) * perSecond) / 1_000
      const tokens = Math.min(perSecond, bucket.tokens + refill)
      const isWithin = tokens >= 1
      buckets.set(device, { tokens: isWithin ? tokens - 1 : tokens, at })
      return isWithin
    },
  }
}
