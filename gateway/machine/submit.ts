import type { Address } from '../../devices/identity.ts'
import { type Hex, minutes } from '../../devices/units.ts'
import { openAllowances, openNetworkAllowances } from '../limits/allowances.ts'
import type { Clock, Journal } from '../ports.ts'
import {
  type Head,
  JOURNAL_KB,
  JOURNAL_KB_OF_ADDRESS,
  type Refused,
  refusalOf,
  type Sender,
  STATE_KGAS,
  STATE_KGAS_OF_ADDRESS,
} from './admission.ts'
import type { AnvilRpc, RpcAnswer } from './anvil-rpc.ts'
import type { BlockJournal } from './block-journal.ts'
import type { Sealer } from './sealer.ts'
import { readTransaction, type Transaction } from './transaction.ts'
import type { Waiting } from './waiting.ts'

export type SubmitPorts = {
  readonly journal: Journal
  readonly blocks: BlockJournal
  readonly clock: Clock
  readonly chainId: number
  /** The gateway's own account: its transactions wait for no stranger's. */
  readonly operator: Address
}

/** The chain of the moment. */
export type Chain = { readonly rpc: AnvilRpc; readonly sealer: Sealer; readonly waiting: Waiting }

const answerOf = ({ code, message, retryAfter }: Refused): RpcAnswer => ({
  error: { code, message, ...(retryAfter ? { data: { code: 'OVERLOADED', retryAfterMs: retryAfter } } : {}) },
})

const factsOf = async (rpc: AnvilRpc, { sender }: Transaction): Promise<{ sender: Sender; head: Head }> => {
  const [nonce, balance, block] = await rpc.askAll([
    { method: 'eth_getTransactionCount', params: [sender, 'latest'] },
    { method: 'eth_getBalance', params: [sender, 'latest'] },
    { method: 'eth_getBlockByNumber', params: ['latest', false] },
  ])
  const resultOf = <T>(answer: RpcAnswer | undefined): T => {
    if (!answer || 'error' in answer) throw new Error(answer?.error.message ?? 'no answer')
    return answer.result as T
  }
  const { baseFeePerGas, gasLimit } = resultOf<{ baseFeePerGas: Hex; gasLimit: Hex }>(block)
  return {
    sender: { nonce: Number(resultOf<Hex>(nonce)), balance: BigInt(resultOf<Hex>(balance)) },
    head: { baseFee: BigInt(baseFeePerGas), gasLimit: BigInt(gasLimit) },
  }
}

/** What strangers may add to the journal and to the state, which are kept for ever. */
const openBudget = (clock: Clock) => {
  const bytes = openAllowances(JOURNAL_KB)
  const bytesOfAddress = openNetworkAllowances(JOURNAL_KB_OF_ADDRESS)
  const gas = openAllowances(STATE_KGAS)
  const gasOfAddress = openNetworkAllowances(STATE_KGAS_OF_ADDRESS)
  return (transaction: Transaction, from: readonly string[]): boolean => {
    const [kilobytes, thousands] = [Math.ceil(transaction.bytes / 1_024), Math.ceil(Number(transaction.gas) / 1_000)]
    const now = clock.now()
    return (
      bytesOfAddress.take([...from], now, kilobytes) &&
      gasOfAddress.take([...from], now, thousands) &&
      gas.take('all', now, thousands) &&
      bytes.take('all', now, kilobytes)
    )
  }
}

/**
 * Takes `eth_sendRawTransaction`: looked at whole, journaled, then given to anvil, so that whatever anvil took can be given to it again, and
 * what it would not take is never kept.
 *
 * Rejects, and passes nothing on, when the journal does.
 */
export const openSubmit = ({ journal, blocks, clock, chainId, operator }: SubmitPorts) => {
  const isWithinBudget = openBudget(clock)
  /** Strangers' one after the other, or two that each have room would be taken both. */
  let turn: Promise<unknown> = Promise.resolve()

  const give = async ({ rpc, sealer, waiting }: Chain, transaction: Transaction): Promise<RpcAnswer> => {
    const { hash, raw } = transaction
    const isNew = !waiting.has(hash)
    if (isNew) {
      await journal.append({ hash, raw })
      // Before anvil has it: a block may be made at any moment.
      waiting.add(transaction)
    }
    const answer = await rpc.ask('eth_sendRawTransaction', [raw])
    if ('error' in answer) {
      if (!isNew) return answer
      waiting.remove(hash)
      await journal.forget(hash)
      return answer
    }
    sealer.poke()
    return answer
  }

  const take = async (chain: Chain, transaction: Transaction, from: readonly string[]): Promise<RpcAnswer> => {
    const isOwn = transaction.sender === operator
    // Waiting already, and perhaps lost by anvil: it says itself.
    if (chain.waiting.has(transaction.hash)) return give(chain, transaction)
    const asked = { transaction, ...(await factsOf(chain.rpc, transaction)), waiting: chain.waiting }
    const refused = refusalOf({ ...asked, sender: asked.sender }, isOwn)
    if (refused) return answerOf(refused)
    if (!isOwn && !isWithinBudget(transaction, from))
      return answerOf({
        code: -32005,
        message: 'the sub-chain has taken as much as it takes of strangers for now',
        retryAfter: minutes(1),
      })
    return give(chain, transaction)
  }

  return async (chain: Chain, raw: unknown, from: readonly string[]): Promise<RpcAnswer> => {
    const transaction = readTransaction(raw, chainId)
    if (!transaction) return { error: { code: -32602, message: `not a signed transaction of chain ${chainId}` } }
    if (blocks.isSealed(transaction.hash)) return { error: { code: -32000, message: 'already known' } }
    if (transaction.sender === operator) return take(chain, transaction, from)
    const taken = turn.then(() => take(chain, transaction, from))
    turn = taken.catch(() => {})
    return taken
  }
}
