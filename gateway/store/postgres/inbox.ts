import type pg from 'pg'
import type { Accepted, Inbox } from '../../ports.ts'
import { type Arrival, firsts, LANE, settle, wholeMillis } from '../arrivals.ts'
import { bytesOf, hexOf } from '../bytes.ts'
import { inTransaction } from '../connect.ts'
import { openSlots } from '../refusal-slots.ts'
import { openPartitions } from './partitions.ts'
import { file } from './refusals.ts'
import { numberOfFormat } from './rows.ts'

/**
 * Takes the keys and stores the packets that won theirs, in one statement. A key that another gateway is taking at the moment is waited
 * for; the loser's row is in neither table.
 */
const STORE = `
WITH input AS (
  SELECT * FROM unnest(
    $1::int[], $2::bytea[], $3::bigint[], $4::bytea[], $5::bigint[], $6::smallint[], $7::int[], $8::int[], $9::smallint[], $10::bigint[],
    $11::bigint[], $12::text[], $13::bytea[], $14::bytea[]
  ) AS i (n, device, sequence, digest, accepted_at, format, term, readings, quality, from_at, to_at, flags, signature, raw)
), won AS (
  INSERT INTO packet_keys (device, sequence, digest, accepted_at, lane)
  SELECT device, sequence, digest, accepted_at, ${LANE} FROM input
  ON CONFLICT DO NOTHING RETURNING device, sequence
), stored AS (
  INSERT INTO packets (device, sequence, accepted_at, format, term, readings, quality, from_at, to_at, flags, signature, raw)
  SELECT device, sequence, accepted_at, format, term, readings, quality, from_at, to_at, string_to_array(flags, ','), signature, raw
  FROM input JOIN won USING (device, sequence)
)
SELECT n FROM input JOIN won USING (device, sequence)`

const columns: readonly ((verdict: Accepted) => unknown)[] = [
  ({ envelope }) => bytesOf(envelope.device),
  ({ envelope }) => envelope.sequence,
  ({ envelope }) => envelope.digest,
  ({ receivedAt }) => receivedAt,
  ({ envelope }) => numberOfFormat[envelope.format],
  ({ term }) => term,
  ({ readings }) => readings,
  ({ quality }) => quality,
  ({ from, receivedAt }) => wholeMillis(from, receivedAt),
  ({ to, receivedAt }) => wholeMillis(to, receivedAt),
  ({ flags }) => flags.join(','),
  ({ envelope }) => envelope.signature,
  ({ envelope }) => envelope.raw,
]

const store = async (client: pg.PoolClient, arrivals: readonly Arrival[]): Promise<ReadonlySet<number>> => {
  if (arrivals.length === 0) return new Set()
  const values = [
    arrivals.map(({ index }) => index),
    ...columns.map((column) => arrivals.map(({ verdict }) => column(verdict))),
  ]
  const { rows } = await client.query<{ n: number }>(STORE, values)
  return new Set(rows.map(({ n }) => n))
}

/** A statement of its own: it sees what another gateway committed while `STORE` waited. */
const storedDigests = async (client: pg.PoolClient, losers: readonly Accepted[]) => {
  if (losers.length === 0) return new Map<string, Uint8Array>()
  const { rows } = await client.query<{ device: Buffer; sequence: string; digest: Buffer }>(
    `SELECT device, sequence, digest FROM packet_keys JOIN unnest($1::bytea[], $2::bigint[]) AS i (device, sequence) USING (device, sequence)`,
    [losers.map(({ envelope }) => bytesOf(envelope.device)), losers.map(({ envelope }) => envelope.sequence)],
  )
  return new Map(rows.map(({ device, sequence, digest }) => [`${hexOf(device)}/${sequence}`, digest]))
}

/** `evidencePerHour`: bytes that all gateways together keep of an hour's refusals; each must be given the same. */
export const postgresInbox = (pool: pg.Pool, evidencePerHour: number): Inbox => {
  const partitions = openPartitions(pool)
  const slots = openSlots(evidencePerHour)
  return {
    append: async (verdicts) => {
      const arrivals = firsts(verdicts)
      await partitions.ensure(arrivals.map(({ verdict }) => verdict.receivedAt))
      try {
        return await inTransaction(pool, async (client) => {
          const winners = await store(client, arrivals)
          const losers = verdicts.filter((verdict, index) => verdict.status === 'accepted' && !winners.has(index))
          const digests = await storedDigests(client, losers as readonly Accepted[])
          const settled = settle(verdicts, winners, (key) => digests.get(key) as Uint8Array)
          await file(client, settled.refusals, slots)
          return settled.outcomes
        })
      } catch (error) {
        slots.forget()
        throw error
      }
    },
  }
}
