import type pg from 'pg'
import type { Address } from '../../../devices/identity.ts'
import type { Header } from '../../../sdk/log/header.ts'
import { Failure } from '../../errors.ts'
import { type Batch, type PendingRecord, termKey } from '../../ports.ts'
import { bytesOf } from '../bytes.ts'

/** Rejects where another gateway moved the lane's head, or the store lost track of it. */
const assertNext = async (client: pg.PoolClient, { lane, height, from }: Header): Promise<void> => {
  const { rows } = await client.query<{ height: string; size: string }>(
    'SELECT height, size FROM batches WHERE lane = $1 ORDER BY height DESC LIMIT 1',
    [lane],
  )
  const head = { height: BigInt(rows[0]?.height ?? 0), size: BigInt(rows[0]?.size ?? 0) }
  if (height === head.height + 1n && from === head.size) return
  throw new Failure(
    'INTERNAL',
    `batch ${height} of lane ${lane} begins at ${from}, but the lane is at height ${head.height}, size ${head.size}`,
  )
}

const putHeader = (client: pg.PoolClient, header: Header) =>
  client.query(
    `INSERT INTO batches (lane, height, "from", size, root, witness_root, summary_root, data_hash, layout_version, closed_at, state)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'cut')`,
    [
      header.lane,
      header.height,
      header.from,
      header.size,
      header.root,
      header.witnessRoot,
      header.summaryRoot,
      header.dataHash,
      header.layoutVersion,
      header.closedAt,
    ],
  )

/**
 * Each record's key by the primary key, one by one: LATERAL … LIMIT leaves PostgreSQL no other way. Left to plan a join, it believes a
 * young queue to be one row, and reads all of it for each record.
 */
const TAKE = `
WITH found AS MATERIALIZED (
  SELECT i.n, k.place FROM unnest($3::bytea[], $4::bigint[], $5::bytea[]) WITH ORDINALITY AS i (device, sequence, digest, n)
  CROSS JOIN LATERAL (
    SELECT ctid AS place, digest, lane, log_index FROM packet_keys WHERE device = i.device AND sequence = i.sequence LIMIT 1
  ) k
  WHERE k.digest = i.digest AND k.lane = $6 AND k.log_index IS NULL
)
UPDATE packet_keys k SET log_index = $1::bigint + found.n - 1, height = $2 FROM found WHERE k.ctid = found.place`

const takeRecords = async (client: pg.PoolClient, { header, records }: Batch): Promise<void> => {
  if (BigInt(records.length) !== header.size - header.from) {
    throw new Failure('INTERNAL', `batch ${header.height} grows by ${header.size - header.from}, not ${records.length}`)
  }
  const { rowCount } = await client.query(TAKE, [
    header.from,
    header.height,
    records.map(({ device }) => bytesOf(device)),
    records.map(({ sequence }) => sequence),
    records.map(({ digest }) => digest),
    header.lane,
  ])
  if (rowCount === records.length) return
  throw new Failure(
    'INTERNAL',
    `${records.length - (rowCount ?? 0)} records of batch ${header.height} are taken or unknown`,
  )
}

const putSummaries = (client: pg.PoolClient, { header, summaries }: Batch) =>
  client.query(
    `INSERT INTO summaries (lane, height, device, term, first, "end", total_records, total_score, previous_lane, previous_height)
     SELECT $1, $2, * FROM unnest($3::bytea[], $4::int[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::int[], $10::bigint[])`,
    [
      header.lane,
      header.height,
      summaries.map(({ device }) => bytesOf(device)),
      summaries.map(({ term }) => term),
      summaries.map(({ first }) => first),
      summaries.map(({ end }) => end),
      summaries.map(({ totalRecords }) => totalRecords),
      summaries.map(({ totalScore }) => totalScore),
      summaries.map(({ previousLane }) => previousLane),
      summaries.map(({ previousHeight }) => previousHeight),
    ],
  )

const lastAcceptances = (records: readonly PendingRecord[]): ReadonlyMap<string, number> => {
  const last = new Map<string, number>()
  for (const { device, term, acceptedAt } of records) {
    const key = termKey(device, term)
    last.set(key, Math.max(last.get(key) ?? acceptedAt, acceptedAt))
  }
  return last
}

const putTotals = (client: pg.PoolClient, { header, summaries, records }: Batch) => {
  const last = lastAcceptances(records)
  return client.query(
    `INSERT INTO totals (lane, height, device, term, total_records, total_score, last_at)
     SELECT $1, $2, * FROM unnest($3::bytea[], $4::int[], $5::bigint[], $6::bigint[], $7::bigint[])
     ON CONFLICT (device, term) DO UPDATE SET
       total_records = excluded.total_records, total_score = excluded.total_score, lane = excluded.lane, height = excluded.height,
       last_at = greatest(totals.last_at, excluded.last_at)`,
    [
      header.lane,
      header.height,
      summaries.map(({ device }) => bytesOf(device)),
      summaries.map(({ term }) => term),
      summaries.map(({ totalRecords }) => totalRecords),
      summaries.map(({ totalScore }) => totalScore),
      summaries.map(({ device, term }) => last.get(termKey(device, term)) ?? header.closedAt),
    ],
  )
}

/** All terms of a device together, so that a list of devices adds nothing up. */
const putDeviceTotals = (client: pg.PoolClient, { records }: Batch) => {
  const devices = new Map<Address, { records: number; lastAt: number }>()
  for (const { device, acceptedAt } of records) {
    const total = devices.get(device) ?? { records: 0, lastAt: acceptedAt }
    devices.set(device, { records: total.records + 1, lastAt: Math.max(total.lastAt, acceptedAt) })
  }
  return client.query(
    `INSERT INTO device_totals (device, records, last_at) SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bigint[])
     ON CONFLICT (device) DO UPDATE SET
       records = device_totals.records + excluded.records, last_at = greatest(device_totals.last_at, excluded.last_at)`,
    [
      [...devices.keys()].map(bytesOf),
      [...devices.values()].map((total) => total.records),
      [...devices.values()].map((total) => total.lastAt),
    ],
  )
}

const putTiles = (client: pg.PoolClient, { header, tiles }: Batch) =>
  client.query(
    `INSERT INTO tiles (lane, level, index, hashes)
     SELECT $1, * FROM unnest($2::int[], $3::bigint[], $4::bytea[])
     ON CONFLICT (lane, level, index) DO UPDATE SET hashes = excluded.hashes WHERE length(excluded.hashes) > length(tiles.hashes)`,
    [header.lane, tiles.map(({ level }) => level), tiles.map(({ index }) => index), tiles.map(({ hashes }) => hashes)],
  )

/** Everything of a batch; run it in one transaction. */
export const commitBatch = async (client: pg.PoolClient, batch: Batch): Promise<void> => {
  await assertNext(client, batch.header)
  await putHeader(client, batch.header)
  await takeRecords(client, batch)
  await putSummaries(client, batch)
  await putTotals(client, batch)
  await putDeviceTotals(client, batch)
  await putTiles(client, batch)
}
