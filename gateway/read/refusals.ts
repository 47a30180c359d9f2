import { z } from 'zod'
import { MAX_PAGE } from '../../devices/limits.ts'
import type { Millis } from '../../devices/units.ts'
import { entryOf } from '../errors.ts'
import type { DeviceRow, ReadStore, RefusalRow } from '../ports.ts'
import { heldBy, visibleSince } from './access.ts'
import type { Api, ReadPorts } from './api.ts'
import { refuse } from './problem.ts'
import { address, at, END_OF_TIME, facts, failing, hex, instant, whole } from './schemas.ts'

export const refusal = z
  .object({ code: z.string(), title: z.string(), fix: z.string(), facts, count: z.int(), at })
  .meta({ id: 'Refusal' })

export const describeRefusal = ({ code, facts, count, at }: RefusalRow): z.output<typeof refusal> => {
  const { title, fix } = entryOf(code)
  return { code, title, fix, facts: { ...facts }, count, at }
}

/** A Pebble is refused under its IMEI for as long as nobody knows its address. */
export const sourcesOf = (device: DeviceRow): readonly string[] => [
  device.device,
  ...(device.imei ? [`imei:${device.imei}`] : []),
]

type Span = {
  readonly from: Millis
  /** The first millisecond that no longer counts. */
  readonly until: Millis
  /** Nothing that began before is told: a row may gather refusals of a term before, and then its facts are another holder's. */
  readonly since: Millis
  readonly limit: number
}

const isSame = (a: RefusalRow, b: RefusalRow): boolean =>
  a.code === b.code && a.at === b.at && a.count === b.count && JSON.stringify(a.facts) === JSON.stringify(b.facts)

/** Of one source. A row counts where its refusals overlap the span, so the rows of the empty span at `since` are those that began before. */
const ofSource = async (store: Store, source: string, { from, until, since, limit }: Span) => {
  const rows = await store.refusals({ source, from: Math.max(from, since), to: until, limit })
  if (since <= 0) return rows
  const before = await store.refusals({ source, from: since, to: since, limit: MAX_PAGE })
  if (before.length === MAX_PAGE) return []
  return rows.filter((row) => !before.some((other) => isSame(row, other)))
}

type Store = Pick<ReadStore, 'refusals'>

/** Newest first, from all sources. */
export const refusalsOf = async (store: Store, device: DeviceRow, span: Span): Promise<readonly RefusalRow[]> => {
  if (Math.max(span.from, span.since) >= span.until) return []
  const rows = await Promise.all(sourcesOf(device).map((source) => ofSource(store, source, span)))
  return rows
    .flat()
    .sort((a, b) => b.at - a.at)
    .slice(0, span.limit)
}

const range = z
  .strictObject({
    from: instant.default(0),
    to: instant.default(END_OF_TIME),
    limit: whole(1, MAX_PAGE).default(100),
  })
  .refine((query) => query.from <= query.to, { path: ['from'], error: 'must not be after `to`' })

export const refusalRoutes = (api: Api, ports: Pick<ReadPorts, 'store' | 'known' | 'auth' | 'blockTime'>): void => {
  api.get(
    '/v1/devices/:address/refusals',
    {
      schema: {
        operationId: 'listRefusals',
        summary: 'What was not accepted, why, and what to do; newest first',
        description: 'Page by setting `to` to the last `at`.',
        tags: ['readings'],
        security: [{ token: [] }],
        params: z.object({ address }),
        querystring: range,
        response: { 200: z.object({ device: hex, refusals: z.array(refusal) }), ...failing },
      },
    },
    async (request, reply) => {
      const held = await heldBy(ports, request, reply)
      if (!held) return reply
      const since = await visibleSince(ports, held.registration)
      if (since === undefined)
        return refuse(reply, 'CHAIN_UNREACHABLE', { detail: 'When the term began is not known.' })
      const { from, to, limit } = request.query
      const rows = await refusalsOf(ports.store, held.device, { from, until: to + 1, since, limit })
      return { device: request.params.address, refusals: rows.map(describeRefusal) }
    },
  )
}
