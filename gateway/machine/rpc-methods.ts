/*
 * What people, wallets and the gateway's own client may ask of the sub-chain, and with what. What is not here is not offered: nothing that owns
 * the chain (`anvil_`, `evm_`, `hardhat_`, `debug_`, `trace_`, `txpool_`), nothing that signs for the caller, no filters or subscriptions (state
 * that a caller could pile up), and no `eth_getProof`, which a pruned chain answers for its newest block alone.
 */

/** Runs until its gas is gone in 7 ms, or with the dearest precompile in some 300. */
const MAX_CALL_GAS = 10_000_000n
/** As on IoTeX and other public nodes. */
const MAX_LOG_BLOCKS = 2_000
const MAX_LOG_ADDRESSES = 32
const MAX_LOG_TOPICS = 32
const MAX_FEE_BLOCKS = 256
const MAX_PERCENTILES = 16
/** A hash, an address, a number, a tag. */
const MAX_TEXT = 80

/** What one call asks of the machine: `heavy` executes code or reads many blocks. */
type Weight = 'light' | 'heavy' | 'send'
type Params = readonly unknown[]
/** Answers the params as they go on, or why they do not. */
type Shape = (params: Params, head: number) => Params | string

export type Shaped = { readonly weight: Weight; readonly params: Params } | { readonly wrong: string }

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Only what names something: no objects, no long texts. */
const plain: Shape = (params) =>
  params.length <= 3 &&
  params.every((each) => typeof each === 'boolean' || (typeof each === 'string' && each.length <= MAX_TEXT))
    ? params
    : 'params must be at most three hashes, addresses, numbers or flags'

const isBlock = (value: unknown): boolean =>
  value === undefined ||
  (typeof value === 'string' && value.length <= MAX_TEXT) ||
  (isObject(value) &&
    Object.entries(value).every(
      ([name, each]) =>
        ['blockHash', 'blockNumber', 'requireCanonical'].includes(name) &&
        (typeof each === 'boolean' || (typeof each === 'string' && each.length <= MAX_TEXT)),
    ))

const callFields = new Set([
  ...['from', 'to', 'gas', 'gasPrice', 'maxFeePerGas', 'maxPriorityFeePerGas', 'value', 'data', 'input', 'nonce'],
  ...['accessList', 'type', 'chainId'],
])

const quantity = (value: unknown): bigint | undefined =>
  typeof value === 'string' && /^0x[0-9a-fA-F]{1,64}$/.test(value) ? BigInt(value) : undefined

/** Its gas is held to the limit, also where it names none. State and block overrides are refused: they would run any code for free. */
const call: Shape = ([asked, block, ...overrides]) => {
  if (!isObject(asked) || !isBlock(block)) return 'params must be a call and a block'
  if (overrides.some((each) => each !== undefined && each !== null)) return 'overrides are not offered here'
  const stray = Object.keys(asked).find((name) => !callFields.has(name))
  if (stray !== undefined) return 'the call has a field that is not offered here'
  const gas = quantity(asked.gas) ?? MAX_CALL_GAS
  const held = { ...asked, gas: `0x${(gas < MAX_CALL_GAS ? gas : MAX_CALL_GAS).toString(16)}` }
  return block === undefined ? [held] : [held, block]
}

const heightOf = (tag: unknown, head: number): number | undefined => {
  if (tag === undefined || tag === null) return head
  if (tag === 'earliest') return 0
  if (typeof tag === 'string' && ['latest', 'pending', 'safe', 'finalized'].includes(tag)) return head
  const height = quantity(tag)
  return height !== undefined && height <= Number.MAX_SAFE_INTEGER ? Number(height) : undefined
}

const isTextOrFew = (value: unknown, most: number): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === 'string' && value.length <= MAX_TEXT) ||
  (Array.isArray(value) &&
    value.length <= most &&
    value.every((each) => each === null || (typeof each === 'string' && each.length <= MAX_TEXT)))

const logs: Shape = (params, head) => {
  const [filter] = params
  if (params.length !== 1 || !isObject(filter)) return 'params must be a filter'
  const { address, blockHash, fromBlock, toBlock, topics, ...others } = filter
  if (Object.keys(others).length > 0) return 'the filter has a field that is not offered here'
  if (!isTextOrFew(address, MAX_LOG_ADDRESSES)) return `a filter has at most ${MAX_LOG_ADDRESSES} addresses`
  const areFew =
    Array.isArray(topics) && topics.length <= 4 && topics.every((each) => isTextOrFew(each, MAX_LOG_TOPICS))
  if (topics !== undefined && topics !== null && !areFew) return `a filter has at most 4 × ${MAX_LOG_TOPICS} topics`
  if (blockHash !== undefined && blockHash !== null) return isTextOrFew(blockHash, 0) ? params : 'blockHash is no hash'
  const [from, to] = [heightOf(fromBlock, head), heightOf(toBlock, head)]
  if (from === undefined || to === undefined) return 'fromBlock and toBlock must be numbers or tags'
  return to - from >= MAX_LOG_BLOCKS ? `a filter covers at most ${MAX_LOG_BLOCKS} blocks` : params
}

const feeHistory: Shape = ([count, newest, percentiles = []]) => {
  const blocks = typeof count === 'number' && Number.isSafeInteger(count) ? BigInt(count) : quantity(count)
  if (blocks === undefined || blocks < 1n || blocks > MAX_FEE_BLOCKS)
    return `a history has 1 to ${MAX_FEE_BLOCKS} blocks`
  const areFew = Array.isArray(percentiles) && percentiles.length <= MAX_PERCENTILES
  if (!areFew || !percentiles.every((each) => typeof each === 'number')) return `at most ${MAX_PERCENTILES} percentiles`
  return isBlock(newest) ? [`0x${blocks.toString(16)}`, newest ?? 'latest', percentiles] : 'not a block'
}

/** One text of any length; what it is, its method finds out. */
const oneText: Shape = (params) =>
  params.length === 1 && typeof params[0] === 'string' ? params : 'params must be one hex text'

const light = (names: readonly string[]): [string, readonly [Weight, Shape]][] =>
  names.map((name) => [name, ['light', plain]])

const methods: ReadonlyMap<string, readonly [Weight, Shape]> = new Map<string, readonly [Weight, Shape]>([
  ...light(['eth_blockNumber', 'eth_chainId', 'eth_gasPrice', 'eth_maxPriorityFeePerGas', 'eth_syncing']),
  ...light(['eth_getBalance', 'eth_getCode', 'eth_getStorageAt', 'eth_getTransactionCount']),
  ...light(['eth_getBlockByHash', 'eth_getBlockByNumber', 'eth_getTransactionByHash', 'eth_getTransactionReceipt']),
  ...light(['eth_getBlockTransactionCountByHash', 'eth_getBlockTransactionCountByNumber']),
  ...light(['eth_getTransactionByBlockHashAndIndex', 'eth_getTransactionByBlockNumberAndIndex']),
  ...light(['net_listening', 'net_version', 'web3_clientVersion']),
  ['eth_getBlockReceipts', ['heavy', plain]],
  ['eth_call', ['heavy', call]],
  ['eth_estimateGas', ['heavy', call]],
  ['eth_getLogs', ['heavy', logs]],
  ['eth_feeHistory', ['heavy', feeHistory]],
  ['web3_sha3', ['heavy', oneText]],
  ['eth_sendRawTransaction', ['send', oneText]],
])

/** Holds one call to what is offered. `head` is the newest block's number. Undefined = there is no such method here. */
export const shape = (method: string, params: Params, head: number): Shaped | undefined => {
  const [weight, shapeOf] = methods.get(method) ?? []
  if (!weight || !shapeOf) return undefined
  // A block with all its transactions may be megabytes.
  const isWhole = method.startsWith('eth_getBlockBy') && params[1] === true
  const shaped = shapeOf(params, head)
  return typeof shaped === 'string' ? { wrong: shaped } : { weight: isWhole ? 'heavy' : weight, params: shaped }
}
