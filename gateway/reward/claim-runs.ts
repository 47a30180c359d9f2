import { earningHash, LINES_IN_RUN } from '../../sdk/log/earning.ts'
import { inclusionProofs } from '../../sdk/log/merkle.ts'
import type { Earning, RewardStore } from '../ports.ts'
import type { ClaimRun } from './ledger-port.ts'
import { rootsInTurns } from './roots.ts'

/** Epochs whose runs are kept. More than one only while an older one cannot be paid. */
const KEPT = 4

/** An epoch's lines in runs, each with its proof. */
export const runsOf = async (epoch: bigint, earnings: readonly Earning[]): Promise<readonly ClaimRun[]> => {
  const proofs = inclusionProofs(await rootsInTurns(earnings, earningHash))
  return proofs.map((proof, at) => ({
    epoch,
    first: at * LINES_IN_RUN,
    lines: earnings
      .slice(at * LINES_IN_RUN, (at + 1) * LINES_IN_RUN)
      .map(({ device, term, amount }) => ({ device, term, amount })),
    proof,
  }))
}

/** The runs of the epochs that are being paid, each made once: a final epoch never changes. */
export const openClaimRuns = (
  store: Pick<RewardStore, 'earnings'>,
): ((epoch: bigint) => Promise<readonly ClaimRun[]>) => {
  const kept = new Map<bigint, readonly ClaimRun[]>()
  return async (epoch) => {
    const known = kept.get(epoch)
    if (known) return known
    const runs = await runsOf(epoch, await store.earnings(epoch))
    const [oldest] = kept.keys()
    if (kept.size >= KEPT && oldest !== undefined) kept.delete(oldest)
    kept.set(epoch, runs)
    return runs
  }
}
