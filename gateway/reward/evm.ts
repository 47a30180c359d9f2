import { hexToBytes, type PublicClient } from 'viem'
import { encode, readEpoch, readFunds, readPaid, readRewardParameters } from '../../chain/client.ts'
import type { Address } from '../../devices/identity.ts'
import { termKey } from '../ports.ts'
import type { RewardLedgerPort, Rules } from './ledger-port.ts'

/** Eight fresh slots and more, and one slot a lane at most. */
const PROPOSE_GAS = 500_000n
const PROPOSE_LANE_GAS = 50_000n
const CLAIM_BASE_GAS = 150_000n
/** A first payment to a new holder writes two fresh slots. */
const CLAIM_GAS = 120_000n
const PROOF_HASH_GAS = 5_000n
/** Questions that one request to the embedded chain may hold are bounded, and a public node's patience is too. */
const AT_ONCE = 20

export const readRules = async (client: PublicClient, rewards: Address): Promise<Rules> =>
  readRewardParameters(client, rewards)

/**
 * RewardLedger on an EVM chain.
 *
 * Remembers what it saw paid: a paid amount never sinks (but by a reorganisation, after which a later epoch pays the rest), so a term is
 * asked about only while it may have something unpaid.
 */
export const evmRewards = (client: PublicClient, rewards: Address): RewardLedgerPort => {
  const seenPaid = new Map<string, bigint>()
  const paidTo = async (device: Address, term: number, wanted: bigint): Promise<bigint> => {
    const key = termKey(device, term)
    const seen = seenPaid.get(key) ?? 0n
    if (seen >= wanted) return seen
    const paid = await readPaid(client, rewards, device, term)
    seenPaid.set(key, paid)
    return paid
  }
  return {
    proposed: async (epoch) => {
      const found = await readEpoch(client, rewards, epoch)
      if (!found) return undefined
      return {
        proposedAt: 1_000 * Number(found.proposedAt),
        earningsRoot: hexToBytes(found.earningsRoot),
      }
    },
    funded: async () => (await readFunds(client, rewards)).funded,
    time: async () => 1_000 * Number((await client.getBlock()).timestamp),
    unpaid: async (lines) => {
      const unpaid: (typeof lines)[number][] = []
      for (let start = 0; start < lines.length; start += AT_ONCE) {
        const some = lines.slice(start, start + AT_ONCE)
        const paid = await Promise.all(some.map((line) => paidTo(line.device, line.term, line.cumulative)))
        unpaid.push(...some.filter((line, i) => (paid[i] ?? 0n) < line.cumulative))
      }
      return unpaid
    },
    proposeCall: (epoch) => ({
      to: rewards,
      data: encode.propose({ ...epoch, terms: BigInt(epoch.terms) }),
      gas: PROPOSE_GAS + PROPOSE_LANE_GAS * BigInt(epoch.heights.length),
    }),
    claimCall: (epoch, claims) => ({
      to: rewards,
      data: encode.claim(epoch, claims),
      gas: claims.reduce((gas, { proof }) => gas + CLAIM_GAS + PROOF_HASH_GAS * BigInt(proof.length), CLAIM_BASE_GAS),
    }),
  }
}
