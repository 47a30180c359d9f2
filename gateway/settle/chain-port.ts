import type { Hex } from '../../devices/units.ts'

/** EIP-1559 fees, or one price on chains without a base fee. Wei. */
export type Fees =
  | { readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint }
  | { readonly gasPrice: bigint }

export type Mined = {
  readonly hash: Hex
  readonly block: bigint
  readonly isSuccess: boolean
  readonly gasUsed: bigint
}

/** What a node said to a raw transaction, by meaning: nodes word it differently, and only `evm.ts` reads their words. */
export type Answer =
  | { readonly was: 'taken' | 'known' | 'nonce-used' | 'underpriced' | 'unfunded' }
  | { readonly was: 'refused'; readonly why: string }

/** What the one nonce owner needs of a chain. Rejects when the chain does not answer. */
export type ChainPort = {
  readonly chainId: number
  /** Number of the newest block. */
  head(): Promise<bigint>
  /** Transactions of the sender in blocks, up to the newest. */
  nonce(): Promise<number>
  /** What gets a transaction into one of the next blocks. */
  fees(): Promise<Fees>
  send(raw: Hex): Promise<Answer>
  /** Undefined while in no block of the chain as it is now. */
  receipt(hash: Hex): Promise<Mined | undefined>
}
