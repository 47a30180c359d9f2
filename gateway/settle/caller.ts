import { keccak256, parseTransaction } from 'viem'
import type { LocalAccount } from 'viem/accounts'
import type { Address } from '../../devices/identity.ts'
import { type Millis, seconds } from '../../devices/units.ts'
import type { Call, Caller, CallRow, CallStore, Clock, Log } from '../ports.ts'
import type { ChainPort, Fees, Mined } from './chain-port.ts'
import { bumped } from './fees.ts'
import { filledNonce, fillKey, gapIn, nextNonce } from './nonces.ts'
import { assertMove, nextOfCall } from './state.ts'

/** Nodes keep more per sender, but what is behind a stuck one waits anyway. */
const MAX_IN_FLIGHT = 8
/** A node that was restarted forgot its pool; one that was not answers "known". */
const RESEND_AFTER: Millis = seconds(5)
/** Some blocks of a slow chain: only then is the fee the reason. */
const BUMP_AFTER: Millis = seconds(30)
/** A node may lag behind another that answered before; what looks replaced may be a receipt that is not there yet. */
const PATIENCE: Millis = seconds(30)

/** Runs work that only one gateway may do at a time; resolves undefined at once where another does it. */
export type Exclusively = <T>(work: () => Promise<T>) => Promise<T | undefined>

export type CallerPorts = {
  readonly store: CallStore
  readonly chain: ChainPort
  readonly account: LocalAccount
  readonly clock: Clock
  readonly log: Log
  readonly exclusively: Exclusively
  /** Blocks on top of a transaction's before it counts as final. */
  readonly confirmations: number
}

type SentRow = CallRow & { readonly nonce: number }
type ChainView = { readonly head: bigint; readonly nonce: number }

const isSent = (row: CallRow): row is SentRow => row.state === 'sent' && row.nonce !== undefined

const feesOf = (raw: CallRow['attempts'][number]['raw']): Fees => {
  const { gasPrice, maxFeePerGas, maxPriorityFeePerGas } = parseTransaction(raw)
  return gasPrice !== undefined
    ? { gasPrice }
    : { maxFeePerGas: maxFeePerGas ?? 0n, maxPriorityFeePerGas: maxPriorityFeePerGas ?? 0n }
}

/**
 * The one owner of the gateway's nonces: whoever wants a transaction queues a call, and `step` sees it through.
 *
 * All that must survive is in the store before it leaves, so a step cut off anywhere is simply done again; what is remembered here only
 * spares the node questions.
 */
export class NonceOwner implements Caller {
  readonly #ports: CallerPorts
  /** When this process last gave a call's newest transaction to the node. */
  readonly #sentAt = new Map<string, Millis>()
  /** Calls that the node finds too cheap. */
  readonly #cheap = new Set<string>()
  /** Since when a call's nonce is used and it has no receipt. */
  readonly #replacedSince = new Map<string, Millis>()
  #gapSince: { readonly nonce: number; readonly at: Millis } | undefined

  constructor(ports: CallerPorts) {
    this.#ports = ports
  }

  async call(call: Call): Promise<void> {
    const { chain, store } = this.#ports
    await store.queue(call)
    const row = await store.find(call.key)
    // Asked for again though it was done: the chain may have lost it, deeper than the confirmations reach.
    if (row?.state !== 'mined' || !row.hash || (await chain.receipt(row.hash))) return
    await this.#finish(row, { state: 'sent' })
  }

  outcome(key: string): Promise<CallRow | undefined> {
    return this.#ports.store.find(key)
  }

  /**
   * Looks once at everything under way, sends what can be sent, and tells whether it did anything. Does nothing while another gateway on the
   * same store does it.
   */
  async step(): Promise<boolean> {
    return (await this.#ports.exclusively(() => this.#round())) ?? false
  }

  async #round(): Promise<boolean> {
    const { chain, store } = this.#ports
    const rows = await store.open()
    if (rows.length === 0) return false
    const [head, nonce] = await Promise.all([chain.head(), chain.nonce()])
    let did = false
    for (const row of rows.filter(isSent)) did = (await this.#follow(row, { head, nonce })) || did
    return (await this.#sendQueued(nonce)) || did
  }

  /** Where a sent call stands: final, waiting for confirmations, replaced, or to be sent again. */
  async #follow(row: SentRow, seen: ChainView): Promise<boolean> {
    const mined = await this.#mined(row)
    if (mined) {
      if (seen.head - mined.block < BigInt(this.#ports.confirmations)) return false
      this.#forget(row.key)
      const { hash, block, gasUsed } = mined
      await this.#finish(row, { state: mined.isSuccess ? 'mined' : 'reverted', hash, block, gasUsed })
      return true
    }
    if (seen.nonce > row.nonce) return this.#replaced(row)
    this.#replacedSince.delete(row.key)
    return this.#sendAgain(row, seen)
  }

  /** The receipt of any form of it that may have left: a fee bump does not keep the cheaper one from being mined. */
  async #mined(row: SentRow): Promise<Mined | undefined> {
    for (const { hash, raw } of row.attempts.toReversed()) {
      const mined = await this.#ports.chain.receipt(hash)
      // Under another nonce it is an earlier life of the call: that it reverted then is known.
      if (mined && (mined.isSuccess || parseTransaction(raw).nonce === row.nonce)) return mined
    }
    return undefined
  }

  /** Its nonce is used and none of its transactions has a receipt: another transaction has it, once that stays so. */
  async #replaced(row: SentRow): Promise<boolean> {
    const now = this.#ports.clock.now()
    const since = this.#replacedSince.get(row.key) ?? now
    this.#replacedSince.set(row.key, since)
    if (now - since < PATIENCE) return false
    this.#forget(row.key)
    this.#ports.log.warn({ key: row.key, nonce: row.nonce }, 'another transaction took the nonce: queued again')
    await this.#finish(row, { state: 'queued' })
    return true
  }

  async #sendAgain(row: SentRow, seen: ChainView): Promise<boolean> {
    const newest = row.attempts.at(-1)
    const now = this.#ports.clock.now()
    if (!newest || now - (this.#sentAt.get(row.key) ?? 0) < RESEND_AFTER) return false
    // Only the first in line is stuck by its fee; the others wait for it.
    const isStuck = row.nonce === seen.nonce && now - newest.sentAt >= BUMP_AFTER
    if ((isStuck || this.#cheap.has(row.key)) && (await this.#bump(row))) return true
    await this.#deliver(row, newest.raw)
    return false
  }

  async #bump(row: SentRow): Promise<boolean> {
    const newest = row.attempts.at(-1)
    const fees = newest && bumped(feesOf(newest.raw), await this.#ports.chain.fees())
    if (!fees) return false
    this.#ports.log.warn({ key: row.key, nonce: row.nonce, fees }, 'call is stuck: fee raised')
    await this.#attempt(row, row.nonce, fees)
    return true
  }

  async #sendQueued(chainNonce: number): Promise<boolean> {
    const { account, chain, store } = this.#ports
    const rows = await store.open()
    const held = rows.filter(isSent).map((row) => row.nonce)
    const view = { chain: chainNonce, held, stored: await store.nextNonce() }
    const gap = gapIn(view)
    if (gap !== undefined && this.#isGapOld(gap))
      await this.call({ key: fillKey(gap), to: account.address.toLowerCase() as Address, data: '0x', gas: 21_000n })
    if (gap === undefined) this.#gapSince = undefined
    let nonce = nextNonce(view)
    let room = MAX_IN_FLIGHT - held.length
    let did = false
    for (const row of (await store.open()).filter((row) => row.state === 'queued')) {
      const fills = filledNonce(row.key)
      if (fills !== undefined && fills !== gap) await this.#finish(row, { state: 'reverted' })
      else if (fills === undefined && room-- <= 0) continue
      else await this.#attempt(row, fills ?? nonce++, await chain.fees())
      did = true
    }
    return did
  }

  /** Signs, stores, sends, in this order: a crash in between leaves a hash to look up, never an unknown payment. */
  async #attempt(row: CallRow, nonce: number, fees: Fees): Promise<void> {
    const { account, chain, clock, store } = this.#ports
    const { to, data, gas, key } = row
    const raw = await account.signTransaction({ chainId: chain.chainId, nonce, to, data, gas, ...fees })
    await store.attempt(key, { nonce, hash: keccak256(raw), raw, sentAt: clock.now() })
    await this.#deliver(row, raw)
  }

  async #deliver(row: CallRow, raw: `0x${string}`): Promise<void> {
    const { account, chain, clock, log } = this.#ports
    const answer = await chain.send(raw)
    this.#sentAt.set(row.key, clock.now())
    switch (answer.was) {
      case 'taken':
      case 'known':
      // Mined by now, or replaced: the next step looks.
      case 'nonce-used':
        return
      case 'underpriced':
        this.#cheap.add(row.key)
        return log.warn({ key: row.key }, 'node finds the fee too low')
      case 'unfunded':
        return log.error({ key: row.key, account: account.address }, 'the account cannot pay for gas')
      case 'refused':
        return log.error({ key: row.key, why: answer.why }, 'node refuses the transaction')
    }
  }

  #finish(row: CallRow, end: Parameters<CallStore['finish']>[1]): Promise<void> {
    assertMove(nextOfCall, `call ${row.key}`, [row.state, end.state])
    return this.#ports.store.finish(row.key, end)
  }

  #isGapOld(nonce: number): boolean {
    const now = this.#ports.clock.now()
    if (this.#gapSince?.nonce !== nonce) this.#gapSince = { nonce, at: now }
    return now - this.#gapSince.at >= PATIENCE
  }

  #forget(key: string): void {
    this.#sentAt.delete(key)
    this.#cheap.delete(key)
    this.#replacedSince.delete(key)
  }
}
