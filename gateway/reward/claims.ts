import type { PublicClient } from 'viem'
import { claimEvents } from '../../chain/client.ts'
import type { Address } from '../../devices/identity.ts'
import type { RewardStore } from '../ports.ts'

/** What public nodes answer at most in one `eth_getLogs`. */
const MAX_BLOCKS = 2_000n

export type ClaimWatchPorts = {
  readonly client: PublicClient
  readonly store: RewardStore
  readonly rewards: Address
  /** The contracts' deployment: no claim is older. */
  readonly from: bigint
  /** Blocks on top before a payment counts as made. */
  readonly confirmations: number
}

/**
 * Keeps what the RewardLedger said it paid, whoever claimed it.
 *
 * The place it has read up to is not stored: payments are stored once each, so reading all of them again after a start changes nothing.
 */
export class ClaimWatch {
  readonly #ports: ClaimWatchPorts
  #next: bigint

  constructor(ports: ClaimWatchPorts) {
    this.#ports = ports
    this.#next = ports.from
  }

  /** Reads on by one question's worth of blocks; tells whether there are more. */
  async step(): Promise<boolean> {
    const { client, confirmations, rewards, store } = this.#ports
    const newest = (await client.getBlockNumber()) - BigInt(confirmations)
    if (newest < this.#next) return false
    const last = this.#next + MAX_BLOCKS - 1n
    const to = last < newest ? last : newest
    const claims = await claimEvents(client, rewards, this.#next, to)
    if (claims.length > 0) await store.putClaims(claims)
    this.#next = to + 1n
    return to < newest
  }
}
