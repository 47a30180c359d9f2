import { z } from 'zod'
import type { Millis } from '../../devices/units.ts'
import { entryOf } from '../errors.ts'
import type { Api, Health, ReadPorts } from './api.ts'
import { decimal, failing, nothing } from './schemas.ts'
import { shared } from './shared.ts'

/** A probe that takes longer is a probe that failed: load balancers give up after some seconds. */
const PATIENCE: Millis = 3_000

/** Both ask elsewhere, the chain among others: once for all who ask within it. */
const FRESH: Millis = 1_000

const part = z.object({
  ok: z.boolean(),
  code: z.string().optional(),
  detail: z.string().optional(),
  block: decimal.optional(),
})

const health = z
  .object({
    status: z.enum(['ok', 'failing']),
    database: part,
    chain: part,
    queues: z
      .object({ cutMs: z.number(), settleMs: z.number(), callsMs: z.number() })
      .meta({ description: 'Age of the oldest thing waiting, in milliseconds' }),
  })
  .meta({ id: 'Health' })

/** What failed is told in the table's words: the cause may name hosts, and this is for everyone to read. */
const partOf = (ok: boolean, code: 'DATABASE_UNREACHABLE' | 'CHAIN_UNREACHABLE') =>
  ok ? { ok } : { ok, code, detail: entryOf(code).title }

const describe = ({ database, chain, queues }: Health): z.output<typeof health> => ({
  status: database.ok && chain.ok ? 'ok' : 'failing',
  database: partOf(database.ok, 'DATABASE_UNREACHABLE'),
  chain: {
    ...partOf(chain.ok, 'CHAIN_UNREACHABLE'),
    ...(chain.block === undefined ? {} : { block: `${chain.block}` }),
  },
  queues: { cutMs: queues.cut, settleMs: queues.settle, callsMs: queues.calls },
})

const unknown: Health = {
  database: { ok: false },
  chain: { ok: false },
  queues: { cut: 0, settle: 0, calls: 0 },
}

const withinPatience = (asked: Promise<Health>): Promise<Health> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Health>((resolve) => {
    timer = setTimeout(resolve, PATIENCE, unknown)
  })
  return Promise.race([asked.catch(() => unknown), late]).finally(() => clearTimeout(timer))
}

export const healthRoutes = (api: Api, ports: Pick<ReadPorts, 'health' | 'metrics' | 'clock'>): void => {
  const { registry } = ports.metrics
  const healthy = shared(FRESH, ports.clock, () => withinPatience(ports.health()))
  const measured = shared(FRESH, ports.clock, () => registry.metrics())
  api.get(
    '/v1/health',
    {
      config: { isInMemory: true },
      schema: {
        operationId: 'getHealth',
        summary: 'Whether the gateway can do its work',
        tags: ['operation'],
        querystring: nothing,
        response: { 200: health, 503: health, ...failing },
      },
    },
    async (_, reply) => {
      const told = describe(await healthy())
      return reply.code(told.status === 'ok' ? 200 : 503).send(told)
    },
  )

  api.get(
    '/metrics',
    {
      config: { isInMemory: true },
      schema: {
        operationId: 'getMetrics',
        summary: 'Prometheus metrics',
        tags: ['operation'],
        querystring: nothing,
        response: {
          200: { description: 'Text exposition', content: { 'text/plain': { schema: z.string() } } },
          ...failing,
        },
      },
    },
    async (_, reply) => reply.type(registry.contentType).send(await measured()),
  )
}
