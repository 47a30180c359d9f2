import { z } from 'zod'
import { type Address, didOf } from '../../devices/identity.ts'
import type { DeviceRow } from '../ports.ts'
import { isHolder, viewer } from './access.ts'
import type { Api, ReadPorts } from './api.ts'
import { cursorAt, cursorOf } from './cursor.ts'
import { coarsePlace } from './place.ts'
import { shown } from './privacy.ts'
import { refuse } from './problem.ts'
import { address, at, decimal, failing, hex, hexOf, MAX_ROWS, next, nothing, whole } from './schemas.ts'

const device = z
  .object({
    address: hex,
    did: z.string(),
    curve: z.enum(['secp256k1', 'p256']),
    publicKey: hex.meta({ description: 'X ‖ Y' }),
    model: z.string(),
    grade: z.enum(['full', 'legacy', 'attested']),
    owner: hex,
    term: z.int(),
    revoked: z.boolean(),
    place: z.string().nullable().meta({ description: 'H3 cell, resolution 6 at most' }),
    packets: decimal,
    lastSeenAt: at.nullable(),
    cell: z.string().nullable().optional().meta({ description: 'Declared H3 cell; the holder’s to see' }),
    imei: z.string().nullable().optional().meta({ description: 'The holder’s to see' }),
  })
  .meta({ id: 'Device' })

type Shown = z.output<typeof device>

const describe = (row: DeviceRow): Shown => ({
  address: row.device,
  did: didOf(row.device),
  curve: row.key.curve,
  publicKey: hexOf(row.key.publicKey),
  model: row.model,
  grade: row.grade,
  owner: row.owner,
  term: row.term,
  revoked: row.revoked,
  place: coarsePlace(row.cell),
  packets: `${row.packets}`,
  lastSeenAt: row.lastSeenAt ?? null,
  cell: row.cell === 0n ? null : row.cell.toString(16),
  imei: row.imei ?? null,
})

const list = z.strictObject({
  owner: z
    .union([address, z.literal('me')])
    .optional()
    .meta({ description: 'An address, or `me` for the token’s own' }),
  cursor: cursorOf('devices').optional(),
  limit: whole(1, MAX_ROWS).default(100),
})

export const deviceRoutes = (api: Api, ports: Pick<ReadPorts, 'store' | 'known' | 'auth'>): void => {
  api.get(
    '/v1/devices',
    {
      schema: {
        operationId: 'listDevices',
        summary: 'Devices by address',
        tags: ['devices'],
        security: [{}, { token: [] }],
        querystring: list,
        response: { 200: z.object({ devices: z.array(device), next }), ...failing },
      },
    },
    async (request, reply) => {
      const { owner, cursor, limit } = request.query
      const who = viewer(ports, request)
      if (who.is === 'wrong') return refuse(reply, 'UNAUTHORIZED', { detail: 'The token is nobody’s.' })
      if (owner === 'me' && who.is !== 'owner') return refuse(reply, 'UNAUTHORIZED')
      const of = owner === 'me' && who.is === 'owner' ? who.address : owner
      const rows = await ports.store.devices({
        after: cursor?.position as Address | undefined,
        limit: limit + 1,
        ...(of ? { owner: of as Address } : {}),
      })
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      return {
        devices: page.map((row) => shown('device', describe(row), isHolder(ports, who, row.device)) as Shown),
        next: rows.length > limit && last ? cursorAt('devices', last.device) : null,
      }
    },
  )

  api.get(
    '/v1/devices/:address',
    {
      schema: {
        operationId: 'getDevice',
        summary: 'One device',
        tags: ['devices'],
        security: [{}, { token: [] }],
        params: z.object({ address }),
        querystring: nothing,
        response: { 200: device, ...failing },
      },
    },
    async (request, reply) => {
      const who = viewer(ports, request)
      if (who.is === 'wrong') return refuse(reply, 'UNAUTHORIZED', { detail: 'The token is nobody’s.' })
      const row = await ports.store.device(request.params.address)
      if (!row) return refuse(reply, 'UNKNOWN_DEVICE', { facts: { device: request.params.address } })
      return shown('device', describe(row), isHolder(ports, who, row.device)) as Shown
    },
  )
}
