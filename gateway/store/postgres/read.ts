import type pg from 'pg'
import { isAddress } from '../../../devices/identity.ts'
import type { Facts } from '../../../devices/packet.ts'
import type { RefusalCode } from '../../errors.ts'
import type { Outcome, ReadStore } from '../../ports.ts'
import { addressOf, bytesOf, hexOf } from '../bytes.ts'
import type { PrismaClient } from '../generated/client.ts'
import { readEpochs } from './epochs.ts'
import { readDevices } from './read-devices.ts'
import { readPackets } from './read-packets.ts'
import { bigintOf } from './rewards.ts'
import { batchRowOf } from './rows.ts'

/** Records of a device by their batch's closing time: the same numbers as in the batch's summaries. */
const ACCEPTED = `
SELECT coalesce(sum(s."end" - s.first), 0) AS count FROM summaries s JOIN batches b USING (lane, height)
WHERE s.device = $1 AND b.closed_at >= $2 AND b.closed_at < $3`

const REFUSED = `
SELECT code, sum(count) AS count FROM refusal_counts WHERE source = $1 AND "from" >= $2 AND "from" < $3 GROUP BY code`

/** Lanes are contiguous from height 1 and index 0, so their heads tell how much they hold. */
const COUNTS = `
WITH heads AS (SELECT lane, max(height) AS height, max(size) AS size FROM batches GROUP BY lane)
SELECT
  (SELECT count(*) FROM devices) AS devices,
  (SELECT coalesce(sum(size), 0) FROM heads) + (SELECT count(*) FROM packet_keys WHERE log_index IS NULL) AS packets,
  (SELECT coalesce(sum(count), 0) FROM refusal_counts) AS refused,
  (SELECT coalesce(sum(height), 0) FROM heads) AS batches,
  (SELECT coalesce(sum(height), 0) FROM heads) - (SELECT count(*) FROM batches WHERE state <> 'settled') AS settled`

const statusCounts =
  (pool: pg.Pool): ReadStore['statusCounts'] =>
  async ({ source, from, to }) => {
    const refused = await pool.query<{ code: RefusalCode; count: string }>(REFUSED, [
      source,
      Math.ceil(from),
      Math.ceil(to),
    ])
    const counts = new Map<Outcome, number>(refused.rows.map(({ code, count }) => [code, Number(count)]))
    if (!isAddress(source)) return counts
    const accepted = await pool.query<{ count: string }>(ACCEPTED, [bytesOf(source), Math.ceil(from), Math.ceil(to)])
    const count = Number(accepted.rows[0]?.count ?? 0)
    return count > 0 ? counts.set('ACCEPTED', count) : counts
  }

export const postgresRead = (pool: pg.Pool, prisma: PrismaClient): ReadStore => ({
  ...readDevices(pool),
  packets: readPackets(pool),
  statusCounts: statusCounts(pool),

  batches: async ({ lane, below, limit }) => {
    const where = below === undefined ? { lane } : { lane, height: { lt: below } }
    return (await prisma.batch.findMany({ where, orderBy: { height: 'desc' }, take: limit })).map(batchRowOf)
  },

  refusals: async ({ source, from, to, limit }) => {
    const rows = await prisma.refusal.findMany({
      where: { source, lastAt: { gte: BigInt(Math.ceil(from)) }, firstAt: { lt: BigInt(Math.ceil(to)) } },
      orderBy: [{ lastAt: 'desc' }, { code: 'asc' }, { slot: 'asc' }],
      take: limit,
      omit: { raw: true },
    })
    return rows.map(({ code, facts, count, lastAt }) => ({
      code: code as RefusalCode,
      facts: facts as Facts,
      count: Number(count),
      at: Number(lastAt),
    }))
  },

  ...readEpochs(pool),

  claims: async ({ device, term, limit }) => {
    const rows = await prisma.claim.findMany({
      where: { ...(device ? { device: bytesOf(device) } : {}), ...(term === undefined ? {} : { term }) },
      orderBy: [{ block: 'desc' }, { device: 'asc' }, { term: 'asc' }, { cumulative: 'desc' }],
      take: limit,
    })
    return rows.map((row) => ({
      device: addressOf(row.device),
      term: row.term,
      cumulative: bigintOf(row.cumulative),
      amount: bigintOf(row.amount),
      holder: addressOf(row.holder),
      transaction: hexOf(row.transaction),
      block: row.block,
    }))
  },

  counts: async () => {
    const { rows } = await pool.query<Record<'devices' | 'packets' | 'refused' | 'batches' | 'settled', string>>(COUNTS)
    const [row] = rows
    return {
      devices: Number(row?.devices ?? 0),
      packets: BigInt(row?.packets ?? 0),
      refused: BigInt(row?.refused ?? 0),
      batches: BigInt(row?.batches ?? 0),
      settled: BigInt(row?.settled ?? 0),
    }
  },
})
