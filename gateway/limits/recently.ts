import type { Millis } from '../../devices/units.ts'

/** Remembers values for a span of time, and no longer. Above `most` names it forgets the oldest early. */
export type Recently<V> = {
  get(name: string, now: Millis): V | undefined
  set(name: string, value: V, now: Millis): void
}

/** Some 10 MB of short names: strangers choose how many there are. */
const MOST = 65_536

export const openRecently = <V>(span: Millis, most = MOST): Recently<V> => {
  // In order of insertion, so the oldest are first.
  const entries = new Map<string, { readonly value: V; readonly at: Millis }>()
  const isOver = (at: Millis, now: Millis) => Math.abs(now - at) >= span
  return {
    get: (name, now) => {
      const entry = entries.get(name)
      return entry && !isOver(entry.at, now) ? entry.value : undefined
    },
    set: (name, value, now) => {
      entries.delete(name)
      entries.set(name, { value, at: now })
      for (const [oldest, { at }] of entries) {
        if (!isOver(at, now) && entries.size <= most) break
        entries.delete(oldest)
      }
    },
  }
}
