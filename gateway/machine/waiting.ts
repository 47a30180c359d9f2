import type { Address } from '../../devices/identity.ts'
import type { Hex } from '../../devices/units.ts'
import type { Transaction } from './transaction.ts'

/** What the sub-chain has taken and put into no block yet. */
export type Waiting = {
  has(hash: Hex): boolean
  /** Of one sender, by nonce. Of one nonce the newest: it replaced the others. */
  of(sender: Address): ReadonlyMap<number, Transaction>
  /** Of all senders but the gateway itself. */
  readonly strangers: { readonly count: number; readonly gas: bigint }
  add(transaction: Transaction): void
  remove(hash: Hex): void
  /** They are in a block: they and what had their nonces wait no more. */
  sealed(hashes: readonly Hex[]): void
}

export const openWaiting = (operator: Address): Waiting => {
  const byHash = new Map<Hex, Transaction>()
  const bySender = new Map<Address, Map<number, Transaction>>()
  let [count, gas] = [0, 0n]

  const drop = (transaction: Transaction | undefined): void => {
    if (!transaction || !byHash.delete(transaction.hash)) return
    const own = bySender.get(transaction.sender)
    if (own?.get(transaction.nonce)?.hash === transaction.hash) own.delete(transaction.nonce)
    if (own?.size === 0) bySender.delete(transaction.sender)
    if (transaction.sender === operator) return
    count -= 1
    gas -= transaction.gas
  }

  return {
    has: (hash) => byHash.has(hash),
    of: (sender) => bySender.get(sender) ?? new Map(),
    get strangers() {
      return { count, gas }
    },
    add: (transaction) => {
      const { hash, nonce, sender } = transaction
      if (byHash.has(hash)) return
      drop(bySender.get(sender)?.get(nonce))
      byHash.set(hash, transaction)
      bySender.set(sender, (bySender.get(sender) ?? new Map()).set(nonce, transaction))
      if (sender === operator) return
      count += 1
      gas += transaction.gas
    },
    remove: (hash) => drop(byHash.get(hash)),
    sealed: (hashes) => {
      for (const hash of hashes) {
        const transaction = byHash.get(hash)
        if (!transaction) continue
        for (const other of [...(bySender.get(transaction.sender)?.values() ?? [])])
          if (other.nonce <= transaction.nonce) drop(other)
      }
    },
  }
}
