import type pg from 'pg'
import type { Millis } from '../../../devices/units.ts'
import { inTransaction } from '../connect.ts'

type Month = { readonly name: string; readonly from: Millis; readonly until: Millis }

/** The calendar month, UTC, that a time lies in, or one `later`. */
export const monthOf = (at: Millis, later = 0): Month => {
  const date = new Date(at)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + later]
  const from = Date.UTC(year, month)
  const [yyyy = '', mm = ''] = new Date(from).toISOString().split('-')
  return { name: `packets_${yyyy}_${mm}`, from, until: Date.UTC(year, month + 1) }
}

/** Where two gateways make the same partition. Any number that no other lock of ours has. */
const LOCK = 0x6361_6972

/** Attached, not made in place: that would wait for every reader and writer of the table, and hold up those behind it. */
const make = (pool: pg.Pool, { name, from, until }: Month): Promise<void> =>
  inTransaction(pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK])
    const { rows } = await client.query<{ there: string | null }>('SELECT to_regclass($1)::text AS there', [name])
    if (rows[0]?.there) return
    await client.query(`CREATE TABLE "${name}" (LIKE packets INCLUDING ALL)`)
    await client.query(`ALTER TABLE packets ATTACH PARTITION "${name}" FOR VALUES FROM (${from}) TO (${until})`)
  })

export type Partitions = {
  /** Resolves when each of these times has a partition. */
  ensure(times: readonly Millis[]): Promise<void>
}

/**
 * Packets lie in one partition per month of acceptance. A month's is made when the first packet of the month before it comes, or when a
 * packet needs it: after a jump of the clock, or from a queue that waited.
 */
export const openPartitions = (pool: pg.Pool): Partitions => {
  const made = new Set<string>()
  const ensureMonth = async (month: Month): Promise<void> => {
    if (made.has(month.name)) return
    await make(pool, month)
    made.add(month.name)
  }
  return {
    ensure: async (times) => {
      const months = new Map(times.map((at) => [monthOf(at).name, at]))
      for (const [name, at] of months) {
        if (made.has(name)) continue
        await ensureMonth(monthOf(at))
        await ensureMonth(monthOf(at, 1))
      }
    },
  }
}
