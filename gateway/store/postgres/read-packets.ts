import type pg from 'pg'
import type { Flag, ReadStore, StoredPacket } from '../../ports.ts'
import { addressOf, bytesOf } from '../bytes.ts'
import { formatOf } from './rows.ts'

/** The packets' own index gives range and order; each one's key then tells its digest and its place in the log. */
const PACKETS = `
SELECT p.*, k.digest, k.lane, k.log_index, k.height
FROM (
  SELECT device, sequence, accepted_at, format, term, readings, quality, from_at, to_at, flags, signature, raw FROM packets
  WHERE device = $1 AND to_at >= $2 AND from_at <= $3 AND sequence > $4 ORDER BY sequence LIMIT $5
) p
CROSS JOIN LATERAL (
  SELECT digest, lane, log_index, height FROM packet_keys WHERE device = p.device AND sequence = p.sequence LIMIT 1
) k
ORDER BY p.sequence`

type Row = {
  device: Buffer
  sequence: string
  accepted_at: string
  format: number
  term: number
  readings: number
  quality: number
  from_at: string
  to_at: string
  flags: Flag[]
  signature: Buffer
  raw: Buffer
  digest: Buffer
  lane: number
  log_index: string | null
  height: string | null
}

const packetOf = (row: Row): StoredPacket => ({
  format: formatOf(row.format),
  device: addressOf(row.device),
  sequence: BigInt(row.sequence),
  digest: row.digest,
  signature: row.signature,
  raw: row.raw,
  term: row.term,
  acceptedAt: Number(row.accepted_at),
  readings: row.readings,
  from: Number(row.from_at),
  to: Number(row.to_at),
  flags: row.flags,
  quality: row.quality,
  log:
    row.log_index === null || row.height === null
      ? undefined
      : { lane: row.lane, index: BigInt(row.log_index), height: BigInt(row.height) },
})

export const readPackets =
  (pool: pg.Pool): ReadStore['packets'] =>
  async ({ device, from, to, after, limit }) => {
    const { rows } = await pool.query<Row>(PACKETS, [
      bytesOf(device),
      Math.ceil(from),
      Math.floor(to),
      after ?? -1n,
      limit,
    ])
    return rows.map(packetOf)
  }
