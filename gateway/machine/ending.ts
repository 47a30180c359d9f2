/** What was started, ended in reverse order. */
export type Ending = {
  /** `stop` is called once, after everything that was added later has ended. */
  add(name: string, stop: () => unknown): void
  /** Ends all of it. One that fails is told and does not keep the others from ending. Called twice, it ends once. */
  run(onFailure: (name: string, error: unknown) => void): Promise<void>
}

export const openEnding = (): Ending => {
  const started: { name: string; stop: () => unknown }[] = []
  let ended: Promise<void> | undefined
  const end = async (onFailure: (name: string, error: unknown) => void): Promise<void> => {
    for (let next = started.pop(); next; next = started.pop()) {
      try {
        await next.stop()
      } catch (error) {
        onFailure(next.name, error)
      }
    }
  }
  return {
    add: (name, stop) => started.push({ name, stop }),
    run: (onFailure) => {
      ended ??= end(onFailure)
      return ended
    },
  }
}
