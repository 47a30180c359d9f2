import pg from 'pg'
import { afterEach, describe, expect, test } from 'vitest'
import { hours } from '../../devices/units.ts'
import { freshDatabase } from '../../test/support/postgres.ts'
import { type RefusalCode, refusals } from '../errors.ts'
import type { Refused } from '../ports.ts'
import { accepted, address, bytes32, refused, T0 } from './contract/samples.contract.ts'
import { evidenceBytesOnDisk } from './postgres/evidence.ts'
import { openStore } from './postgres.ts'

/*
 * What refusals take on disk, measured there: whoever sends them, whatever they are refused for, an hour's stay within an hour's budget,
 * and every one is counted.
 */

const BUDGET = 1_024 * 1_024
const CODES = Object.keys(refusals) as RefusalCode[]
const GROUPS = 16
const GROUP = 112

/** Bytes that no compression makes smaller. */
const noise = (length: number, seed: number): Buffer => {
  const bytes = Buffer.alloc(length)
  let state = seed + 1
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[at] = state >>> 24
  }
  return bytes
}

const LONG_FACTS = Object.fromEntries(
  Array.from({ length: 64 }, (_, at) => [`${at}`.repeat(30), noise(300, at).toString('hex')]),
)

type Kind = {
  readonly who: string
  /** The n-th refusal of the flood. */
  readonly of: (n: number) => Partial<Refused>
  /** Sources whose counts somebody is owed one by one. */
  readonly owed: readonly string[]
}

const fleet = Array.from({ length: 16 }, (_, n) => address(n))
const device = (n: number) => fleet[n % fleet.length] as string
const digest = (n: number) => bytes32(`packet ${n}`)
const small = (n: number) => noise(180, n)
/** What is left of a frame of 64 KB when the store gets it. */
const large = (n: number) => noise(8_192, n)

const kinds: readonly Kind[] = [
  {
    who: 'keys made on the spot, one a packet',
    of: (n) => ({ source: address(1_000 + n), standing: 'stranger', digest: digest(n), raw: small(n) }),
    owed: [],
  },
  {
    who: 'one key made on the spot, frames of 64 KB',
    of: (n) => ({ source: address(9_999), standing: 'stranger', digest: digest(n), raw: large(n) }),
    owed: [],
  },
  {
    who: 'IMEIs that nobody knows, one a packet',
    of: (n) => ({ source: `imei:${String(n).padStart(15, '3')}`, standing: 'stranger', raw: small(n) }),
    owed: [],
  },
  {
    who: 'names as long as they may be',
    of: (n) => ({ source: `${n}${'ü'.repeat(400)}`, standing: 'stranger', raw: small(n) }),
    owed: [],
  },
  {
    who: 'someone with IMEIs of registered devices',
    of: (n) => ({ source: device(n), standing: 'named', digest: digest(n), raw: small(n) }),
    owed: fleet,
  },
  {
    who: 'someone who names registered devices over HTTP, frames of 64 KB',
    of: (n) => ({ source: device(n), standing: 'named', digest: digest(n), raw: large(n) }),
    owed: fleet,
  },
  {
    who: 'registered devices, frames of 64 KB',
    of: (n) => ({ source: device(n), standing: 'device', digest: digest(n), raw: large(n) }),
    owed: fleet,
  },
  {
    who: 'a registered device, the same packet again and again',
    of: () => ({ source: address(0), standing: 'device', digest: digest(0), raw: large(0) }),
    owed: [address(0)],
  },
  {
    who: 'a registered device, facts as long as they may be',
    of: (n) => ({
      ...{ source: address(0), standing: 'device', digest: digest(n), raw: small(n) },
      facts: LONG_FACTS,
    }),
    owed: [address(0)],
  },
]

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const openHere = async () => {
  const { url, drop } = await freshDatabase()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const open = async (evidencePerHour = BUDGET) => {
    const store = await openStore(url, { evidencePerHour })
    closing.unshift(() => store.close())
    return store
  }
  closing.push(() => client.end(), drop)
  const empty = await evidenceBytesOnDisk(client)
  return { client, open, grown: async () => (await evidenceBytesOnDisk(client)) - empty }
}

/** A flood that lasts an hour from `from`. */
const groupsOf = (code: RefusalCode, { of }: Kind, from = T0): readonly (readonly Refused[])[] =>
  Array.from({ length: GROUPS }, (_, group) =>
    Array.from({ length: GROUP }, (_, n) =>
      refused({ ...of(group * GROUP + n), code, receivedAt: from + (group * hours(1)) / GROUPS }),
    ),
  )

test.each(kinds)('an hour’s flood from $who stays within the budget on disk, and is counted', async (kind) => {
  const { client, open, grown } = await openHere()
  const store = await open()
  const counted = async (from: number) => {
    const sql = 'SELECT sum(count)::int AS count FROM refusal_counts WHERE "from" >= $1'
    return (await client.query(sql, [from])).rows[0]?.count
  }
  let before = 0
  for (const [hour, code] of CODES.entries()) {
    const from = T0 + hours(hour)
    for (const group of groupsOf(code, kind, from)) await store.inbox.append(group)
    const after = await grown()
    expect(after - before, `bytes of ${code}`).toBeLessThanOrEqual(BUDGET)
    expect(await counted(from), `count of ${code}`).toBe(GROUPS * GROUP)
    for (const source of kind.owed) {
      const counts = await store.read.statusCounts({ source, from, to: from + hours(1) })
      expect(counts).toEqual(new Map([[code, (GROUPS * GROUP) / kind.owed.length]]))
    }
    before = after
  }
})

describe('the budget', () => {
  const strangers = kinds[0] as Kind
  const groups = groupsOf('MALFORMED', strangers)

  test('is one for all gateways, and for those that start anew', async () => {
    const { open, grown } = await openHere()
    for (let turn = 0; turn < 6; turn++) {
      const stores = [await open(), await open()]
      for (const group of groups)
        await Promise.all(stores.map((store) => store.inbox.append(group.map((row) => ({ ...row, receivedAt: T0 })))))
      await Promise.all(stores.map((store) => store.close()))
    }
    expect(await grown()).toBeLessThanOrEqual(BUDGET)
  })

  test('leaves room for a registered device’s evidence while strangers flood', async () => {
    const { open } = await openHere()
    const store = await open()
    for (const group of groups) await store.inbox.append(group)
    const last = T0 + (3 * hours(1)) / 4
    const row = refused({ digest: digest(1), facts: { reason: 'its own' }, receivedAt: last })
    await store.inbox.append([...(groups[12] as readonly Refused[]), row])
    const query = { source: address(1), from: T0, to: T0 + hours(1), limit: 10 }
    expect(await store.read.refusals(query)).toMatchObject([{ code: 'BAD_SIGNATURE', facts: { reason: 'its own' } }])
  })

  test('of one device leaves room for another’s', async () => {
    const { open } = await openHere()
    const store = await open()
    for (const group of groupsOf('BAD_SIGNATURE', {
      ...(kinds[6] as Kind),
      of: (n) => ({ ...kinds[6]?.of(n), source: address(0) }),
    }))
      await store.inbox.append(group)
    await store.inbox.append([refused({ source: address(5), digest: digest(1), receivedAt: T0 + hours(1) - 1 })])
    const query = { source: address(5), from: T0, to: T0 + hours(1), limit: 10 }
    expect(await store.read.refusals(query)).toHaveLength(1)
  })

  test('makes no gateway wait for another’s commit while strangers flood both', async () => {
    const { client, open } = await openHere()
    const flood = groups[0] as readonly Refused[]
    const beyond = flood.map((row) => ({ ...row, source: address(9_999) }))
    await (await open()).inbox.append([...flood, ...flood.map((row) => ({ ...row, source: `${row.source}x` }))])
    // A commit of the first gateway that is not on disk yet.
    await client.query('BEGIN')
    await client.query("SELECT 1 FROM refusal_counts WHERE source = 'strangers' FOR UPDATE")
    // Of several, since one connection in 16 shares its row.
    const others = await Promise.all(Array.from({ length: 4 }, () => open()))
    await Promise.any(others.map((other) => other.inbox.append(beyond)))
    await client.query('COMMIT')
  })

  test('is not spent by packets that were accepted', async () => {
    const { client, open } = await openHere()
    const store = await open()
    await store.inbox.append(Array.from({ length: 100 }, (_, sequence) => accepted({ sequence })))
    expect((await client.query('SELECT * FROM evidence_use')).rows).toEqual([])
  })

  test('is not outgrown by rows that count up, commit after commit', async () => {
    const { open, grown } = await openHere()
    const store = await open()
    const again = (n: number) =>
      store.inbox.append(
        fleet.map((source) => refused({ source, digest: digest(0), raw: small(0), receivedAt: T0 + n })),
      )
    await again(0)
    const before = await grown()
    for (let n = 1; n <= 300; n++) await again(n)
    expect(await grown()).toBeLessThanOrEqual(2 * before)
  })

  test('charges no row less than it takes on disk', async () => {
    const { client, open, grown } = await openHere()
    const store = await open(8 * BUDGET)
    for (const kind of kinds) for (const group of groupsOf('MALFORMED', kind)) await store.inbox.append(group)
    const { rows } = await client.query<{ bytes: string }>('SELECT sum(bytes) AS bytes FROM evidence_use')
    // Beside the rows that are charged: of 4 tables and 8 indexes a page that is not full, and the tables' maps of free space, 3 pages each.
    expect(await grown()).toBeLessThanOrEqual(Number(rows[0]?.bytes) + (4 + 8 + 4 * 3) * 8_192)
    expect(Number(rows[0]?.bytes)).toBeGreaterThan(2 * BUDGET)
  })
})
