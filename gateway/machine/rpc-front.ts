import type { AddressInfo, Socket } from 'node:net'
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { type Millis, seconds } from '../../devices/units.ts'
import { entryOf, Failure, type FailureCode } from '../errors.ts'
import { networksOf } from '../limits/address.ts'
import { openNetworkAllowances, type Rate } from '../limits/allowances.ts'
import { isOurHost } from '../limits/host.ts'
import { paceRequests } from '../limits/http.ts'
import { openSockets, type Place } from '../limits/sockets.ts'
import type { Clock } from '../ports.ts'
import type { RpcAnswer } from './anvil-rpc.ts'
import { shape } from './rpc-methods.ts'
import { openTurns } from './rpc-turns.ts'
import { MAX_TRANSACTION_BYTES } from './transaction.ts'

/** One transaction in hex, and the JSON around it. */
const MAX_BODY_BYTES = 2 * MAX_TRANSACTION_BYTES + 16_384
const MAX_HEADER_BYTES = 8_192
const MAX_BATCH = 100
const MAX_ID = 128
/** A batch that has come to this is answered with errors from there on; the last answer before may add 8 MB. */
const MAX_BATCH_BYTES = 4_000_000
const MAX_UNREAD_BYTES = 64_000_000
const SOCKETS = { total: 256, perAddress: 64, waiting: 128, strangers: 256 } as const
const HEADERS_WITHIN: Millis = seconds(10)
const REQUEST_WITHIN: Millis = seconds(30)
const IDLE_WITHIN: Millis = seconds(60)

/** Of one address. A wallet makes a call a second, a page that follows a chain ten. */
const CALLS: Rate = { burst: 1_000, perSecond: 100 }
const TRANSACTIONS: Rate = { burst: 64, perSecond: 2 }
/** Of light calls and transactions at a time, and of those that execute code: at most one core is at strangers' calls. */
const UNDER_WAY = { light: 8, heavy: 1 } as const
const MAX_WAITING = 32

/** `from`: whom the asking address counts as; of the gateway itself nothing. */
export type Ask<T> = (method: string, params: readonly unknown[], from: readonly string[]) => Promise<T>
/** Ours, or anvil's whole reply as it came. */
type Answer = RpcAnswer | Buffer

export type FrontSettings = {
  readonly clock: Clock
  /** Names besides IP addresses and `localhost` that it goes by. */
  readonly hosts: readonly string[]
  /** The newest block's number. */
  readonly head: () => number
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const refusal = (code: number, message: string, data?: object): RpcAnswer => ({
  error: { code, message, ...(data ? { data } : {}) },
})

/** EIP-1474: a limit is exceeded. `data` says by our own code what to do, and when to come again. */
export const exceeded = (why: FailureCode, retryAfter: Millis, message = entryOf(why).title): RpcAnswer =>
  refusal(-32005, `${message}; try again in ${retryAfter / 1_000} s`, { code: why, retryAfterMs: retryAfter })

const TOO_MUCH = refusal(-32005, 'the answers of this batch are too large together; ask for less')

/** Told back as given, and so no longer than a caller needs it. */
const idOf = (request: unknown): unknown => {
  const id = isObject(request) ? request.id : undefined
  return typeof id === 'number' || (typeof id === 'string' && id.length <= MAX_ID) ? id : null
}

const openServer = (): FastifyInstance =>
  fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_WITHIN,
    connectionTimeout: IDLE_WITHIN,
    keepAliveTimeout: HEADERS_WITHIN,
    http: {
      headersTimeout: HEADERS_WITHIN,
      // Node looks after them every 30 s otherwise, however short they are.
      connectionsCheckingInterval: seconds(1),
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    forceCloseConnections: true,
    requestIdHeader: false,
    logger: false,
    // No proxy's word is taken for who asks.
    trustProxy: false,
  })

/** Who has most sockets gives place when they are too many; a socket that asks nothing goes before one that does. */
const holdSockets = (server: FastifyInstance): void => {
  const sockets = openSockets(SOCKETS)
  const places = new WeakMap<Socket, Place>()
  server.server.on('connection', (socket: Socket) => {
    const place = sockets.enter(socket.remoteAddress ?? '', () => socket.destroy())
    if (!place) return socket.destroy()
    places.set(socket, place)
    socket.once('close', () => place.leave())
  })
  server.addHook('onRequest', async (request) => places.get(request.raw.socket)?.become('stranger'))
}

/** The public JSON-RPC endpoint of the embedded sub-chain. No CORS headers: a stranger's web page cannot read it. */
export class RpcFront {
  readonly #settings: FrontSettings
  readonly #server: FastifyInstance
  readonly #calls = openNetworkAllowances(CALLS)
  readonly #transactions = openNetworkAllowances(TRANSACTIONS)
  readonly #light = openTurns(UNDER_WAY.light, MAX_WAITING)
  readonly #heavy = openTurns(UNDER_WAY.heavy, MAX_WAITING)
  #ask: Ask<Answer> | undefined
  /** Bytes of answers that are made and not written out yet, of all sockets. */
  #unread = 0

  constructor(settings: FrontSettings) {
    this.#settings = settings
    this.#server = openServer()
    holdSockets(this.#server)
    paceRequests(this.#server.server)
    this.#addRoute()
  }

  /** The port that it got. */
  async listen(port: number, host: string): Promise<number> {
    await this.#server.listen({ port, host }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') throw error
      throw new Failure('PORT_TAKEN', `the sub-chain’s port ${port} on ${host} is taken`, { cause: error })
    })
    return (this.#server.server.address() as AddressInfo).port
  }

  /** Requests are answered by `ask` from now on; undefined while there is no chain behind it: they may come again. */
  serve(ask: Ask<Answer> | undefined): void {
    this.#ask = ask
  }

  async close(): Promise<void> {
    this.#ask = undefined
    await this.#server.close()
  }

  #addRoute(): void {
    const server = this.#server
    // A page's form can post text/plain anywhere without asking; JSON it cannot.
    server.removeContentTypeParser('text/plain')
    server.addHook('onRequest', async (request, reply) => {
      if (isOurHost(request.headers.host, this.#settings.hosts)) return undefined
      return reply.code(421).send({ jsonrpc: '2.0', id: null, ...refusal(-32600, entryOf('UNKNOWN_HOST').fix) })
    })
    server.setErrorHandler((error: Error & { statusCode?: number }, _, reply) => {
      const status = error.statusCode ?? 500
      const code = status === 400 ? -32700 : status < 500 ? -32600 : -32603
      const message = status < 500 ? error.message : 'the sub-chain did not answer; try again'
      return reply.code(status).send({ jsonrpc: '2.0', id: null, ...refusal(code, message) })
    })
    server.setNotFoundHandler((_, reply) =>
      reply
        .code(405)
        .header('allow', 'POST')
        .send({ jsonrpc: '2.0', id: null, ...refusal(-32600, 'POST JSON-RPC 2.0 to /') }),
    )
    server.post('/', async (request, reply) => {
      const { body } = request
      const from = networksOf(request.ip)
      if (Array.isArray(body)) return this.#send(reply, await this.#answerBatch(body, from))
      const answer = await this.#answer(body, from)
      const wait = retryAfterOf(answer)
      // Clients know these two, and by the header when to come again.
      if (wait)
        reply.code(wait.code === 'TOO_MANY_REQUESTS' ? 429 : 503).header('retry-after', Math.ceil(wait.ms / 1_000))
      return this.#send(reply, replyTo(body, answer))
    })
  }

  /** Who asks for much and reads none of it holds memory until the socket is closed for it, so there is a bound for all of them. */
  #send(reply: FastifyReply, bytes: Buffer): FastifyReply {
    if (this.#unread + bytes.length > MAX_UNREAD_BYTES) {
      reply.code(503).header('retry-after', '1')
      return reply.send({ jsonrpc: '2.0', id: null, ...exceeded('OVERLOADED', seconds(1)) })
    }
    this.#unread += bytes.length
    reply.raw.once('close', () => (this.#unread -= bytes.length))
    return reply.type('application/json; charset=utf-8').send(bytes)
  }

  async #answerBatch(requests: readonly unknown[], from: readonly string[]): Promise<Buffer> {
    if (requests.length === 0 || requests.length > MAX_BATCH)
      return replyTo(undefined, refusal(-32600, `a batch has 1 to ${MAX_BATCH} requests`))
    const replies: Buffer[] = []
    let size = 0
    // One after the other: transactions of one batch keep their order, and a batch has one turn at a time.
    for (const request of requests) {
      const isFull = size > MAX_BATCH_BYTES
      const reply = replyTo(request, isFull ? TOO_MUCH : await this.#answer(request, from))
      size += reply.length
      replies.push(reply)
    }
    return Buffer.concat([
      Buffer.from('['),
      ...replies.flatMap((each, at) => (at > 0 ? [COMMA, each] : [each])),
      Buffer.from(']'),
    ])
  }

  /** JSON-RPC 2.0 §5.1 names the codes. */
  async #answer(request: unknown, from: readonly string[]): Promise<Answer> {
    const { clock, head } = this.#settings
    if (!this.#calls.take(from, clock.now())) return exceeded('TOO_MANY_REQUESTS', seconds(1))
    if (!isObject(request) || typeof request.method !== 'string') return refusal(-32600, 'not a JSON-RPC request')
    const params = request.params ?? []
    if (!Array.isArray(params)) return refusal(-32602, 'params must be an array')
    const shaped = shape(request.method, params, head())
    if (!shaped) return refusal(-32601, 'this method is not offered here')
    if ('wrong' in shaped) return refusal(-32602, shaped.wrong)
    if (shaped.weight === 'send' && !this.#transactions.take(from, clock.now()))
      return exceeded('TOO_MANY_REQUESTS', seconds(1))
    const turns = shaped.weight === 'heavy' ? this.#heavy : this.#light
    const { method } = request
    return turns.take<Answer>(
      from[0] ?? '',
      () => this.#pass(method, shaped.params, from),
      () => exceeded('OVERLOADED', seconds(1)),
    )
  }

  async #pass(method: string, params: readonly unknown[], from: readonly string[]): Promise<Answer> {
    const starting = exceeded('OVERLOADED', seconds(1), 'the sub-chain is starting')
    return (await this.#ask?.(method, params, from).catch(() => starting)) ?? starting
  }
}

const COMMA = Buffer.from(',')
/** How anvil begins what it answers to id 1. */
const HEAD = Buffer.from('{"jsonrpc":"2.0","id":1,')

/** The reply in bytes, under the asker’s own id, whatever id the answer has from whom we asked. */
const replyTo = (request: unknown, answer: Answer): Buffer => {
  const head = Buffer.from(`{"jsonrpc":"2.0","id":${JSON.stringify(idOf(request))},`)
  const isBytes = Buffer.isBuffer(answer)
  if (isBytes && answer.subarray(0, HEAD.length).equals(HEAD))
    return Buffer.concat([head, answer.subarray(HEAD.length)])
  const whole = isBytes ? JSON.parse(answer.toString()) : answer
  const { jsonrpc: _, id: __, ...rest } = whole as Record<string, unknown>
  return Buffer.concat([head, Buffer.from(JSON.stringify(rest).slice(1))])
}

const retryAfterOf = (answer: Answer): { readonly code: unknown; readonly ms: Millis } | undefined => {
  if (Buffer.isBuffer(answer) || !('error' in answer) || !isObject(answer.error.data)) return undefined
  const { code, retryAfterMs } = answer.error.data
  return typeof retryAfterMs === 'number' ? { code, ms: retryAfterMs } : undefined
}
