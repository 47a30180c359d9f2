import { type Millis, seconds } from '../../devices/units.ts'
import type { Transaction } from './transaction.ts'
import type { Waiting } from './waiting.ts'

/*
 * Which transactions are taken into the journal, and what a stranger with coins can do to it.
 */

/**
 * Half of a block: what waits of strangers fits into the next block, and the gateway's own into its other half. It is also the gas that
 * EIP-1559 aims at, so strangers alone never raise the base fee.
 */
export const STRANGERS_GAS = 15_000_000n
/** Of one sender. More than a wallet ever has open. */
const MAX_OF_SENDER = 16
/** Of all strangers. */
const MAX_WAITING = 256

/** How much of the journal strangers may fill: 32 MB at once, and 32 MB a day; one address an eighth of it. In KB. */
export const JOURNAL_KB = { burst: 32_768, perSecond: 32_768 / 86_400 } as const
export const JOURNAL_KB_OF_ADDRESS = { burst: 4_096, perSecond: 4_096 / 86_400 } as const
/**
 * Gas of strangers, in thousands: 100 million at once, 2 billion a day. The state that they make with it is hashed whole in each block; at
 * 22,100 gas for each new slot it grows by 100,000 slots a day.
 */
export const STATE_KGAS = { burst: 100_000, perSecond: 2_000_000 / 86_400 } as const
/** One address an eighth of it, and the largest transaction at once: whoever has coins for a few blocks would keep everyone else's transactions out. */
export const STATE_KGAS_OF_ADDRESS = { burst: 16_000, perSecond: 250_000 / 86_400 } as const

export type Refused = {
  /** Of JSON-RPC: -32000 as other nodes say it, -32005 for a limit (EIP-1474). */
  readonly code: -32000 | -32005
  readonly message: string
  /** When to come again, where that helps. */
  readonly retryAfter?: Millis
}

export type Sender = { readonly nonce: number; readonly balance: bigint }
export type Head = { readonly baseFee: bigint; readonly gasLimit: bigint }
type Asked = {
  readonly transaction: Transaction
  readonly sender: Sender
  readonly head: Head
  readonly waiting: Waiting
}

const no = (message: string): Refused => ({ code: -32000, message })
const later = (message: string): Refused => ({ code: -32005, message, retryAfter: seconds(1) })

type Check = (asked: Asked) => Refused | undefined

/** In the words that geth uses, since clients know a refusal by its words. */
const isValid: readonly Check[] = [
  ({ transaction, head }) => (transaction.gas > head.gasLimit ? no('exceeds block gas limit') : undefined),
  ({ transaction: { gas, intrinsicGas } }) =>
    gas < intrinsicGas ? no(`intrinsic gas too low: have ${gas}, want ${intrinsicGas}`) : undefined,
  ({ transaction, sender }) =>
    transaction.nonce < sender.nonce
      ? no(`nonce too low: next nonce ${sender.nonce}, tx nonce ${transaction.nonce}`)
      : undefined,
  ({ transaction, head }) =>
    transaction.price < head.baseFee ? no('max fee per gas less than block base fee') : undefined,
  ({ transaction, sender, waiting }) => {
    const others = [...waiting.of(transaction.sender).values()].filter(({ nonce }) => nonce !== transaction.nonce)
    const due = others.reduce((sum, { cost }) => sum + cost, transaction.cost)
    return due > sender.balance ? no('insufficient funds for gas * price + value') : undefined
  },
]

/** A replacement pays a tenth more, as on other nodes: otherwise each would be journaled for nothing. */
const isWorthReplacing: Check = ({ transaction, waiting }) => {
  const before = waiting.of(transaction.sender).get(transaction.nonce)
  return before && transaction.price * 10n < before.price * 11n ? no('replacement transaction underpriced') : undefined
}

/** Of strangers alone. A gap would be waited for without end: the next nonce, or one that waits. */
const hasRoom: readonly Check[] = [
  ({ transaction, sender, waiting }) => {
    const own = waiting.of(transaction.sender)
    if (own.has(transaction.nonce) || transaction.nonce === nextNonce(sender.nonce, own)) return undefined
    return no(`nonce too high: next nonce ${nextNonce(sender.nonce, own)}, tx nonce ${transaction.nonce}`)
  },
  ({ transaction }) =>
    transaction.gas > STRANGERS_GAS
      ? no(`exceeds what one transaction may have here: ${STRANGERS_GAS} gas`)
      : undefined,
  ({ transaction, waiting }) =>
    waiting.of(transaction.sender).size >= MAX_OF_SENDER ? later('this sender has enough waiting') : undefined,
  ({ transaction, waiting: { strangers } }) =>
    strangers.count >= MAX_WAITING || strangers.gas + transaction.gas > STRANGERS_GAS
      ? later('the next block is full')
      : undefined,
]

const nextNonce = (used: number, waiting: ReadonlyMap<number, Transaction>): number => {
  let next = used
  while (waiting.has(next)) next++
  return next
}

/** Why a transaction is not taken; nothing of it is kept then. The gateway's own need to be valid and no more. */
export const refusalOf = (asked: Asked, isOwn: boolean): Refused | undefined => {
  for (const check of isOwn ? isValid : [...isValid, isWorthReplacing, ...hasRoom]) {
    const refused = check(asked)
    if (refused) return refused
  }
  return undefined
}
