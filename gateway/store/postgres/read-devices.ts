import type pg from 'pg'
import type { Curve } from '../../../devices/identity.ts'
import type { DeviceRow, Grade, ReadStore } from '../../ports.ts'
import { addressOf, bytesOf } from '../bytes.ts'

/**
 * Counted from the newest summaries and the queue, never from the packets themselves: those are many, and may be gone.
 */
const rowsOfPage = (page: string): string => `
WITH page AS (${page}),
queued AS (
  SELECT device, count(*) AS packets, max(accepted_at) AS last_at FROM packet_keys
  WHERE log_index IS NULL AND device IN (SELECT address FROM page) GROUP BY device
),
logged AS (
  SELECT device, sum(total_records) AS packets, max(last_at) AS last_at FROM totals
  WHERE device IN (SELECT address FROM page) GROUP BY device
)
SELECT page.*, (SELECT min(imei) FROM imeis WHERE imeis.device = page.address) AS imei,
  coalesce(queued.packets, 0) + coalesce(logged.packets, 0) AS packets, greatest(queued.last_at, logged.last_at) AS last_at
FROM page LEFT JOIN queued ON queued.device = page.address LEFT JOIN logged ON logged.device = page.address
ORDER BY page.address`

const ONE = rowsOfPage('SELECT * FROM devices WHERE address = $1')
const PAGE = rowsOfPage('SELECT * FROM devices WHERE address > $1 ORDER BY address LIMIT $2')
const OWNERS_PAGE = rowsOfPage('SELECT * FROM devices WHERE address > $1 AND owner = $3 ORDER BY address LIMIT $2')

type Row = {
  address: Buffer
  curve: Curve
  public_key: Buffer
  model: string
  cell: string
  owner: Buffer
  term: number
  grade: Grade
  revoked: boolean
  block: string
  imei: string | null
  packets: string
  last_at: string | null
}

const deviceOf = (row: Row): DeviceRow => ({
  device: addressOf(row.address),
  key: { curve: row.curve, publicKey: row.public_key },
  model: row.model,
  cell: BigInt.asUintN(64, BigInt(row.cell)),
  owner: addressOf(row.owner),
  term: row.term,
  grade: row.grade,
  revoked: row.revoked,
  block: BigInt(row.block),
  imei: row.imei ?? undefined,
  packets: BigInt(row.packets),
  lastSeenAt: row.last_at === null ? undefined : Number(row.last_at),
})

export const readDevices = (pool: pg.Pool): Pick<ReadStore, 'devices' | 'device'> => ({
  devices: async ({ after, limit, owner }) => {
    const first = after ? bytesOf(after) : Buffer.alloc(0)
    const { rows } = owner
      ? await pool.query<Row>(OWNERS_PAGE, [first, limit, bytesOf(owner)])
      : await pool.query<Row>(PAGE, [first, limit])
    return rows.map(deviceOf)
  },

  device: async (device) => {
    const { rows } = await pool.query<Row>(ONE, [bytesOf(device)])
    return rows[0] ? deviceOf(rows[0]) : undefined
  },
})
