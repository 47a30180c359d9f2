import type pg from 'pg'
import { isAddress } from '../../../devices/identity.ts'
import type { Facts } from '../../../devices/packet.ts'
import type { RefusalCode } from '../../errors.ts'
import type { Outcome, ReadStore } from '../../ports.ts'
import { addressOf, bytesOf, hexOf } from '../bytes.ts'
import { readCounts } from './counts.ts'
import { readEpochs } from './epochs.ts'
import { readTiles } from './log.ts'
import { readBatches } from './read-batches.ts'
import { readDevices } from './read-devices.ts'
import { readPackets } from './read-packets.ts'

/** Records of a device by their batch's closing time: the same numbers as in the batch's summaries. */
const ACCEPTED = `
SELECT coalesce(sum(s."end" - s.first), 0) AS count FROM summaries s JOIN batches b USING (lane, height)
WHERE s.device = $1 AND b.closed_at >= $2 AND b.closed_at < $3`

const REFUSED = `
SELECT code, sum(count) AS count FROM refusal_counts WHERE source = $1 AND "from" >= $2 AND "from" < $3 GROUP BY code`

const statusCounts =
  (pool: pg.Pool): ReadStore['statusCounts'] =>
  async ({ source, from, to }) => {
    const refused = await pool.query<{ code: RefusalCode; count: string }>(REFUSED, [
      source,
      Math.ceil(from),
      Math.ceil(to),
    ])
    const counts = new Map<Outcome, number>(refused.rows.map(({ code, count }) => [code, Number(count)]))
    if (!isAddress(source)) return counts
    const accepted = await pool.query<{ count: string }>(ACCEPTED, [bytesOf(source), Math.ceil(from), Math.ceil(to)])
    const count = Number(accepted.rows[0]?.count ?? 0)
    return count > 0 ? counts.set('ACCEPTED', count) : counts
  }

const REFUSALS = `
SELECT code, facts, count, last_at FROM refusals WHERE source = $1 AND last_at >= $2 AND first_at < $3
ORDER BY last_at DESC, code, slot LIMIT $4`

type RefusalRow = { code: RefusalCode; facts: Facts; count: string; last_at: string }

/** Each list is the beginning of an index. */
const CLAIMS = 'SELECT * FROM claims ORDER BY block DESC, device, term, cumulative DESC LIMIT $1'
const OF_DEVICE = `
SELECT * FROM claims WHERE device = $2 AND ($3::int IS NULL OR term = $3) ORDER BY block DESC, term, cumulative DESC LIMIT $1`

type ClaimRow = {
  epoch: string
  device: Buffer
  term: number
  cumulative: string
  amount: string
  holder: Buffer
  transaction: Buffer
  block: string
}

/** Everything that is read for people: on the readers' pool, so that no reader takes a connection that a packet waits for. */
export const postgresRead = (pool: pg.Pool): ReadStore => ({
  ...readDevices(pool),
  ...readEpochs(pool),
  ...readCounts(pool),
  ...readBatches(pool),
  packets: readPackets(pool),
  tiles: readTiles(pool),
  statusCounts: statusCounts(pool),

  refusals: async ({ source, from, to, limit }) => {
    const { rows } = await pool.query<RefusalRow>(REFUSALS, [source, Math.ceil(from), Math.ceil(to), limit])
    return rows.map(({ code, facts, count, last_at }) => ({ code, facts, count: Number(count), at: Number(last_at) }))
  },

  claims: async ({ device, term, limit }) => {
    const { rows } = device
      ? await pool.query<ClaimRow>(OF_DEVICE, [limit, bytesOf(device), term ?? null])
      : await pool.query<ClaimRow>(CLAIMS, [limit])
    return rows.map((row) => ({
      epoch: BigInt(row.epoch),
      device: addressOf(row.device),
      term: row.term,
      cumulative: BigInt(row.cumulative),
      amount: BigInt(row.amount),
      holder: addressOf(row.holder),
      transaction: hexOf(row.transaction),
      block: BigInt(row.block),
    }))
  },
})
