import type pg from 'pg'
import type { Earning, Epoch, EpochState, RewardStore } from '../../ports.ts'
import { addressOf, bytesOf, hexOrUndefined, owned } from '../bytes.ts'
import { inTransaction } from '../connect.ts'
import type { Earning as EarningRow, Epoch as EpochRow, Prisma, PrismaClient } from '../generated/client.ts'
import { totalsOf } from './log.ts'
import { headerOf } from './rows.ts'

/** numeric(78,0), wide enough for a uint256, back as it was. */
export const bigintOf = (decimal: Prisma.Decimal): bigint => BigInt(decimal.toFixed(0))

const earningOf = (row: EarningRow): Earning => ({
  device: addressOf(row.device),
  term: row.term,
  holder: addressOf(row.holder),
  records: row.records,
  score: row.score,
  weight: row.weight,
  amount: bigintOf(row.amount),
  cumulative: bigintOf(row.cumulative),
})

export const epochOf = (row: EpochRow & { earnings: EarningRow[] }): Epoch => ({
  epoch: row.epoch,
  heights: row.heights,
  totalWeight: bigintOf(row.totalWeight),
  totalEarned: bigintOf(row.totalEarned),
  weightsRoot: row.weightsRoot,
  earningsRoot: row.earningsRoot,
  state: row.state as EpochState,
  transaction: hexOrUndefined(row.transaction),
  earnings: row.earnings.map(earningOf),
})

/** Bytes sort as both trees do: by device, then by term. */
export const withEarnings = {
  earnings: { orderBy: [{ device: 'asc' }, { term: 'asc' }] },
} satisfies Prisma.EpochInclude

const putEpoch = (client: pg.PoolClient, epoch: Epoch) =>
  client.query(
    `INSERT INTO epochs (epoch, heights, total_weight, total_earned, weights_root, earnings_root, state, transaction)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (epoch) DO UPDATE SET heights = $2, total_weight = $3, total_earned = $4, weights_root = $5, earnings_root = $6, state = $7,
       transaction = $8`,
    [
      epoch.epoch,
      epoch.heights,
      epoch.totalWeight,
      epoch.totalEarned,
      epoch.weightsRoot,
      epoch.earningsRoot,
      epoch.state,
      epoch.transaction ? bytesOf(epoch.transaction) : null,
    ],
  )

const putEarnings = async (client: pg.PoolClient, { epoch, earnings }: Epoch): Promise<void> => {
  await client.query('DELETE FROM earnings WHERE epoch = $1', [epoch])
  await client.query(
    `INSERT INTO earnings (epoch, device, term, holder, records, score, weight, amount, cumulative)
     SELECT $1, * FROM unnest($2::bytea[], $3::int[], $4::bytea[], $5::bigint[], $6::bigint[], $7::bigint[], $8::numeric[], $9::numeric[])`,
    [
      epoch,
      earnings.map(({ device }) => bytesOf(device)),
      earnings.map(({ term }) => term),
      earnings.map(({ holder }) => bytesOf(holder)),
      earnings.map(({ records }) => records),
      earnings.map(({ score }) => score),
      earnings.map(({ weight }) => weight),
      earnings.map(({ amount }) => amount),
      earnings.map(({ cumulative }) => cumulative),
    ],
  )
}

/**
 * One index look-up per term, however long the log is. A term whose holder was never learned has none of its records accepted; the zero
 * address then shows that something is wrong, rather than leaving the term out of the trees.
 */
const TOTALS_AT = `
SELECT t.device, t.term, coalesce(h.holder, '\\x0000000000000000000000000000000000000000') AS holder,
  s.total_records, s.total_score, s.lane, s.height
FROM totals t
CROSS JOIN LATERAL (
  SELECT total_records, total_score, lane, height FROM summaries
  WHERE device = t.device AND term = t.term AND lane = $1 AND height <= $2 ORDER BY height DESC LIMIT 1
) s
LEFT JOIN terms h ON h.device = t.device AND h.term = t.term
ORDER BY t.device, t.term`

type TotalsAtRow = Parameters<typeof totalsOf>[0] & { holder: Buffer }

export const postgresRewards = (pool: pg.Pool, prisma: PrismaClient): RewardStore => ({
  latest: async (state) => {
    const row = await prisma.epoch.findFirst({
      ...(state ? { where: { state } } : {}),
      orderBy: { epoch: 'desc' },
      include: withEarnings,
    })
    return row ? epochOf(row) : undefined
  },

  epoch: async (epoch) => {
    const row = await prisma.epoch.findUnique({ where: { epoch }, include: withEarnings })
    return row ? epochOf(row) : undefined
  },

  open: async () => {
    const rows = await prisma.epoch.findMany({
      where: { state: { in: ['computed', 'proposed'] } },
      orderBy: { epoch: 'asc' },
      select: { epoch: true },
    })
    return rows.map(({ epoch }) => epoch)
  },

  put: (epoch) =>
    inTransaction(pool, async (client) => {
      await putEpoch(client, epoch)
      await putEarnings(client, epoch)
    }),

  settledBefore: async (lane, afterHeight, before) => {
    const where = { lane, height: { gt: afterHeight }, closedAt: { lt: BigInt(before) } }
    const [batches, missing] = await prisma.$transaction([
      prisma.batch.findMany({ where: { ...where, state: 'settled' }, orderBy: { height: 'asc' } }),
      prisma.batch.findFirst({ where: { ...where, state: { not: 'settled' } } }),
    ])
    return { batches: batches.map(headerOf), isComplete: missing === null }
  },

  totalsAt: async (lane, height) => {
    const { rows } = await pool.query<TotalsAtRow>(TOTALS_AT, [lane, height])
    return rows.map((row) => ({
      device: addressOf(row.device),
      term: row.term,
      holder: addressOf(row.holder),
      totals: totalsOf(row),
    }))
  },

  putClaim: async ({ device, term, cumulative, amount, holder, transaction, block }) => {
    const key = { device: owned(bytesOf(device)), term, cumulative: String(cumulative) }
    const rest = { amount: String(amount), holder: bytesOf(holder), transaction: bytesOf(transaction), block }
    await prisma.claim.upsert({
      where: { device_term_cumulative: key },
      create: { ...key, ...rest },
      update: rest,
    })
  },
})
