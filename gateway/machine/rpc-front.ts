import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Failure } from '../errors.ts'
import type { RpcAnswer } from './anvil-rpc.ts'

/**
 * What people, wallets and the gateway's own client may ask. Nothing that owns the chain (`anvil_`, `evm_`, `hardhat_`, `debug_`), nothing
 * that signs for the caller, no filters or subscriptions (state that a caller could pile up), and no `eth_getProof`, which a pruned chain cannot answer.
 */
const allowed: ReadonlySet<string> = new Set([
  ...['eth_blockNumber', 'eth_call', 'eth_chainId', 'eth_estimateGas', 'eth_feeHistory', 'eth_gasPrice'],
  ...['eth_getBalance', 'eth_getBlockByHash', 'eth_getBlockByNumber', 'eth_getBlockReceipts', 'eth_getCode'],
  ...['eth_getBlockTransactionCountByHash', 'eth_getBlockTransactionCountByNumber', 'eth_getLogs'],
  ...['eth_getStorageAt', 'eth_getTransactionByBlockHashAndIndex', 'eth_getTransactionByBlockNumberAndIndex'],
  ...['eth_getTransactionByHash', 'eth_getTransactionCount', 'eth_getTransactionReceipt', 'eth_maxPriorityFeePerGas'],
  ...['eth_sendRawTransaction', 'eth_syncing', 'net_listening', 'net_version', 'web3_clientVersion', 'web3_sha3'],
])

/** A transaction that deploys the largest allowed contract is about 100 KB of hex. */
const MAX_BODY_BYTES = 1_000_000
const MAX_BATCH = 100

type Ask = (method: string, params: readonly unknown[]) => Promise<RpcAnswer>
type Reply = { readonly jsonrpc: '2.0'; readonly id: unknown } & RpcAnswer

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const refusal = (code: number, message: string): RpcAnswer => ({ error: { code, message } })

/** JSON-RPC 2.0 §5.1 names the codes. */
const answerOne = async (request: unknown, ask: Ask): Promise<Reply> => {
  const id = isObject(request) ? (request.id ?? null) : null
  const reply = (answer: RpcAnswer): Reply =>
    'error' in answer ? { jsonrpc: '2.0', id, error: answer.error } : { jsonrpc: '2.0', id, result: answer.result }
  if (!isObject(request) || typeof request.method !== 'string') return reply(refusal(-32600, 'not a JSON-RPC request'))
  const params = request.params ?? []
  if (!Array.isArray(params)) return reply(refusal(-32602, 'params must be an array'))
  if (!allowed.has(request.method)) return reply(refusal(-32601, `${request.method} is not offered here`))
  return reply(await ask(request.method, params))
}

const answerAll = async (body: unknown, ask: Ask): Promise<unknown> => {
  if (!Array.isArray(body)) return answerOne(body, ask)
  if (body.length === 0 || body.length > MAX_BATCH) return answerOne(undefined, ask)
  const replies: Reply[] = []
  // One after the other: transactions of one batch keep their order.
  for (const request of body) replies.push(await answerOne(request, ask))
  return replies
}

const bodyOf = async (request: IncomingMessage): Promise<string | undefined> => {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const parsed = (text: string): { readonly json: unknown } | undefined => {
  try {
    return { json: JSON.parse(text) }
  } catch {
    return undefined
  }
}

const send = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(status === 503 ? { 'retry-after': '1' } : {}),
    ...(status === 413 ? { connection: 'close' } : {}),
  })
  response.end(JSON.stringify(body))
}

const sendRefusal = (response: ServerResponse, status: number, code: number, message: string): void =>
  send(response, status, { jsonrpc: '2.0', id: null, ...refusal(code, message) })

/** The public JSON-RPC endpoint of the embedded sub-chain. No CORS headers: a stranger's web page cannot read it. */
export class RpcFront {
  readonly #server: Server
  #ask: Ask | undefined

  constructor() {
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch(() => {
        if (!response.headersSent) sendRefusal(response, 503, -32603, 'the sub-chain did not answer; try again')
        else response.destroy()
      })
    })
  }

  /** The port that it got. */
  async listen(port: number, host: string): Promise<number> {
    this.#server.listen(port, host)
    await once(this.#server, 'listening').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') throw error
      throw new Failure('PORT_TAKEN', `the sub-chain’s port ${port} on ${host} is taken`, { cause: error })
    })
    return (this.#server.address() as AddressInfo).port
  }

  /** Requests are answered by `ask` from now on; undefined while there is no chain behind it: they get 503 and may come again. */
  serve(ask: Ask | undefined): void {
    this.#ask = ask
  }

  async close(): Promise<void> {
    this.#ask = undefined
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') return sendRefusal(response, 405, -32600, 'POST JSON-RPC 2.0')
    // A page's form can post text/plain anywhere without asking; JSON it cannot.
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
      return sendRefusal(response, 415, -32600, 'content-type must be application/json')
    const text = await bodyOf(request)
    if (text === undefined)
      return sendRefusal(response, 413, -32600, `a request may have ${MAX_BODY_BYTES} bytes at most`)
    const body = parsed(text)
    if (!body) return sendRefusal(response, 400, -32700, 'not JSON')
    const ask = this.#ask
    if (!ask) return sendRefusal(response, 503, -32603, 'the sub-chain is starting; try again')
    send(response, 200, await answerAll(body.json, ask))
  }
}
