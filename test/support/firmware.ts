import type { Millis } from '../../devices/units.ts'
import type { Scheduler } from '../../firmware-sim/time.ts'
import type { Place } from '../../firmware-sim/world/place.ts'

/** Offsets over so many hours, every `stepMinutes`. */
export const hoursOf = (hours: number, stepMinutes: number): readonly Millis[] =>
  Array.from({ length: (hours * 60) / stepMinutes }, (_, index) => index * stepMinutes * 60_000)

export const metresBetween = (one: Place, other: Place): number => {
  const north = (other.latitude - one.latitude) * 111_320
  const east = (other.longitude - one.longitude) * 111_320 * Math.cos((one.latitude * Math.PI) / 180)
  return Math.hypot(north, east)
}

/** A clock that a test turns by hand. */
export const handTurned = (start: Millis): Scheduler & { turn(by: Millis): void } => {
  let now = start
  const waiting = new Set<{ at: Millis; work: () => void }>()
  return {
    now: () => now,
    after: (delay, work) => {
      const entry = { at: now + delay, work }
      waiting.add(entry)
      return () => void waiting.delete(entry)
    },
    turn: (by) => {
      now += by
      for (const entry of [...waiting].sort((a, b) => a.at - b.at)) {
        if (entry.at > now || !waiting.delete(entry)) continue
        entry.work()
      }
    },
  }
}
