import type { Hex } from '../../devices/units.ts'
import { encodeEarning } from '../../sdk/log/earning.ts'
import { inclusionProof, leafHash } from '../../sdk/log/merkle.ts'
import type { Earning, Epoch } from '../ports.ts'
import { hexOf } from './schemas.ts'

/** The arguments of `RewardLedger.claim(epoch, [claim])`: anyone may send it, the term's holder is paid. */
export type ClaimArguments = {
  readonly device: Hex
  readonly term: number
  readonly cumulative: string
  readonly index: string
  readonly proof: readonly Hex[]
}

/** Proves terms' lines of an epoch under its earnings root. The leaves are hashed once for all of them. */
export const claimsOf = (epoch: Epoch): ((earning: Earning) => ClaimArguments) => {
  const leaves = epoch.earnings.map((earning) => leafHash(encodeEarning(earning)))
  return (earning) => {
    const index = epoch.earnings.indexOf(earning)
    return {
      device: earning.device,
      term: earning.term,
      cumulative: `${earning.cumulative}`,
      index: `${index}`,
      proof: inclusionProof(leaves, index).map(hexOf),
    }
  }
}
