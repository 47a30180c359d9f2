import type { AddressInfo, Socket } from 'node:net'
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { seconds } from '../../devices/units.ts'
import type { Api, ReadPorts } from './api.ts'
import { batchRoutes } from './batches.ts'
import { deviceRoutes } from './devices.ts'
import { describeApi, docsRoutes } from './docs.ts'
import { explainRoutes } from './explain.ts'
import { guard } from './guard.ts'
import { answerPreflight, isPreflight, setHeaders } from './headers.ts'
import { healthRoutes } from './health.ts'
import { type HttpLimits, httpByDefault } from './limits.ts'
import { logFileRoutes } from './log-files.ts'
import { modelRoutes } from './models.ts'
import { networkRoutes } from './network.ts'
import { packetRoutes } from './packets.ts'
import { pageRoutes } from './page.ts'
import { pairingRoutes } from './pairings.ts'
import { onError, onNotFound, problemOf, type RouteKey } from './problem.ts'
import { readingRoutes } from './readings.ts'
import { refusalRoutes } from './refusals.ts'
import { rewardRoutes } from './rewards.ts'

export type HttpSettings = ReadPorts & {
  readonly host: string
  readonly port: number
  /** Pages elsewhere that may read; none by default. Such as `https://app.example`. */
  readonly origins?: readonly string[]
  /** Names that this gateway goes by, besides its IP addresses and `localhost`. Such as `cairn.example`. */
  readonly hosts?: readonly string[]
  readonly limits?: Partial<HttpLimits>
}

/** JSON bodies; a pairing has about 1 KB. */
const MAX_JSON_BYTES = 16 * 1_024
/** Method, URL and headers; a path and a query of ours have some hundred bytes, a token as many. */
const MAX_HEADER_BYTES = 8 * 1_024

/** What is no HTTP request has no reply object: the problem is written by hand. */
const refuseSocket = (error: NodeJS.ErrnoException, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const status = socketStatus.get(error.code) ?? 400
  const body = JSON.stringify({ ...problemOf('BAD_REQUEST', 'none'), status })
  const head = [
    `HTTP/1.1 ${status} Bad Request`,
    'connection: close',
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

const socketStatus: ReadonlyMap<string | undefined, number> = new Map([
  ['HPE_HEADER_OVERFLOW', 431],
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
])

const open = (settings: HttpSettings, limits: HttpLimits): Api => {
  const { rng } = settings
  return fastify({
    bodyLimit: MAX_JSON_BYTES,
    requestTimeout: limits.requestWithin,
    connectionTimeout: limits.idleWithin,
    keepAliveTimeout: limits.headersWithin,
    http: {
      headersTimeout: limits.headersWithin,
      // Node looks after them every 30 s otherwise, however short they are.
      connectionsCheckingInterval: seconds(1),
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    forceCloseConnections: 'idle',
    // A stranger's request id would be a stranger's text in our log.
    requestIdHeader: false,
    genReqId: () => Buffer.from(rng.bytes(8)).toString('hex'),
    logger: false,
    // No proxy's word is taken for who asks: the limit counts sockets.
    trustProxy: false,
    // A URL that is none meets no hook: its headers are set here.
    frameworkErrors: (error, request, reply) => {
      setHeaders(settings.origins ?? [])(request, reply)
      onError(settings.log)(error, request, reply as FastifyReply)
    },
    clientErrorHandler: refuseSocket,
    routerOptions: { maxParamLength: 128 },
  })
}

/** Headers first, so that every refusal has them; then the guard, so that nothing dear runs before it. */
const watch = (api: Api, settings: HttpSettings, limits: HttpLimits): readonly RouteKey[] => {
  const routes: RouteKey[] = []
  api.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) routes.push({ method: each, path: url })
  })
  const headers = setHeaders(settings.origins ?? [])
  api.addHook('onRequest', async (request, reply) => headers(request, reply))
  const notFound = onNotFound(routes)
  const answerMissing = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    isPreflight(request, settings.origins) ? answerPreflight(reply) : notFound(request, reply)
  guard(api, { clock: settings.clock, limits, hosts: settings.hosts ?? [], answerMissing })
  // Missing routes are answered by the guard; this one has no work left, and stands so that Fastify's own words never leave.
  api.setNotFoundHandler(answerMissing)
  api.addHook('onResponse', async (request: FastifyRequest, reply) => {
    const route = request.routeOptions.url ?? 'none'
    settings.metrics.answered({ route, method: request.method, status: reply.statusCode, took: reply.elapsedTime })
  })
  return routes
}

const addRoutes = async (api: Api, settings: HttpSettings): Promise<void> => {
  networkRoutes(api, settings)
  modelRoutes(api)
  deviceRoutes(api, settings)
  readingRoutes(api, settings)
  refusalRoutes(api, settings)
  explainRoutes(api, settings)
  batchRoutes(api, settings)
  logFileRoutes(api, settings)
  rewardRoutes(api, settings)
  await packetRoutes(api, settings)
  pairingRoutes(api, settings)
  healthRoutes(api, settings)
  await docsRoutes(api)
  await pageRoutes(api)
}

/** The REST surface on its socket, and the routes that it has. `stop` lets requests under way end. */
export type Http = { readonly port: number; readonly routes: readonly RouteKey[]; stop(): Promise<void> }

export const startHttp = async (settings: HttpSettings): Promise<Http> => {
  const limits = { ...httpByDefault, ...settings.limits }
  const api = open(settings, limits)
  // Only what a route asks for: JSON, and bytes for packets.
  api.removeContentTypeParser('text/plain')
  api.setValidatorCompiler(validatorCompiler)
  api.setSerializerCompiler(serializerCompiler)
  api.setErrorHandler(onError(settings.log))
  const routes = watch(api, settings, limits)
  await describeApi(api, settings.network.version)
  await addRoutes(api, settings)
  await api.listen({ host: settings.host, port: settings.port })
  const { port } = api.server.address() as AddressInfo
  return { port, routes, stop: () => api.close() }
}
