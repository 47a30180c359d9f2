import pg from 'pg'
import { LINES_IN_RUN } from '../../sdk/log/earning.ts'

/** How long a history everybody may ask about. */
export type Size = {
  readonly devices: number
  readonly epochs: number
  readonly refusalCounts: number
  readonly batches: number
  readonly claims: number
  /** Packets that wait for their batch, and calls for their block: the chain is away. */
  readonly waiting: number
}

export const fullSize: Size = {
  devices: 10_000,
  epochs: 1_000,
  refusalCounts: 1_000_000,
  batches: 100_000,
  claims: 200_000,
  waiting: 20_000,
}

/** The same by shape, for every run of the tests. */
export const smallSize: Size = {
  devices: 1_000,
  epochs: 100,
  refusalCounts: 100_000,
  batches: 10_000,
  claims: 20_000,
  waiting: 5_000,
}

/** Terms of one device that was handed on and on, each with earnings in the newest epochs. */
const HANDED_ON = 1_000

const address = (what: string): string => `substring(sha256((${what})::text::bytea), 1, 20)`
const hash = (what: string): string => `sha256((${what})::text::bytea)`

/** The device that was handed on, and the owner of most. */
export const places = { handedOn: address(`'handed on'`), owner: address(`'owner'`) } as const

const LINE = `device, term, epoch, holder, grade, records, score, weight, amount, cumulative`

/** Rows as the gateway writes them, made by PostgreSQL itself: ten million in about a minute. */
const statements = (size: Size): readonly string[] => [
  // Indexes are made once, after the rows.
  'ALTER TABLE earnings DROP CONSTRAINT earnings_pkey',
  'DROP INDEX earnings_device_epoch_term_idx',
  'DROP INDEX earnings_device_term_epoch_idx',
  `INSERT INTO devices (address, curve, public_key, model, cell, owner, term, grade, revoked, block)
   SELECT ${address('n')}, 'secp256k1', ${hash('n')} || ${hash('-n')}, 'tracker-1', x'8a2a1072b59ffff'::bigint,
     CASE WHEN n % 10 = 0 THEN ${address('n / 10')} ELSE ${places.owner} END, 1, 'full', false, n
   FROM generate_series(1, ${size.devices}) n`,
  `INSERT INTO devices (address, curve, public_key, model, cell, owner, term, grade, revoked, block)
   VALUES (${places.handedOn}, 'secp256k1', ${hash('0')} || ${hash('0')}, 'tracker-1', 0, ${places.owner}, ${HANDED_ON}, 'full', false, 1)`,
  `INSERT INTO counters (name, count) VALUES ('devices', ${size.devices + 1}) ON CONFLICT (name) DO UPDATE SET count = excluded.count`,
  `INSERT INTO device_totals (device, records, last_at) SELECT address, 1000, 1769860800000 FROM devices`,
  `INSERT INTO imeis (imei, device) SELECT lpad(n::text, 15, '0'), ${address('n')} FROM generate_series(1, ${size.devices}, 2) n`,
  `INSERT INTO earnings (${LINE})
   SELECT d.device, 1, e, d.holder, 'full', 240, 2400000, 2400000, 10000000000000000, 10000000000000000::numeric * e
   FROM (SELECT ${address('n')} AS device, ${places.owner} AS holder FROM generate_series(1, ${size.devices}) n ORDER BY 1) d
   CROSS JOIN generate_series(1, ${size.epochs}) e`,
  `INSERT INTO earnings (${LINE})
   SELECT ${places.handedOn}, t, e, ${places.owner}, 'full', 1, 10000, 10000, 1000000000000000, 1000000000000000::numeric * e
   FROM generate_series(1, ${HANDED_ON}) t CROSS JOIN generate_series(${Math.max(1, size.epochs - 20)}, ${size.epochs}) e`,
  'ALTER TABLE earnings ADD CONSTRAINT earnings_pkey PRIMARY KEY (epoch, device, term)',
  'CREATE INDEX earnings_device_term_epoch_idx ON earnings (device, term, epoch)',
  'CREATE INDEX earnings_device_epoch_term_idx ON earnings (device, epoch, term)',
  `INSERT INTO epochs (epoch, heights, total_weight, total_earned, weights_root, earnings_root, state, transaction, terms, earners, earned)
   SELECT e, ARRAY[e::bigint], 10^10, 10^20, ${hash('e')}, ${hash('-e')},
     CASE WHEN e > ${size.epochs - 2} THEN 'proposed' ELSE 'final' END, ${hash('e')}, ${size.devices}, ${size.devices}, 10^18
   FROM generate_series(1, ${size.epochs}) e`,
  `INSERT INTO earning_runs (epoch, roots)
   SELECT e, (SELECT string_agg(${hash('e * 1000 + r')}, ''::bytea) FROM generate_series(1, (l.lines + ${LINES_IN_RUN - 1}) / ${LINES_IN_RUN}) r)
   FROM generate_series(${size.epochs - 20}, ${size.epochs}) e, LATERAL (SELECT count(*) AS lines FROM earnings WHERE epoch = e) l`,
  `INSERT INTO claims (epoch, device, term, cumulative, amount, holder, transaction, block)
   SELECT n / ${size.devices}, ${address(`1 + n % ${size.devices}`)}, 1, n, 1, ${places.owner}, ${hash('n / 25')}, n / ${size.devices}
   FROM generate_series(1, ${size.claims}) n`,
  `INSERT INTO claims (epoch, device, term, cumulative, amount, holder, transaction, block)
   SELECT e, ${places.handedOn}, t, e, 1, ${places.owner}, ${hash('e')}, e FROM generate_series(1, ${HANDED_ON}) t CROSS JOIN generate_series(1, 20) e`,
  `INSERT INTO refusal_counts (source, code, "from", span, count)
   SELECT '0x' || encode(${address(`1 + n % ${size.devices}`)}, 'hex'),
     (ARRAY['SEQUENCE_SEEN', 'QUOTA_EXCEEDED', 'BAD_SIGNATURE', 'MALFORMED', 'OUT_OF_RANGE'])[1 + n % 5], 10000::bigint * n, 10000, 3
   FROM generate_series(1, ${size.refusalCounts}) n`,
  `INSERT INTO refusal_totals (code, shard, count) SELECT code, s, sum(count) FROM refusal_counts CROSS JOIN generate_series(0, 15) s GROUP BY code, s`,
  `INSERT INTO batches (lane, height, "from", size, root, witness_root, summary_root, data_hash, layout_version, closed_at, state, transaction, block, settled_at)
   SELECT 0, h, 100 * (h - 1), 100 * h, ${hash('h')}, ${hash('-h')}, ${hash('h')}, ${hash('h')}, 1, 1000000 + h,
     CASE WHEN h > ${Math.floor(size.batches * 0.99)} THEN 'sent' ELSE 'settled' END, ${hash('h')}, h, 1000001 + h
   FROM generate_series(1, ${size.batches}) h`,
  `INSERT INTO packet_keys (device, sequence, digest, accepted_at, lane, log_index, height)
   SELECT ${address(`1 + n % ${size.devices}`)}, n, ${hash('n')}, 1769860800000 + n, 0,
     CASE WHEN n > ${size.waiting} THEN n END, CASE WHEN n > ${size.waiting} THEN 1 END
   FROM generate_series(1, ${5 * size.waiting}) n`,
  `INSERT INTO calls (key, "to", data, gas, state, nonce)
   SELECT 'claim:' || n, ${address('n')}, decode(repeat('ab', 4000), 'hex'), 1000000, 'sent', n FROM generate_series(1, ${Math.ceil(size.waiting / 10)}) n`,
  `INSERT INTO attempts (hash, call_key, nonce, raw, sent_at)
   SELECT ${hash('n')}, 'claim:' || n, n, decode(repeat('ab', 4000), 'hex'), 1769860800000 FROM generate_series(1, ${Math.ceil(size.waiting / 10)}) n`,
]

/** Fills a migrated, empty database. */
export const seedReads = async (
  url: string,
  size: Size,
): Promise<{ readonly handedOn: string; readonly owner: string; readonly last: string }> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`SET synchronous_commit = off; SET maintenance_work_mem = '256MB'; SET work_mem = '64MB'`)
    for (const statement of statements(size)) await client.query(statement)
    await client.query('VACUUM ANALYZE')
    const { rows } = await client.query<{ handed_on: string; owner: string; last: string }>(
      `SELECT '0x' || encode(${places.handedOn}, 'hex') AS handed_on, '0x' || encode(${places.owner}, 'hex') AS owner,
         (SELECT '0x' || encode(address, 'hex') FROM devices ORDER BY address DESC LIMIT 1) AS last`,
    )
    const [row] = rows
    if (!row) throw new Error('nothing was seeded')
    return { handedOn: row.handed_on, owner: row.owner, last: row.last }
  } finally {
    await client.end()
  }
}
