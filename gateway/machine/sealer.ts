import type { Hex, Millis } from '../../devices/units.ts'
import type { Clock } from '../ports.ts'
import type { AnvilRpc } from './anvil-rpc.ts'
import type { BlockJournal, SealedBlock } from './block-journal.ts'

/** Long enough that a burst shares one block, short enough that a person does not wait for it. */
const SEAL_DELAY: Millis = 250

export const blockAt = async (rpc: AnvilRpc, number: number | 'latest'): Promise<SealedBlock> => {
  const tag = number === 'latest' ? number : `0x${number.toString(16)}`
  const block = await rpc.demand<{ number: Hex; timestamp: Hex; transactions: readonly Hex[] }>(
    'eth_getBlockByNumber',
    [tag, false],
  )
  return { number: Number(block.number), timestamp: Number(block.timestamp), transactions: block.transactions }
}

/** Makes one block of what waits in the pool, at that time (unix seconds, not before the newest block's). */
export const mineAt = async (rpc: AnvilRpc, timestamp: number): Promise<SealedBlock> => {
  await rpc.demand('evm_setNextBlockTimestamp', [timestamp])
  await rpc.demand('evm_mine')
  return blockAt(rpc, 'latest')
}

const waiting = async (rpc: AnvilRpc): Promise<number> =>
  Number((await rpc.demand<{ pending: Hex }>('txpool_status')).pending)

/**
 * Makes blocks when something waits, and only then: anvil's automine wedges, and its interval mining piles up empty blocks.
 *
 * A block's time is the injected clock's, so that what depends on time comes out the same when the block is made again.
 */
export class Sealer {
  readonly #ports: { rpc: AnvilRpc; blocks: BlockJournal; clock: Clock }
  readonly #onFailure: (error: unknown) => void
  #timer: NodeJS.Timeout | undefined
  #round: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(ports: { rpc: AnvilRpc; blocks: BlockJournal; clock: Clock }, onFailure: (error: unknown) => void) {
    this.#ports = ports
    this.#onFailure = onFailure
  }

  /** Something may wait: a block comes soon. */
  poke(): void {
    if (this.#isStopped || this.#timer) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#round = this.#round.then(() => this.#seal()).catch(this.#onFailure)
    }, SEAL_DELAY)
  }

  /** What waits now is in a block when it resolves, if it can be at all. */
  async stop(): Promise<void> {
    const hadWork = this.#timer !== undefined
    this.#isStopped = true
    clearTimeout(this.#timer)
    await this.#round
    if (hadWork) await this.#seal().catch(this.#onFailure)
  }

  async #seal(): Promise<void> {
    const { rpc, blocks, clock } = this.#ports
    if ((await waiting(rpc)) === 0) return
    const newest = await blockAt(rpc, 'latest')
    const block = await mineAt(rpc, Math.max(Math.floor(clock.now() / 1_000), newest.timestamp))
    await blocks.seal(block)
    // What waits but fits in no block, such as a fee below the base fee, must not make empty blocks for ever.
    if (block.transactions.length > 0 && (await waiting(rpc)) > 0) this.poke()
  }
}
