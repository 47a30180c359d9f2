import type pg from 'pg'
import type { Refused } from '../../ports.ts'
import { type Ask, givenOf } from '../evidence-budget.ts'
import { type Rows, type Slots, STRANGERS_SOURCE } from '../refusal-slots.ts'
import { addRefused } from './counts.ts'

const fileEvidence = (client: pg.PoolClient, { evidence }: Rows) =>
  client.query(
    `INSERT INTO refusals (source, code, slot, count, first_at, last_at, facts, digest, raw)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::jsonb[], $8::bytea[], $9::bytea[])
     ON CONFLICT (source, code, slot) DO UPDATE SET
       count = refusals.count + excluded.count,
       first_at = least(refusals.first_at, excluded.first_at),
       last_at = greatest(refusals.last_at, excluded.last_at)`,
    [
      evidence.map((row) => row.source),
      evidence.map((row) => row.code),
      evidence.map((row) => row.slot),
      evidence.map((row) => row.count),
      evidence.map((row) => row.firstAt),
      evidence.map((row) => row.lastAt),
      evidence.map((row) => JSON.stringify(row.facts)),
      evidence.map((row) => row.digest ?? null),
      evidence.map((row) => row.raw),
    ],
  )

/** Rows of one hour and code that strangers beyond the budget are counted in. */
const SHARDS = 16

/**
 * Every commit of a flood adds to the strangers' row of the hour. Two commits under way have two connections, and so two rows, some
 * milliseconds into the hour: no gateway waits until another's commit is on disk.
 */
const addCounts = (client: pg.PoolClient, { counts }: Rows) =>
  client.query(
    `INSERT INTO refusal_counts (source, code, "from", span, count)
     SELECT source, code, "from" + CASE source WHEN '${STRANGERS_SOURCE}' THEN pg_backend_pid() % ${SHARDS} ELSE 0 END, span, count
     FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[]) AS i (source, code, "from", span, count)
     ON CONFLICT (source, code, "from", span) DO UPDATE SET count = refusal_counts.count + excluded.count`,
    [
      counts.map((row) => row.source),
      counts.map((row) => row.code),
      counts.map((row) => row.from),
      counts.map((row) => row.span),
      counts.map((row) => row.count),
    ],
  )

/** Takes what is asked from the hour's bytes, for all gateways on this database, as far as they suffice. */
const lease = async (client: pg.PoolClient, asks: readonly Ask[]): Promise<readonly number[]> => {
  const hour = asks[0]?.hour
  const classes = asks.map((ask) => ask.class)
  await client.query(
    'INSERT INTO evidence_use (hour, class, bytes) SELECT $1, class, 0 FROM unnest($2::text[]) AS class ON CONFLICT DO NOTHING',
    [hour, classes],
  )
  const { rows } = await client.query<{ class: string; bytes: string }>(
    'SELECT class, bytes FROM evidence_use WHERE hour = $1 AND class = ANY($2) ORDER BY class FOR UPDATE',
    [hour, classes],
  )
  const used = new Map(rows.map((row) => [row.class, Number(row.bytes)]))
  const given = asks.map((ask) => givenOf(ask, used.get(ask.class) ?? ask.most))
  await client.query(
    `UPDATE evidence_use AS u SET bytes = u.bytes + i.given FROM unnest($2::text[], $3::bigint[]) AS i (class, given)
     WHERE u.hour = $1 AND u.class = i.class`,
    [hour, classes, given],
  )
  return given
}

/** Keeps refusals in the rows that they are assigned. Run it in one transaction; after a failure, `slots.forget()`. */
export const file = async (client: pg.PoolClient, refusals: readonly Refused[], slots: Slots): Promise<void> => {
  if (refusals.length === 0) return
  let rows = slots.rowsOf(refusals)
  const asks = slots.asks()
  if (asks.length > 0) {
    const given = await lease(client, asks)
    asks.forEach((ask, index) => {
      slots.give(ask, given[index] ?? 0)
    })
    rows = slots.rowsOf(refusals)
  }
  if (rows.evidence.length > 0) await fileEvidence(client, rows)
  await addCounts(client, rows)
  await addRefused(client, rows.counts)
}
