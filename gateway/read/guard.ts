import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { networksOf } from '../limits/address.ts'
import { openNetworkAllowances } from '../limits/allowances.ts'
import { isOurHost } from '../limits/host.ts'
import { paceRequests } from '../limits/http.ts'
import { openShare } from '../limits/share.ts'
import { openSockets, type Place } from '../limits/sockets.ts'
import type { Clock } from '../ports.ts'
import type { Api } from './api.ts'
import type { HttpLimits } from './limits.ts'
import { refuse } from './problem.ts'

/*
 * What stands before every route, in this order: a socket's place, the Host, the address's allowance, whether there is such a route, and a
 * turn. Each is cheaper than the next, and all together cost less than the refusal that they send.
 */

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Which allowance a request takes from; `reads` where nothing is said. */
    allowance?: 'writes'
    /** Answered from memory, however often: it waits for no turn, so that health can be asked while readers are many. */
    isInMemory?: true
  }
}

export type GuardSettings = {
  readonly clock: Clock
  readonly limits: HttpLimits
  /** Names besides IP addresses and `localhost` that this gateway goes by, lower case. */
  readonly hosts: readonly string[]
  /** What no route takes: 404, 405 or a preflight. */
  readonly answerMissing: (request: FastifyRequest, reply: FastifyReply) => FastifyReply
}

export const guard = (api: Api, { answerMissing, clock, hosts, limits }: GuardSettings): void => {
  holdSockets(api, limits)
  paceRequests(api.server)
  api.addHook('onRequest', async (request, reply) =>
    isOurHost(request.headers.host, hosts) ? undefined : refuse(reply, 'UNKNOWN_HOST'),
  )
  limitRates(api, limits, clock)
  // Here, before any body is looked at: what no route takes is not worth parsing.
  api.addHook('onRequest', async (request, reply) => (request.is404 ? answerMissing(request, reply) : undefined))
  giveTurns(api, limits)
}

/**
 * A socket without a whole request is `waiting`: the idle ones and the slow ones are the first to go when others come. One whose request is
 * worked on or written out is a `stranger`; nobody is `registered` over HTTP.
 */
const holdSockets = (api: Api, limits: HttpLimits): void => {
  const sockets = openSockets(limits.sockets)
  const places = new WeakMap<Socket, Place>()
  api.server.on('connection', (socket: Socket) => {
    const place = sockets.enter(socket.remoteAddress ?? '', () => socket.destroy())
    if (!place) return socket.destroy()
    places.set(socket, place)
    socket.once('close', () => place.leave())
  })
  api.addHook('onRequest', async (request) => places.get(request.raw.socket)?.become('stranger'))
  api.addHook('onResponse', async (request) => places.get(request.raw.socket)?.become('waiting'))
}

const limitRates = (api: Api, limits: HttpLimits, clock: Clock): void => {
  const reads = openNetworkAllowances(limits.reads)
  const writes = openNetworkAllowances(limits.writes)
  api.addHook('onRequest', async (request, reply) => {
    const allowances = request.routeOptions.config?.allowance === 'writes' ? writes : reads
    if (allowances.take(networksOf(request.ip), clock.now())) return undefined
    // A bucket holds one more within a second.
    return refuse(reply.header('retry-after', '1'), 'TOO_MANY_REQUESTS')
  })
}

/**
 * Few reads at a time, so that however many are asked for, packets have their share of the machine; those that wait take turns by address.
 * A turn ends when the answer is made, not when a slow reader has taken it.
 */
const giveTurns = (api: Api, { underWay }: HttpLimits): void => {
  const share = openShare<(mayGo: boolean) => void>({
    packets: underWay.packets,
    bytes: Number.MAX_SAFE_INTEGER,
    waiting: { packets: underWay.waiting, bytes: Number.MAX_SAFE_INTEGER },
  })
  const held = new WeakSet<FastifyRequest>()
  const callNext = () => {
    for (let go = share.next(); go; go = share.next()) go(true)
  }
  const turnOf = (request: FastifyRequest): Promise<boolean> =>
    new Promise((resolve) => {
      for (const sendAway of share.offer(networksOf(request.ip)[0] ?? '', resolve, 0)) sendAway(false)
      callNext()
    })
  const end = (request: FastifyRequest) => {
    if (!held.delete(request)) return
    share.end(0)
    callNext()
  }
  const hasTurn = ({ routeOptions: { config } }: FastifyRequest): boolean =>
    config?.allowance !== 'writes' && !config?.isInMemory

  api.addHook('onRequest', async (request, reply) => {
    if (!hasTurn(request)) return undefined
    if (!(await turnOf(request))) return refuse(reply.header('retry-after', '1'), 'OVERLOADED')
    held.add(request)
    return undefined
  })
  // Also where the client has gone: its answer is made all the same, and a socket that closes early frees nothing that still works for it.
  api.addHook('onSend', async (request) => end(request))
}
