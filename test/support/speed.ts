/*
 * Speed as tests may assert it: CPU time of this process against CPU time of other work in the same process, as a ratio. A clock on the
 * wall also counts what the rest of the machine does, and an absolute limit also measures the machine.
 */

/** CPU milliseconds that `work` takes of this process, its garbage collector and compiler included. */
export const cpuOf = (work: () => unknown): number => {
  const before = process.cpuUsage()
  work()
  return spentSince(before)
}

/** As `cpuOf`, for work that answers later. Whatever else this process does meanwhile counts too. */
export const cpuOfAsync = async (work: () => Promise<unknown>): Promise<number> => {
  const before = process.cpuUsage()
  await work()
  return spentSince(before)
}

/** The cheapest of some runs: a collection or a compilation falls into some of them, never into all. */
export const cheapest = (work: () => unknown, runs = 5): number =>
  Math.min(...Array.from({ length: runs }, () => cpuOf(work)))

const spentSince = (before: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}
