import type { Hex } from '../../devices/units.ts'
import { earningHash, LINES_IN_RUN } from '../../sdk/log/earning.ts'
import { inclusionProof } from '../../sdk/log/merkle.ts'
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
 * Proves one line of an epoch under its earnings root: its path in its run, then the run's path. Some 350 hashes for an epoch of 10,000
 * lines. Undefined where the run does not hold the line.
 */
export const claimOf = (
  epoch: bigint,
  { first, lines, roots }: EarningRun,
  wanted: Line,
): ClaimArguments | undefined => {
  const at = lines.findIndex(({ device, term }) => device === wanted.device && term === wanted.term)
  const line = lines[at]
  if (!line) return undefined
  const inRun = inclusionProof(lines.map(earningHash), at)
  const ofRun = inclusionProof(roots, first / LINES_IN_RUN)
  return {
    epoch: `${epoch}`,
    first: `${first + at}`,
    lines: [{ device: line.device, term: line.term, amount: `${line.amount}` }],
    proof: [...inRun, ...ofRun].map(hexOf),
  }
}
