import { LINES_IN_RUN } from '../../sdk/log/earning.ts'
import { type Hash, rootOf } from '../../sdk/log/merkle.ts'

/** Runs hashed before others have their turn: some 2 ms. A PUBACK does not wait for the ten thousand lines of an epoch. */
const AT_ONCE = 8

/** Roots of runs of 32 lines; `runRoots` of `sdk/log/earning.ts`, in turns. */
export const rootsInTurns = async <Line>(
  lines: readonly Line[],
  hashOf: (line: Line) => Hash,
): Promise<readonly Hash[]> => {
  const roots: Hash[] = []
  for (let first = 0; first < lines.length; first += LINES_IN_RUN) {
    if (roots.length % AT_ONCE === 0 && first > 0) await new Promise((resume) => setImmediate(resume))
    roots.push(rootOf(lines.slice(first, first + LINES_IN_RUN).map(hashOf)))
  }
  return roots
}
