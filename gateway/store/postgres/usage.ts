import type pg from 'pg'
import type { DayUse, UsageStore } from '../../ports.ts'
import { addressOf, bytesOf } from '../bytes.ts'

type Row = { readonly day: number; readonly owner: Buffer; readonly bytes: string }

/** In the order of the key, so that two gateways never wait for each other in a circle. */
const ADD = `
WITH gone AS (DELETE FROM owner_bytes WHERE day < $4)
INSERT INTO owner_bytes (day, owner, bytes)
SELECT day, owner, sum(bytes) FROM unnest($1::int[], $2::bytea[], $3::bigint[]) AS uses (day, owner, bytes)
GROUP BY day, owner ORDER BY day, owner
ON CONFLICT (day, owner) DO UPDATE SET bytes = owner_bytes.bytes + excluded.bytes
RETURNING day, owner, bytes::text`

export const postgresUsage = (pool: pg.Pool): UsageStore => {
  const useOf = ({ day, owner, bytes }: Row): DayUse => ({ day, owner: addressOf(owner), bytes: Number(bytes) })
  return {
    add: async (uses) => {
      if (uses.length === 0) return []
      const columns = [
        uses.map(({ day }) => day),
        uses.map(({ owner }) => bytesOf(owner)),
        uses.map(({ bytes }) => bytes),
      ]
      // The day before stays, for whoever looks into what happened.
      const oldest = Math.max(...uses.map(({ day }) => day)) - 1
      return (await pool.query<Row>(ADD, [...columns, oldest])).rows.map(useOf)
    },
    of: async (day) =>
      (await pool.query<Row>('SELECT day, owner, bytes::text FROM owner_bytes WHERE day = $1', [day])).rows.map(useOf),
  }
}
