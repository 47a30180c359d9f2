import type pg from 'pg'
import type { Flag, ReadStore, StoredPacket } from '../../ports.ts'
import { addressOf, bytesOf } from '../bytes.ts'
import { formatOf } from './rows.ts'

/** A packet's own index gives the order; its key tells where it stands in the log. */
const PACKETS = `
SELECT p.device, p.sequence, p.accepted_at, p.format, p.term, p.readings, p.quality, p.from_at, p.to_at, p.flags, p.signature, p.raw,
  k.digest, k.lane, k.log_index, k.height
FROM packets p JOIN packet_keys k USING (device, sequence)
WHERE p.device = $1 AND p.to_at >= $2 AND p.from_at <= $3 AND p.sequence > $4
ORDER BY p.sequence LIMIT $5`

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
