import { z } from 'zod'
import { type Header, headerHash } from '../../sdk/log/header.ts'
import type { BatchRow } from '../ports.ts'
import type { Api, ReadPorts } from './api.ts'
import { cursorAt, cursorOf } from './cursor.ts'
import { refuse } from './problem.ts'
import { at, decimal, failing, hex, hexOf, lane, MAX_ROWS, next, nothing, stored, whole } from './schemas.ts'

export const header = z
  .object({
    lane: z.int(),
    height: decimal,
    from: decimal,
    size: decimal,
    root: hex,
    witnessRoot: hex,
    summaryRoot: hex,
    dataHash: hex,
    layoutVersion: z.int(),
    closedAt: at,
  })
  .meta({ id: 'Header' })

const batch = z
  .object({
    header,
    headerHash: hex.meta({ description: 'keccak256(abi.encode(header)), as LaneLedger holds it' }),
    records: decimal,
    state: z.enum(['cut', 'sent', 'settled']),
    transaction: hex.nullable(),
    block: decimal.nullable(),
    settledAt: at.nullable(),
    files: z.string().meta({ description: 'Where bodies, witnesses, summaries and header are' }),
  })
  .meta({ id: 'Batch' })

const describeHeader = (header: Header): z.output<typeof batch>['header'] => ({
  ...header,
  height: `${header.height}`,
  from: `${header.from}`,
  size: `${header.size}`,
  root: hexOf(header.root),
  witnessRoot: hexOf(header.witnessRoot),
  summaryRoot: hexOf(header.summaryRoot),
  dataHash: hexOf(header.dataHash),
})

const describe = ({ header, state, transaction, block, settledAt }: BatchRow): z.output<typeof batch> => ({
  header: describeHeader(header),
  headerHash: hexOf(headerHash(header)),
  records: `${header.size - header.from}`,
  state,
  transaction: transaction ?? null,
  block: block === undefined ? null : `${block}`,
  settledAt: settledAt ?? null,
  files: `/log/${header.lane}/${String(header.height).padStart(8, '0')}/`,
})

const list = z.strictObject({
  lane: lane.default(0),
  cursor: cursorOf('batches').optional(),
  limit: whole(1, MAX_ROWS).default(50),
})

export const batchRoutes = (api: Api, { store }: Pick<ReadPorts, 'store'>): void => {
  api.get(
    '/v1/batches',
    {
      schema: {
        operationId: 'listBatches',
        summary: 'Batches of a lane, newest first',
        tags: ['log'],
        querystring: list,
        response: { 200: z.object({ batches: z.array(batch), next }), ...failing },
      },
    },
    async (request) => {
      const { lane, cursor, limit } = request.query
      const below = cursor && BigInt(cursor.position)
      const rows = await store.batches({ lane, below, limit: limit + 1 })
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      return {
        batches: page.map(describe),
        next: rows.length > limit && last ? cursorAt('batches', last.header.height) : null,
      }
    },
  )

  api.get(
    '/v1/batches/:lane/:height',
    {
      schema: {
        operationId: 'getBatch',
        summary: 'One batch: its header and the transaction that settled it',
        tags: ['log'],
        params: z.object({ lane, height: stored }),
        querystring: nothing,
        response: { 200: batch, ...failing },
      },
    },
    async (request, reply) => {
      const row = await store.batch(request.params.lane, request.params.height)
      return row ? describe(row) : refuse(reply, 'NOT_FOUND', { detail: 'No batch of this lane has this height.' })
    },
  )
}
