import type pg from 'pg'
import { Failure } from '../../errors.ts'
import { type Epoch, type RewardStore, termKey } from '../../ports.ts'
import { addressOf, bytesOf, owned } from '../bytes.ts'
import { inTransaction } from '../connect.ts'
import { headOf, isNews } from '../epoch-head.ts'
import type { Prisma, PrismaClient } from '../generated/client.ts'
import { allLines, heads } from './epochs.ts'
import { totalsOf } from './log.ts'
import { headerOf } from './rows.ts'

/** numeric(78,0), wide enough for a uint256, back as it was. */
export const bigintOf = (decimal: Prisma.Decimal): bigint => BigInt(decimal.toFixed(0))

/** An epoch that is put anew: what stood there goes, its terms' first lines too. Each by its key, not by a search through all lines. */
const FORGET = `
WITH old AS (
  SELECT l.place FROM earning_terms t
  CROSS JOIN LATERAL (SELECT ctid AS place FROM earnings WHERE device = t.device AND term = t.term AND epoch = $1 LIMIT 1) l
  WHERE t.first_epoch <= $1
), gone AS (
  DELETE FROM earnings WHERE ctid IN (SELECT place FROM old)
)
DELETE FROM earning_terms WHERE first_epoch = $1`

const putHead = async (client: pg.PoolClient, epoch: Epoch): Promise<void> => {
  const head = headOf(epoch)
  const { rowCount } = await client.query('DELETE FROM epochs WHERE epoch = $1', [head.epoch])
  if (rowCount !== 0) await client.query(FORGET, [head.epoch])
  await client.query(
    `INSERT INTO epochs (epoch, heights, total_weight, total_earned, weights_root, earnings_root, state, transaction, terms, earners, earned)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      head.epoch,
      head.heights,
      head.totalWeight,
      head.totalEarned,
      head.weightsRoot,
      head.earningsRoot,
      head.state,
      head.transaction ? bytesOf(head.transaction) : null,
      head.terms,
      head.earners,
      head.earned,
    ],
  )
}

const TERMS = `
INSERT INTO earning_terms (device, term, first_epoch) SELECT *, $1 FROM unnest($2::bytea[], $3::int[])
ON CONFLICT (device, term) DO UPDATE SET first_epoch = excluded.first_epoch WHERE excluded.first_epoch < earning_terms.first_epoch
RETURNING device, term`

const putLines = async (client: pg.PoolClient, { epoch, earnings }: Epoch): Promise<void> => {
  const { rows } = await client.query<{ device: Buffer; term: number }>(TERMS, [
    epoch,
    earnings.map(({ device }) => bytesOf(device)),
    earnings.map(({ term }) => term),
  ])
  const fresh = new Set(rows.map(({ device, term }) => termKey(addressOf(device), term)))
  const kept = earnings.filter((line) => isNews(line) || fresh.has(termKey(line.device, line.term)))
  await client.query(
    `INSERT INTO earnings (epoch, device, term, holder, records, score, weight, amount, cumulative)
     SELECT $1, * FROM unnest($2::bytea[], $3::int[], $4::bytea[], $5::bigint[], $6::bigint[], $7::bigint[], $8::numeric[], $9::numeric[])`,
    [
      epoch,
      kept.map(({ device }) => bytesOf(device)),
      kept.map(({ term }) => term),
      kept.map(({ holder }) => bytesOf(holder)),
      kept.map(({ records }) => records),
      kept.map(({ score }) => score),
      kept.map(({ weight }) => weight),
      kept.map(({ amount }) => amount),
      kept.map(({ cumulative }) => cumulative),
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
  latest: async (state) =>
    (await heads(pool, 'WHERE $1::text IS NULL OR state = $1 ORDER BY epoch DESC LIMIT 1', [state ?? null]))[0],

  epoch: async (epoch) => (await heads(pool, 'WHERE epoch = $1', [epoch]))[0],

  earnings: (epoch) => allLines(pool, epoch),

  open: () => heads(pool, `WHERE state <> 'final' ORDER BY epoch`),

  put: (epoch) =>
    inTransaction(pool, async (client) => {
      await putHead(client, epoch)
      await putLines(client, epoch)
    }),

  move: async (epoch, { state, transaction }) => {
    const { rowCount } = await pool.query('UPDATE epochs SET state = $2, transaction = $3 WHERE epoch = $1', [
      epoch,
      state,
      transaction ? bytesOf(transaction) : null,
    ])
    if (rowCount !== 1) throw new Failure('INTERNAL', `epoch ${epoch} was never computed`)
  },

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
