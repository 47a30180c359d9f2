import type pg from 'pg'
import type { BatchRow, BatchState, ReadStore } from '../../ports.ts'
import { hexOrUndefined } from '../bytes.ts'

type Row = {
  lane: number
  height: string
  from: string
  size: string
  root: Buffer
  witness_root: Buffer
  summary_root: Buffer
  data_hash: Buffer
  layout_version: number
  closed_at: string
  state: BatchState
  transaction: Buffer | null
  block: string | null
  settled_at: string | null
}

const batchOf = (row: Row): BatchRow => ({
  header: {
    lane: row.lane,
    height: BigInt(row.height),
    from: BigInt(row.from),
    size: BigInt(row.size),
    root: row.root,
    witnessRoot: row.witness_root,
    summaryRoot: row.summary_root,
    dataHash: row.data_hash,
    layoutVersion: row.layout_version,
    closedAt: Number(row.closed_at),
  },
  state: row.state,
  transaction: hexOrUndefined(row.transaction),
  block: row.block === null ? undefined : BigInt(row.block),
  settledAt: row.settled_at === null ? undefined : Number(row.settled_at),
})

const PAGE = `
SELECT * FROM batches WHERE lane = $1 AND ($2::bigint IS NULL OR height < $2) ORDER BY height DESC LIMIT $3`
const ONE = 'SELECT * FROM batches WHERE lane = $1 AND height = $2'

export const readBatches = (pool: pg.Pool): Pick<ReadStore, 'batches' | 'batch'> => ({
  batches: async ({ lane, below, limit }) =>
    (await pool.query<Row>(PAGE, [lane, below ?? null, limit])).rows.map(batchOf),

  batch: async (lane, height) => {
    const { rows } = await pool.query<Row>(ONE, [lane, height])
    return rows[0] && batchOf(rows[0])
  },
})
