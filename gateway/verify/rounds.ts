/** Work in rounds, one at a time. */
export type Rounds = {
  /** There may be something to do. */
  wake(): void
}

/**
 * Works on what `next` gives until it gives nothing. Each round begins in a new turn of the event loop, so the sockets get theirs between two,
 * and what comes in one turn is one round's. `work` must not reject: whatever it was given is its own to answer for.
 */
export const openRounds = <T>(next: () => readonly T[], work: (round: readonly T[]) => Promise<void>): Rounds => {
  let isRunning = false
  const run = async () => {
    isRunning = true
    for (;;) {
      await new Promise((resume) => setImmediate(resume))
      const round = next()
      if (round.length === 0) break
      await work(round)
    }
    isRunning = false
  }
  return {
    wake: () => {
      if (!isRunning) void run()
    },
  }
}
