import { openShare } from '../limits/share.ts'

/** So many at a time; the others wait for their turn, fairly between names. */
export type Turns = {
  /** Resolves with what `work` resolves with, or with `sentAway()` when too many wait and this name has most of them. */
  take<T>(name: string, work: () => Promise<T>, sentAway: () => T): Promise<T>
}

export const openTurns = (atOnce: number, waiting: number): Turns => {
  const share = openShare<(mayGo: boolean) => void>({
    packets: atOnce,
    bytes: Number.MAX_SAFE_INTEGER,
    waiting: { packets: waiting, bytes: Number.MAX_SAFE_INTEGER },
  })
  const callNext = (): void => {
    for (let go = share.next(); go; go = share.next()) go(true)
  }
  const turnOf = (name: string): Promise<boolean> =>
    new Promise((resolve) => {
      for (const sendAway of share.offer(name, resolve, 0)) sendAway(false)
      callNext()
    })
  return {
    take: async (name, work, sentAway) => {
      if (!(await turnOf(name))) return sentAway()
      try {
        return await work()
      } finally {
        share.end(0)
        callNext()
      }
    },
  }
}
