import { hexToBytes, type PublicClient } from 'viem'
import {
  encode,
  readEpoch,
  readFunds,
  readLatestProposed,
  readPaidLines,
  readRewardParameters,
} from '../../chain/client.ts'
import type { Address } from '../../devices/identity.ts'
import type { RewardLedgerPort, Rules } from './ledger-port.ts'

/** Eight fresh slots and more, and one slot a lane at most. */
const PROPOSE_GAS = 500_000n
const PROPOSE_LANE_GAS = 50_000n
/** The call itself, the epoch's slots, and a proof of at most 60 hashes. */
const CLAIM_BASE_GAS = 200_000n
/** A first payment to a holder who had nothing writes two fresh slots: 67,000 measured, for each of 32 lines. */
const CLAIM_LINE_GAS = 90_000n
/** Lines in a word of `paidLines`. */
const WORD = 256
/** Questions that one request to the embedded chain may hold are bounded, and a public node's patience is too. */
const AT_ONCE = 20

export const readRules = async (client: PublicClient, rewards: Address): Promise<Rules> =>
  readRewardParameters(client, rewards)

/** RewardLedger on an EVM chain. */
export const evmRewards = (client: PublicClient, rewards: Address): RewardLedgerPort => {
  const proposed: RewardLedgerPort['proposed'] = async (epoch) => {
    const found = await readEpoch(client, rewards, epoch)
    if (!found) return undefined
    const { proposedAt, earningsRoot, paid } = found
    return { proposedAt: 1_000 * Number(proposedAt), earningsRoot: hexToBytes(earningsRoot), paid }
  }
  return {
    proposed,
    latest: async () => {
      const epoch = await readLatestProposed(client, rewards)
      const found = epoch === undefined ? undefined : await proposed(epoch)
      return epoch === undefined || !found ? undefined : { epoch, proposedAt: found.proposedAt }
    },
    funded: async () => (await readFunds(client, rewards)).funded,
    time: async () => 1_000 * Number((await client.getBlock()).timestamp),
    paidLines: async (epoch, count) => {
      const words: bigint[] = []
      while (words.length * WORD < count) {
        const some = Array.from({ length: AT_ONCE }, (_, at) => words.length + at).filter((at) => at * WORD < count)
        words.push(...(await Promise.all(some.map((at) => readPaidLines(client, rewards, epoch, BigInt(at))))))
      }
      return (place) => (((words[Math.floor(place / WORD)] ?? 0n) >> BigInt(place % WORD)) & 1n) === 1n
    },
    proposeCall: (epoch) => ({
      to: rewards,
      data: encode.propose({ ...epoch, lines: BigInt(epoch.terms) }),
      gas: PROPOSE_GAS + PROPOSE_LANE_GAS * BigInt(epoch.heights.length),
    }),
    claimCall: (run) => ({
      to: rewards,
      data: encode.claim([{ ...run, first: BigInt(run.first) }]),
      gas: CLAIM_BASE_GAS + CLAIM_LINE_GAS * BigInt(run.lines.length),
    }),
  }
}
