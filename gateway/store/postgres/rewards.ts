import type pg from 'pg'
import { Failure } from '../../errors.ts'
import type { Added, Epoch, Grade, RewardStore } from '../../ports.ts'
import { addressOf, bytesOf } from '../bytes.ts'
import { inTransaction } from '../connect.ts'
import { headOf } from '../epoch-head.ts'
import type { Prisma } from '../generated/client.ts'
import { allLines, heads } from './epochs.ts'

/** numeric(78,0), wide enough for a uint256, back as it was. */
export const bigintOf = (decimal: Prisma.Decimal): bigint => BigInt(decimal.toFixed(0))

const putHead = async (client: pg.PoolClient, epoch: Epoch): Promise<void> => {
  const head = headOf(epoch)
  await client.query('DELETE FROM epochs WHERE epoch = $1', [head.epoch])
  await client.query('DELETE FROM earnings WHERE epoch = $1', [head.epoch])
  await client.query(
    'INSERT INTO earning_runs (epoch, roots) VALUES ($1, $2) ON CONFLICT (epoch) DO UPDATE SET roots = excluded.roots',
    [head.epoch, Buffer.concat(epoch.runRoots)],
  )
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

const putLines = (client: pg.PoolClient, { epoch, earnings }: Epoch) =>
  client.query(
    `INSERT INTO earnings (epoch, device, term, holder, grade, records, score, weight, amount, cumulative)
     SELECT $1, * FROM unnest($2::bytea[], $3::int[], $4::bytea[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::numeric[], $10::numeric[])`,
    [
      epoch,
      earnings.map(({ device }) => bytesOf(device)),
      earnings.map(({ term }) => term),
      earnings.map(({ holder }) => bytesOf(holder)),
      earnings.map(({ grade }) => grade),
      earnings.map(({ records }) => records),
      earnings.map(({ score }) => score),
      earnings.map(({ weight }) => weight),
      earnings.map(({ amount }) => amount),
      earnings.map(({ cumulative }) => cumulative),
    ],
  )

/** The term's highest totals at some heights, by lane: a term that moved has some in several lanes, and its totals only rise. */
const totalsAt = (heights: string): string => `(
  SELECT s.total_records AS records, s.total_score AS score
  FROM unnest(${heights}::bigint[]) WITH ORDINALITY AS at(height, lane)
  CROSS JOIN LATERAL (
    SELECT total_records, total_score FROM summaries
    WHERE device = t.device AND term = t.term AND lane = at.lane - 1 AND height <= at.height ORDER BY height DESC LIMIT 1
  ) s
  ORDER BY s.total_records DESC LIMIT 1
)`

/**
 * A few index look-ups per term whose newest summary is above `from`, however long the log is. A term whose holder was never learned has none of
 * its records accepted; the zero address then shows that something is wrong, rather than leaving the term out of the trees.
 */
const ADDED = `
SELECT t.device, t.term, coalesce(h.holder, '\\x0000000000000000000000000000000000000000') AS holder, coalesce(h.grade, 'full') AS grade,
  now.records - coalesce(before.records, 0) AS records, now.score - coalesce(before.score, 0) AS score,
  coalesce(e.cumulative, 0) AS earned_before
FROM totals t
CROSS JOIN LATERAL ${totalsAt('$2')} now
LEFT JOIN LATERAL ${totalsAt('$1')} before ON true
LEFT JOIN terms h ON h.device = t.device AND h.term = t.term
LEFT JOIN LATERAL (SELECT cumulative FROM earnings WHERE device = t.device AND term = t.term ORDER BY epoch DESC LIMIT 1) e ON true
WHERE t.height > coalesce(($1::bigint[])[t.lane + 1], 0) AND now.records > coalesce(before.records, 0)
ORDER BY t.device, t.term`

/** One look-up each: `closed_at` rises with the height, so the ends of the range are the ends of an index. */
const SETTLED_BEFORE = `
WITH uncounted AS NOT MATERIALIZED (SELECT height, closed_at, state FROM batches WHERE lane = $1 AND height > $2 AND closed_at < $3)
SELECT
  (SELECT closed_at FROM uncounted WHERE state = 'settled' ORDER BY height LIMIT 1) AS first_closed_at,
  (SELECT height FROM uncounted WHERE state = 'settled' ORDER BY height DESC LIMIT 1) AS last,
  NOT EXISTS (SELECT FROM uncounted WHERE state <> 'settled') AS is_complete`

type SettledRow = { first_closed_at: string | null; last: string | null; is_complete: boolean }

type AddedRow = {
  device: Buffer
  term: number
  holder: Buffer
  grade: string
  records: string
  score: string
  earned_before: string
}

const addedOf = (row: AddedRow): Added => ({
  device: addressOf(row.device),
  term: row.term,
  holder: addressOf(row.holder),
  grade: row.grade as Grade,
  records: BigInt(row.records),
  score: BigInt(row.score),
  earnedBefore: BigInt(row.earned_before),
})

const PUT_CLAIMS = `
INSERT INTO claims (epoch, device, term, cumulative, amount, holder, transaction, block)
SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::int[], $4::numeric[], $5::numeric[], $6::bytea[], $7::bytea[], $8::bigint[])
ON CONFLICT (device, term, cumulative) DO UPDATE SET epoch = excluded.epoch, amount = excluded.amount, holder = excluded.holder,
  transaction = excluded.transaction, block = excluded.block`

export const postgresRewards = (pool: pg.Pool): RewardStore => ({
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
    const { rows } = await pool.query<SettledRow>(SETTLED_BEFORE, [lane, afterHeight, before])
    const { first_closed_at: first, last, is_complete: isComplete } = rows[0] as SettledRow
    return {
      firstClosedAt: first === null ? undefined : Number(first),
      last: last === null ? undefined : BigInt(last),
      isComplete,
    }
  },

  added: async (from, to) => (await pool.query<AddedRow>(ADDED, [from, to])).rows.map(addedOf),

  unpaid: (limit) => heads(pool, `WHERE state = 'final' AND NOT paid AND earned > 0 ORDER BY epoch LIMIT $1`, [limit]),

  paid: async (epoch) => {
    const { rowCount } = await pool.query('UPDATE epochs SET paid = true WHERE epoch = $1', [epoch])
    if (rowCount !== 1) throw new Failure('INTERNAL', `epoch ${epoch} was never computed`)
  },

  putClaims: async (given) => {
    const claims = [
      ...new Map(given.map((claim) => [`${claim.device}/${claim.term}/${claim.cumulative}`, claim])).values(),
    ]
    await pool.query(PUT_CLAIMS, [
      claims.map(({ epoch }) => epoch),
      claims.map(({ device }) => bytesOf(device)),
      claims.map(({ term }) => term),
      claims.map(({ cumulative }) => cumulative),
      claims.map(({ amount }) => amount),
      claims.map(({ holder }) => bytesOf(holder)),
      claims.map(({ transaction }) => bytesOf(transaction)),
      claims.map(({ block }) => block),
    ])
  },
})
