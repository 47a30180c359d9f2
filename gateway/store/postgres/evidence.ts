import type pg from 'pg'
import { days, type Millis } from '../../../devices/units.ts'
import type { EvidenceStore } from '../../ports.ts'
import { inTransaction } from '../connect.ts'
import { KEPT } from '../evidence-age.ts'
import { SPANS, STRANGERS_SOURCE } from '../refusal-slots.ts'

/** Where two gateways sweep at once. Any number that no other lock of ours has. */
const LOCK = 0x6361_6973
/** Of one step: some tens of milliseconds, and no packet waits for any of these rows. */
const ROWS = 2_000

/** Old evidence goes; of each key's conflicts the first few stay, and are marked so that no later step looks at them. */
const FORGET = `
WITH old AS MATERIALIZED (
  SELECT ctid AS place, source, code, first_at, slot FROM refusals WHERE NOT kept AND first_at < $1
  ORDER BY first_at LIMIT ${ROWS} FOR UPDATE SKIP LOCKED
), ranked AS (
  SELECT place, code = 'SEQUENCE_CONFLICT' AND row_number() OVER (PARTITION BY source, code ORDER BY first_at, slot) <= $2
    - (SELECT count(*) FROM refusals r WHERE r.source = old.source AND r.code = 'SEQUENCE_CONFLICT' AND r.kept) AS stays
  FROM old
), marked AS (
  UPDATE refusals SET kept = true FROM ranked WHERE refusals.ctid = place AND stays
), gone AS (
  DELETE FROM refusals USING ranked WHERE refusals.ctid = place AND NOT stays
)
SELECT count(*)::int AS rows FROM old`

/**
 * Counts of one span become counts of a longer one, in one statement: whoever adds them up meanwhile sees either. What no registered
 * device is the source of, loses its name.
 */
const FOLD = `
WITH old AS (
  DELETE FROM refusal_counts WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM refusal_counts WHERE span = $1 AND "from" < $3 ORDER BY "from" LIMIT ${ROWS} FOR UPDATE SKIP LOCKED
  )) RETURNING source, code, "from", count
), named AS (
  SELECT CASE WHEN EXISTS (SELECT 1 FROM devices WHERE address = CASE
      WHEN old.source ~ '^0x[0-9a-f]{40}$' THEN decode(substr(old.source, 3), 'hex') END)
    OR EXISTS (SELECT 1 FROM imeis JOIN devices ON device = address WHERE imei = CASE
      WHEN old.source LIKE 'imei:%' THEN substr(old.source, 6) END)
    THEN source ELSE '${STRANGERS_SOURCE}' END AS source, code, "from" - mod("from", $2) AS "from", count
  FROM old
), folded AS (
  INSERT INTO refusal_counts (source, code, "from", span, count)
  SELECT source, code, "from", $2, sum(count) FROM named GROUP BY source, code, "from" ORDER BY source, code, "from"
  ON CONFLICT (source, code, "from", span) DO UPDATE SET count = refusal_counts.count + excluded.count
)
SELECT count(*)::int AS rows FROM old`

const BYTES = `
SELECT sum(pg_total_relation_size(name::regclass))::text AS bytes FROM unnest(ARRAY['refusals', 'refusal_counts', 'refusal_totals', 'evidence_use']) AS name`

/** Bytes that refusals take on disk: tables, indexes, out-of-line pieces, and what waits for vacuum. */
export const evidenceBytesOnDisk = async (client: pg.Pool | pg.ClientBase): Promise<number> => {
  const { rows } = await client.query<{ bytes: string }>(BYTES)
  return Number(rows[0]?.bytes ?? 0)
}

export const postgresEvidence = (pool: pg.Pool): EvidenceStore => {
  const rowsOf = async (client: pg.PoolClient, sql: string, values: readonly unknown[]): Promise<number> =>
    (await client.query<{ rows: number }>(sql, [...values])).rows[0]?.rows ?? 0
  const steps = async (client: pg.PoolClient, now: Millis): Promise<readonly number[]> => [
    await rowsOf(client, FORGET, [now - KEPT.evidence, KEPT.conflicts]),
    await rowsOf(client, FOLD, [SPANS.fine, SPANS.hour, now - KEPT.fine]),
    await rowsOf(client, FOLD, [SPANS.hour, SPANS.day, now - KEPT.hours]),
  ]
  return {
    sweep: (now) =>
      inTransaction(pool, async (client) => {
        const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS mine', [LOCK])
        if (!rows[0]?.mine) return false
        await client.query('DELETE FROM evidence_use WHERE hour < $1', [now - KEPT.evidence - days(1)])
        return (await steps(client, now)).some((count) => count === ROWS)
      }),

    bytes: () => evidenceBytesOnDisk(pool),
  }
}
