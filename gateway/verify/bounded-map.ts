/** A map that forgets what was longest unused once it holds `limit` entries. */
export type BoundedMap<K, V> = {
  get(key: K): V | undefined
  set(key: K, value: V): void
  readonly size: number
}

export const boundedMap = <K, V>(limit: number): BoundedMap<K, V> => {
  // A Map iterates in order of insertion, so taking an entry out and in again makes it the youngest.
  const entries = new Map<K, V>()
  const renew = (key: K, value: V) => {
    entries.delete(key)
    entries.set(key, value)
  }
  return {
    get: (key) => {
      const value = entries.get(key)
      if (value !== undefined) renew(key, value)
      return value
    },
    set: (key, value) => {
      renew(key, value)
      if (entries.size <= limit) return
      for (const oldest of entries.keys()) {
        entries.delete(oldest)
        break
      }
    },
    get size() {
      return entries.size
    },
  }
}
