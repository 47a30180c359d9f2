import type { Hex } from '../../devices/units.ts'
import { earningHash, LINES_IN_RUN } from '../../sdk/log/earning.ts'
import { inclusionProof, inclusionProofs } from '../../sdk/log/merkle.ts'
import type { Earning, EarningRun } from '../ports.ts'
import { hexOf } from './schemas.ts'

/** One of the claims that `RewardLedger.claim([claim])` takes: anyone may send it, the term's holder is paid. */
export type ClaimArguments = {
  readonly epoch: string
  readonly first: string
  readonly lines: { readonly device: Hex; readonly term: number; readonly amount: string }[]
  readonly proof: Hex[]
}

type Line = Pick<Earning, 'device' | 'term'>

/**
 * Proves lines of a run under the epoch's earnings root: a line's path in its run, then the run's path. What it hashes, some 380 hashes for an
 * epoch of 10,000 lines, it hashes once, however many of the run's lines are asked for. Undefined for a line that the run does not hold.
 */
export const claimsIn = (
  epoch: bigint,
  { first, lines, roots }: EarningRun,
): ((wanted: Line) => ClaimArguments | undefined) => {
  const inRun = inclusionProofs(lines.map(earningHash))
  const ofRun = inclusionProof(roots, first / LINES_IN_RUN)
  return (wanted) => {
    const at = lines.findIndex(({ device, term }) => device === wanted.device && term === wanted.term)
    const line = lines[at]
    if (!line) return undefined
    return {
      epoch: `${epoch}`,
      first: `${first + at}`,
      lines: [{ device: line.device, term: line.term, amount: `${line.amount}` }],
      proof: [...(inRun[at] ?? []), ...ofRun].map(hexOf),
    }
  }
}
