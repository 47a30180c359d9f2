import {
  BaseError,
  createPublicClient,
  custom,
  type Hex,
  http,
  InsufficientFundsError,
  NonceTooLowError,
  type PublicClient,
  TransactionReceiptNotFoundError,
} from 'viem'
import { getNodeError } from 'viem/utils'
import type { Address } from '../../devices/identity.ts'
import { seconds } from '../../devices/units.ts'
import type { Answer, ChainPort, Fees } from './chain-port.ts'

/** A public node that takes longer is asked again, or another time. */
const TIMEOUT = seconds(10)
/** Where a node names no tip. */
const DEFAULT_TIP = 1_000_000_000n

type CustomProvider = Parameters<typeof custom>[0]

/** A chain by its URL, or in this process. */
export const evmClient = (chain: string | CustomProvider): PublicClient => {
  const retries = { retryCount: 2, retryDelay: 200 }
  const transport = typeof chain === 'string' ? http(chain, { timeout: TIMEOUT, ...retries }) : custom(chain, retries)
  return createPublicClient({ transport, cacheTime: 0 })
}

/**
 * What nodes say of a raw transaction they do not take. JSON-RPC gives these no codes of their own, so their words are all there is: geth's,
 * anvil's and IoTeX's. A wording that is not here counts as refused, and is looked up and sent again all the same.
 */
const wordings: readonly (readonly [RegExp, Answer])[] = [
  [/already (known|imported|exists)|existed in actpool|known transaction/i, { was: 'known' }],
  [/nonce (is )?too low|nonce.*(expired|used)|lower than.*nonce/i, { was: 'nonce-used' }],
  [
    /underpriced|fee.*(too low|less than)|gas price.*(too low|less than)|lower than.*gas price/i,
    { was: 'underpriced' },
  ],
  [/insufficient (funds|balance)/i, { was: 'unfunded' }],
]

const answerOf = (error: unknown): Answer | undefined => {
  if (!(error instanceof BaseError)) return undefined
  const told = error.walk((cause) => typeof (cause as { code?: unknown }).code === 'number') as {
    message: string
  } | null
  // Without a JSON-RPC code nobody answered: a timeout, a refused connection, a 503.
  if (!told) return undefined
  const node = getNodeError(error, {})
  if (node instanceof NonceTooLowError) return { was: 'nonce-used' }
  if (node instanceof InsufficientFundsError) return { was: 'unfunded' }
  const words = error.details || told.message
  return wordings.find(([pattern]) => pattern.test(words))?.[1] ?? { was: 'refused', why: words }
}

const feesOf = async (client: PublicClient): Promise<Fees> => {
  const { baseFeePerGas } = await client.getBlock()
  if (baseFeePerGas === null) return { gasPrice: await client.getGasPrice() }
  const tip = await client.estimateMaxPriorityFeePerGas().catch(() => DEFAULT_TIP)
  // Twice the base fee: six full blocks in a row do not outrun it.
  return { maxFeePerGas: 2n * baseFeePerGas + tip, maxPriorityFeePerGas: tip }
}

/** Any EVM chain, for one sender. No `pending`, `safe` or `finalized` tag is used: not all chains have them. */
export const evmChain = (client: PublicClient, sender: Address, chainId: number): ChainPort => ({
  chainId,
  head: () => client.getBlockNumber(),
  nonce: () => client.getTransactionCount({ address: sender, blockTag: 'latest' }),
  fees: () => feesOf(client),
  send: async (raw) => {
    try {
      await client.sendRawTransaction({ serializedTransaction: raw })
      return { was: 'taken' }
    } catch (error) {
      const answer = answerOf(error)
      if (!answer) throw error
      return answer
    }
  },
  receipt: async (hash: Hex) => {
    try {
      const { blockNumber, gasUsed, status } = await client.getTransactionReceipt({ hash })
      return { hash, block: blockNumber, gasUsed, isSuccess: status === 'success' }
    } catch (error) {
      if (error instanceof TransactionReceiptNotFoundError) return undefined
      throw error
    }
  },
})
