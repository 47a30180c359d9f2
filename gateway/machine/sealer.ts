import type { Millis } from '../../devices/units.ts'
import type { Clock } from '../ports.ts'
import type { AnvilRpc } from './anvil-rpc.ts'
import type { BlockJournal } from './block-journal.ts'
import { assertOurs, assertUntouched, headerAt, sealedOf, type Tip } from './tip.ts'
import type { Waiting } from './waiting.ts'

/** Long enough that a burst shares one block, short enough that a person does not wait for it. */
const SEAL_DELAY: Millis = 250

/** Makes one block of what waits in the pool, at that time (unix seconds, not before the newest block's). */
export const mineAt = async (rpc: AnvilRpc, timestamp: number): ReturnType<typeof headerAt> => {
  await rpc.demand('evm_setNextBlockTimestamp', [timestamp])
  await rpc.demand('evm_mine')
  return headerAt(rpc, 'latest')
}

const pending = async (rpc: AnvilRpc): Promise<number> =>
  Number((await rpc.demand<{ pending: string }>('txpool_status')).pending)

export type SealerPorts = {
  readonly rpc: AnvilRpc
  readonly blocks: BlockJournal
  readonly clock: Clock
  readonly waiting: Waiting
  /** How often it is looked whether somebody else changed the chain while nothing happened. */
  readonly lookEvery: Millis
}

/**
 * Makes blocks when something waits, and only then: anvil's automine wedges, and its interval mining piles up empty blocks.
 *
 * A block's time is the injected clock's, so that what depends on time comes out the same when the block is made again. Before and after each
 * block it is compared with what we did to the chain; `onFailure` gets a `Tampered` where it is not that.
 */
export class Sealer {
  readonly #ports: SealerPorts
  readonly #onFailure: (error: unknown) => void
  readonly #looking: NodeJS.Timeout
  #tip: Tip
  #timer: NodeJS.Timeout | undefined
  #round: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(ports: SealerPorts, tip: Tip, onFailure: (error: unknown) => void) {
    this.#ports = ports
    this.#tip = tip
    this.#onFailure = onFailure
    this.#looking = setInterval(() => this.#then(() => assertUntouched(ports.rpc, this.#tip)), ports.lookEvery)
  }

  /** Something may wait: a block comes soon. */
  poke(): void {
    if (this.#isStopped || this.#timer) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#then(() => this.#seal())
    }, SEAL_DELAY)
  }

  /** What waits now is in a block when it resolves, if it can be at all. */
  async stop(): Promise<void> {
    const hadWork = this.#timer !== undefined
    this.#isStopped = true
    clearTimeout(this.#timer)
    clearInterval(this.#looking)
    await this.#round
    if (hadWork) await this.#seal().catch(this.#onFailure)
  }

  /** One after the other; after the first failure none, since anvil is killed for it. */
  #then(work: () => Promise<void>): void {
    this.#round = this.#round.then(async () => {
      if (!this.#isStopped) await work()
    })
    this.#round = this.#round.catch((error) => {
      this.#isStopped = true
      clearInterval(this.#looking)
      this.#onFailure(error)
    })
  }

  async #seal(): Promise<void> {
    const { rpc, blocks, clock, waiting } = this.#ports
    if ((await pending(rpc)) === 0) return
    await assertUntouched(rpc, this.#tip)
    const timestamp = Math.max(Math.floor(clock.now() / 1_000), this.#tip.timestamp)
    const block = await mineAt(rpc, timestamp)
    assertOurs(block, this.#tip, timestamp, waiting.has)
    this.#tip = { ...block, root: block.stateRoot }
    await blocks.seal(sealedOf(block))
    waiting.sealed(block.transactions)
    // What waits but fits in no block, such as a fee below the base fee, must not make empty blocks for ever.
    if (block.transactions.length > 0 && (await pending(rpc)) > 0) this.poke()
  }
}
