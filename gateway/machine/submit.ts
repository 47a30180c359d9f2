import { keccak256, parseTransaction } from 'viem'
import type { Hex } from '../../devices/units.ts'
import type { Journal } from '../ports.ts'
import type { AnvilRpc, RpcAnswer } from './anvil-rpc.ts'
import type { BlockJournal } from './block-journal.ts'
import type { Sealer } from './sealer.ts'

/** The hash of a signed transaction for this chain; rubbish gets no further, so that it is never journaled. */
const hashOf = (raw: unknown, chainId: number): Hex | undefined => {
  if (typeof raw !== 'string' || !/^0x([0-9a-fA-F]{2})+$/.test(raw)) return undefined
  try {
    const transaction = parseTransaction(raw as Hex)
    // Without a chain id it would be valid on any chain (before EIP-155).
    return transaction.chainId === chainId && transaction.r ? keccak256(raw as Hex) : undefined
  } catch {
    return undefined
  }
}

/**
 * Takes `eth_sendRawTransaction`: journaled before it reaches anvil, so that whatever anvil took can be given to it again.
 *
 * Rejects, and passes nothing on, when the journal does.
 */
export const openSubmit = (ports: { journal: Journal; blocks: BlockJournal }, chainId: number) => {
  const { journal, blocks } = ports
  /** Once per hash: clients resend, and the journal holds each transaction once. */
  let journaled: Promise<Map<Hex, Promise<void>>> | undefined
  const readJournaled = async (): Promise<Map<Hex, Promise<void>>> => {
    const known = new Map<Hex, Promise<void>>()
    for await (const { hash } of journal.all()) known.set(hash, Promise.resolve())
    return known
  }
  /** Whether it is new. */
  const remember = async (hash: Hex, raw: Hex): Promise<boolean> => {
    journaled ??= readJournaled().catch((error) => {
      journaled = undefined
      throw error
    })
    const known = await journaled
    const earlier = known.get(hash)
    const writing = earlier ?? journal.append({ hash, raw })
    known.set(hash, writing)
    try {
      await writing
    } catch (error) {
      known.delete(hash)
      throw error
    }
    return earlier === undefined
  }
  return async (chain: { rpc: AnvilRpc; sealer: Sealer }, raw: unknown): Promise<RpcAnswer> => {
    const hash = hashOf(raw, chainId)
    if (!hash) return { error: { code: -32602, message: `not a signed transaction of chain ${chainId}` } }
    const isNew = await remember(hash, (raw as Hex).toLowerCase() as Hex)
    const answer = await chain.rpc.ask('eth_sendRawTransaction', [raw])
    if ('error' in answer) {
      // Only when it is new: one that is in the pool or in a block is refused too, and must stay remembered.
      if (isNew) await blocks.refuse(hash)
      return answer
    }
    await blocks.take(hash)
    chain.sealer.poke()
    return answer
  }
}
