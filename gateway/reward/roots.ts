import { LINES_IN_RUN } from '../../sdk/log/earning.ts'
import { type Hash, nodeHash, rootOf } from '../../sdk/log/merkle.ts'

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

/** Leaves first, the root last. A node without a sibling moves up as it is: RFC 6962's tree, built from below. */
const levelsOf = (leaves: readonly Hash[]): readonly (readonly Hash[])[] => {
  const levels: (readonly Hash[])[] = [leaves]
  for (let level = leaves; level.length > 1; ) {
    const below = level
    level = Array.from({ length: Math.ceil(below.length / 2) }, (_, at) => {
      const [left, right] = [below[2 * at] as Hash, below[2 * at + 1]]
      return right ? nodeHash(left, right) : left
    })
    levels.push(level)
  }
  return levels
}

/** The inclusion proof of every leaf, for the price of one tree. */
export const proofsOf = (leaves: readonly Hash[]): readonly (readonly Hash[])[] => {
  const levels = levelsOf(leaves)
  return leaves.map((_, index) => levels.flatMap((level, height) => level[(index >> height) ^ 1] ?? []))
}
