import type pg from 'pg'
import type { Curve } from '../../../devices/identity.ts'
import type { DeviceRow, Grade, ReadStore } from '../../ports.ts'
import { addressOf, bytesOf } from '../bytes.ts'

/** Counted by the batch that took the records: what waits for the next batch is some seconds late here, and no list adds anything up. */
const rowsOfPage = (page: string): string => `
SELECT page.*, (SELECT min(imei) FROM imeis WHERE imeis.device = page.address) AS imei, t.records, t.last_at
FROM (${page}) page LEFT JOIN device_totals t ON t.device = page.address
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
  records: string | null
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
  packets: BigInt(row.records ?? 0),
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
