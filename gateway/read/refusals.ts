import { z } from 'zod'
import { MAX_PAGE } from '../../devices/limits.ts'
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

/** Newest first, from all sources. */
export const refusalsOf = async (
  store: Pick<ReadStore, 'refusals'>,
  device: DeviceRow,
  query: { readonly from: number; readonly to: number; readonly limit: number },
): Promise<readonly RefusalRow[]> => {
  const rows = await Promise.all(sourcesOf(device).map((source) => store.refusals({ source, ...query })))
  return rows
    .flat()
    .sort((a, b) => b.at - a.at)
    .slice(0, query.limit)
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
      const query = { from: Math.max(from, since), to, limit }
      const rows = query.from <= to ? await refusalsOf(ports.store, held.device, query) : []
      return { device: request.params.address, refusals: rows.map(describeRefusal) }
    },
  )
}
