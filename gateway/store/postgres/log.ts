import type pg from 'pg'
import type { Summary } from '../../../sdk/log/summary.ts'
import { Failure } from '../../errors.ts'
import { type LogStore, type PendingRecord, type Totals, termKey } from '../../ports.ts'
import { addressOf, bytesOf } from '../bytes.ts'
import { inTransaction } from '../connect.ts'
import type { PrismaClient, Summary as SummaryRow } from '../generated/client.ts'
import { commitBatch } from './commit.ts'
import type { LaneLocks } from './lane-lock.ts'
import { formatOf, headerOf } from './rows.ts'

const WAITING = `
SELECT count(*)::int AS records, min(accepted_at) AS oldest
FROM (SELECT accepted_at FROM packet_keys WHERE lane = $1 AND log_index IS NULL ORDER BY accepted_at, device, sequence LIMIT $2) k`

/** LATERAL … LIMIT 1 looks each packet up in its own partition's index, however many packets there are. */
const PENDING = `
SELECT k.device, k.sequence, k.digest, k.accepted_at, p.format, p.quality, p.readings, p.term, p.signature
FROM (
  SELECT device, sequence, digest, accepted_at FROM packet_keys
  WHERE lane = $1 AND log_index IS NULL ORDER BY accepted_at, device, sequence LIMIT $2
) k
CROSS JOIN LATERAL (
  SELECT format, quality, readings, term, signature FROM packets
  WHERE device = k.device AND sequence = k.sequence AND accepted_at = k.accepted_at LIMIT 1
) p
ORDER BY k.accepted_at, k.device, k.sequence`

/** Through the unique index on places in the log; packets as above. */
const RECORDS = `
SELECT k.device, k.sequence, k.digest, k.accepted_at, p.format, p.quality, p.readings, p.term, p.signature
FROM (
  SELECT device, sequence, digest, accepted_at, log_index FROM packet_keys
  WHERE lane = $1 AND log_index >= $2 AND log_index < $3 AND log_index IS NOT NULL ORDER BY log_index
) k
CROSS JOIN LATERAL (
  SELECT format, quality, readings, term, signature FROM packets
  WHERE device = k.device AND sequence = k.sequence AND accepted_at = k.accepted_at LIMIT 1
) p
ORDER BY k.log_index`

type PendingRow = {
  device: Buffer
  sequence: string
  digest: Buffer
  accepted_at: string
  format: number
  quality: number
  readings: number
  term: number
  signature: Buffer
}

const recordOf = (row: PendingRow): PendingRecord => ({
  device: addressOf(row.device),
  sequence: BigInt(row.sequence),
  digest: row.digest,
  acceptedAt: Number(row.accepted_at),
  format: formatOf(row.format),
  quality: row.quality,
  readings: row.readings,
  term: row.term,
  signature: row.signature,
})

const summaryOf = ({ device, lane: _lane, height: _height, ...rest }: SummaryRow): Summary => ({
  ...rest,
  device: addressOf(device),
})

type TotalRow = {
  device: Buffer
  term: number
  total_records: string
  total_score: string
  lane: number
  height: string
}

export const totalsOf = (row: TotalRow): Totals => ({
  totalRecords: BigInt(row.total_records),
  totalScore: BigInt(row.total_score),
  lane: row.lane,
  height: BigInt(row.height),
})

export const readTiles =
  (pool: pg.Pool): LogStore['tiles'] =>
  async (lane, ids) => {
    const { rows } = await pool.query<{ hashes: Buffer | null }>(
      `SELECT t.hashes FROM unnest($2::int[], $3::bigint[]) WITH ORDINALITY AS i (level, index, n)
       LEFT JOIN tiles t ON t.lane = $1 AND t.level = i.level AND t.index = i.index ORDER BY i.n`,
      [lane, ids.map(({ level }) => level), ids.map(({ index }) => index)],
    )
    return rows.map(({ hashes }, n) => {
      if (!hashes) throw new Failure('INTERNAL', `lane ${lane} has no tile ${ids[n]?.level}/${ids[n]?.index}`)
      return hashes
    })
  }

export const postgresLog = (pool: pg.Pool, prisma: PrismaClient, locks: LaneLocks): LogStore => ({
  waiting: async (lane, limit) => {
    const { rows } = await pool.query<{ records: number; oldest: string | null }>(WAITING, [lane, limit])
    const { records = 0, oldest = null } = rows[0] ?? {}
    return { records, oldest: oldest === null ? undefined : Number(oldest) }
  },

  pending: async (lane, limit) => (await pool.query<PendingRow>(PENDING, [lane, limit])).rows.map(recordOf),

  head: async (lane) => {
    const row = await prisma.batch.findFirst({ where: { lane }, orderBy: { height: 'desc' } })
    return row ? headerOf(row) : undefined
  },

  tiles: readTiles(pool),

  totals: async (terms) => {
    const { rows } = await pool.query<TotalRow>(
      `SELECT device, term, total_records, total_score, lane, height FROM totals
       WHERE (device, term) IN (SELECT * FROM unnest($1::bytea[], $2::int[]))`,
      [terms.map(({ device }) => bytesOf(device)), terms.map(({ term }) => term)],
    )
    return new Map(rows.map((row) => [termKey(addressOf(row.device), row.term), totalsOf(row)]))
  },

  commit: (batch) => inTransaction(pool, (client) => commitBatch(client, batch)),

  committed: async (lane, height) => {
    const row = await prisma.batch.findUnique({ where: { lane_height: { lane, height } } })
    if (!row) return undefined
    const records = await pool.query<PendingRow>(RECORDS, [lane, row.from, row.size])
    const summaries = await prisma.summary.findMany({ where: { lane, height }, orderBy: { first: 'asc' } })
    return { header: headerOf(row), records: records.rows.map(recordOf), summaries: summaries.map(summaryOf) }
  },

  whileOwning: locks.whileOwning,
})
