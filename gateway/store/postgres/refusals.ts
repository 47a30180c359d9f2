import type pg from 'pg'
import { days, type Millis, minutes } from '../../../devices/units.ts'
import type { Count, Evidence } from '../refusal-slots.ts'
import { addRefused } from './counts.ts'

const fileEvidence = (client: pg.PoolClient, rows: readonly Evidence[]) =>
  client.query(
    `INSERT INTO refusals (source, code, slot, count, first_at, last_at, facts, digest, raw)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::jsonb[], $8::bytea[], $9::bytea[])
     ON CONFLICT (source, code, slot) DO UPDATE SET
       count = refusals.count + excluded.count,
       first_at = least(refusals.first_at, excluded.first_at),
       last_at = greatest(refusals.last_at, excluded.last_at)`,
    [
      rows.map((row) => row.source),
      rows.map((row) => row.code),
      rows.map((row) => row.slot),
      rows.map((row) => row.count),
      rows.map((row) => row.firstAt),
      rows.map((row) => row.lastAt),
      rows.map((row) => JSON.stringify(row.facts)),
      rows.map((row) => row.digest ?? null),
      rows.map((row) => row.raw),
    ],
  )

const addCounts = (client: pg.PoolClient, rows: readonly Count[]) =>
  client.query(
    `INSERT INTO refusal_counts (source, code, "from", count)
     SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
     ON CONFLICT (source, code, "from") DO UPDATE SET count = refusal_counts.count + excluded.count`,
    [
      rows.map((row) => row.source),
      rows.map((row) => row.code),
      rows.map((row) => row.from),
      rows.map((row) => row.count),
    ],
  )

export const file = async (
  client: pg.PoolClient,
  { evidence, counts }: { readonly evidence: readonly Evidence[]; readonly counts: readonly Count[] },
): Promise<void> => {
  if (evidence.length === 0) return
  await fileEvidence(client, evidence)
  await addCounts(client, counts)
  await addRefused(client, counts)
}

/** Long enough for an owner to look; what a flood leaves is gone by then. Two packets under one sequence stay for ever: they accuse a key. */
const KEPT: Millis = days(7)
const EVERY: Millis = minutes(60)
/** Of one sweep, so that it never holds a row that a packet waits for. */
const ROWS = 10_000

/** Forgets old evidence, never counts. Call it with the time of each append; it acts once an hour. */
export const openSweep = (pool: pg.Pool): ((now: Millis) => Promise<void>) => {
  let next = 0
  return async (now) => {
    if (now < next) return
    next = now + EVERY
    await pool.query(
      `DELETE FROM refusals WHERE (source, code, slot) IN (
         SELECT source, code, slot FROM refusals WHERE last_at < $1 AND code <> 'SEQUENCE_CONFLICT'
         ORDER BY last_at LIMIT ${ROWS} FOR UPDATE SKIP LOCKED)`,
      [now - KEPT],
    )
  }
}
