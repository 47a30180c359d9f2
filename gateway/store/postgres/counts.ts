import type pg from 'pg'
import type { ReadStore } from '../../ports.ts'
import type { Count } from '../refusal-slots.ts'

/** Commits under way at the same time in one gateway, and some gateways more. */
const SHARDS = 16

/**
 * Two commits under way have two connections, and so two shards: the second does not wait until the first is on disk. One order of codes
 * for all, so that no two wait for each other.
 */
const ADD_REFUSED = `
INSERT INTO refusal_totals (code, shard, count)
SELECT code, pg_backend_pid() % ${SHARDS}, count FROM unnest($1::text[], $2::bigint[]) AS i (code, count) ORDER BY code
ON CONFLICT (code, shard) DO UPDATE SET count = refusal_totals.count + excluded.count`

/** In the transaction that files them. */
export const addRefused = async (client: pg.PoolClient, rows: readonly Count[]): Promise<void> => {
  const byCode = new Map<string, number>()
  for (const { code, count } of rows) byCode.set(code, (byCode.get(code) ?? 0) + count)
  await client.query(ADD_REFUSED, [[...byCode.keys()], [...byCode.values()]])
}

export const addDevices = (client: pg.PoolClient, count: number) =>
  client.query(
    `INSERT INTO counters (name, count) VALUES ('devices', $1)
     ON CONFLICT (name) DO UPDATE SET count = counters.count + excluded.count`,
    [count],
  )

/** What waits is counted up to here: beyond it something is wrong, and health tells since when. */
const MOST_WAITING = 10_000

/**
 * Lanes are contiguous from height 1 and index 0, so their heads tell how much they hold. Each lane is one step in an index from the lane
 * before it, each head another; nothing reads a whole table.
 */
const COUNTS = `
WITH RECURSIVE lanes AS (
  (SELECT lane FROM batches ORDER BY lane LIMIT 1)
  UNION ALL
  SELECT (SELECT b.lane FROM batches b WHERE b.lane > lanes.lane ORDER BY b.lane LIMIT 1) FROM lanes WHERE lanes.lane IS NOT NULL
), heads AS (
  SELECT h.height, h.size FROM lanes
  CROSS JOIN LATERAL (SELECT height, size FROM batches WHERE lane = lanes.lane ORDER BY height DESC LIMIT 1) h
  WHERE lanes.lane IS NOT NULL
), waiting AS (
  SELECT 1 FROM packet_keys WHERE log_index IS NULL ORDER BY lane, accepted_at, device, sequence LIMIT ${MOST_WAITING}
), unsettled AS (
  SELECT 1 FROM batches WHERE state <> 'settled' ORDER BY lane, height LIMIT ${MOST_WAITING}
)
SELECT
  (SELECT count FROM counters WHERE name = 'devices') AS devices,
  (SELECT coalesce(sum(size), 0) FROM heads) + (SELECT count(*) FROM waiting) AS packets,
  (SELECT coalesce(sum(count), 0) FROM refusal_totals) AS refused,
  (SELECT coalesce(sum(height), 0) FROM heads) AS batches,
  (SELECT coalesce(sum(height), 0) FROM heads) - (SELECT count(*) FROM unsettled) AS settled`

/** A packet waits to be cut, a batch to be settled, a call to be mined: the oldest of each. */
const OLDEST = `
SELECT
  (SELECT accepted_at FROM packet_keys WHERE lane = $1 AND log_index IS NULL ORDER BY accepted_at, device, sequence LIMIT 1) AS cut,
  (SELECT closed_at FROM batches WHERE lane = $1 AND state <> 'settled' ORDER BY height LIMIT 1) AS settle,
  (SELECT a.sent_at FROM (SELECT key FROM calls WHERE state = 'sent' ORDER BY nonce LIMIT 1) c
   CROSS JOIN LATERAL (SELECT sent_at FROM attempts WHERE call_key = c.key ORDER BY "order" LIMIT 1) a) AS calls`

type Row<Name extends string> = Readonly<Record<Name, string | null>>

const timeOf = (value: string | null | undefined): number | undefined => (value == null ? undefined : Number(value))

export const readCounts = (pool: pg.Pool): Pick<ReadStore, 'counts' | 'oldest'> => ({
  counts: async () => {
    const { rows } = await pool.query<Row<'devices' | 'packets' | 'refused' | 'batches' | 'settled'>>(COUNTS)
    const [row] = rows
    return {
      devices: Number(row?.devices ?? 0),
      packets: BigInt(row?.packets ?? 0),
      refused: BigInt(row?.refused ?? 0),
      batches: BigInt(row?.batches ?? 0),
      settled: BigInt(row?.settled ?? 0),
    }
  },

  oldest: async (lane) => {
    const { rows } = await pool.query<Row<'cut' | 'settle' | 'calls'>>(OLDEST, [lane])
    const [row] = rows
    return { cut: timeOf(row?.cut), settle: timeOf(row?.settle), calls: timeOf(row?.calls) }
  },
})
