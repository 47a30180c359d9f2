import pg from 'pg'
import { afterEach, describe, expect, test } from 'vitest'
import { freshDatabase, testServer } from '../../test/support/postgres.ts'
import { accepted, address, refused, T0 } from './contract/samples.contract.ts'
import { openStore } from './postgres.ts'
import type { Store } from './store.ts'

const opened: Store[] = []
const open = async (url: string): Promise<Store> => {
  const store = await openStore(url)
  opened.push(store)
  return store
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()))
})

const query = async (url: string, sql: string): Promise<pg.QueryResult> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await client.query(sql)
  } finally {
    await client.end()
  }
}

const changed = (url: string, change: (at: URL) => void): string => {
  const at = new URL(url)
  change(at)
  return at.href
}

/** Asks until it answers; the test's own time limit is the end of patience. */
const until = async <T>(ask: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await ask()
    } catch {
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

describe('a database that cannot be opened', () => {
  test.each<[string, (at: URL) => void]>([
    ['listens on another port', (at) => (at.port = '1')],
    ['has another password', (at) => (at.password = 'hunter2')],
    ['has another user', (at) => (at.username = 'nobody')],
    ['has another name', (at) => (at.pathname = '/none')],
    ['is on a host that does not exist', (at) => (at.hostname = 'nowhere.invalid')],
  ])('%s: told with its place, never with the password', async (_, change) => {
    const url = changed((await freshDatabase()).url, change)
    const { hostname, port, pathname, password } = new URL(url)
    const failure = await openStore(url).catch((error) => error)
    expect(failure).toMatchObject({ code: 'DATABASE_UNREACHABLE' })
    expect(failure.detail).toContain(`${hostname}:${port}${pathname}`)
    expect(JSON.stringify([failure, failure.message, failure.stack, failure.cause])).not.toContain(password)
  })

  test('may lose commits', async () => {
    const { url } = await freshDatabase()
    await query(url, `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET synchronous_commit = off`)
    await expect(openStore(url)).rejects.toMatchObject({ code: 'DATABASE_NOT_DURABLE' })
  })
})

describe('a database that goes away and comes back', () => {
  test('acknowledges nothing meanwhile, loses nothing acknowledged, and the store heals by itself', async () => {
    const { url } = await freshDatabase()
    const store = await open(url)
    const server = await testServer()
    const acknowledged: bigint[] = []
    const send = async (sequence: bigint) => {
      await store.inbox.append([accepted({ sequence })])
      acknowledged.push(sequence)
    }
    for (let n = 1n; n <= 20n; n++) await send(n)
    const under = Array.from({ length: 20 }, (_, n) => send(BigInt(n + 21)))
    server.kill()
    const ends = await Promise.allSettled(under)
    for (const end of ends)
      if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'DATABASE_UNREACHABLE' })
    await until(() => store.inbox.append([accepted({ sequence: 99 })]))
    const stored = new Set((await store.log.pending(0, 100)).map(({ sequence }) => sequence))
    expect(acknowledged.filter((sequence) => !stored.has(sequence))).toEqual([])
  })

  test('tells every port’s failure as DATABASE_UNREACHABLE', async () => {
    const { url, drop } = await freshDatabase()
    const store = await open(url)
    expect(await store.log.head(0)).toBeUndefined()
    await drop()
    const asked = [
      () => store.inbox.append([accepted()]),
      () => store.log.head(0),
      () => store.log.tiles(0, []),
      () => store.log.whileOwning(0, async () => 1),
      () => store.calls.open(),
      () => store.settle.unsettled(0, 1),
      () => store.rewards.latest(),
      () =>
        store.rewards.putClaims([
          {
            epoch: 1n,
            device: address(1),
            term: 1,
            cumulative: 1n,
            amount: 1n,
            holder: address(2),
            transaction: '0x00',
            block: 1n,
          },
        ]),
      () => store.evidence.sweep(T0),
      () => store.evidence.bytes(),
      () => store.registry.registrations(),
      () => store.read.counts(),
      () => store.journal.append({ hash: '0x00', raw: '0x00' }),
      () => store.journal.forget('0x00'),
      () => store.journal.all()[Symbol.asyncIterator]().next(),
    ]
    for (const ask of asked) await expect(ask()).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' })
  })

  test('gives a lane free when its owner’s connection is cut, and the owner can own it again', async () => {
    const { url } = await freshDatabase()
    const [owner, other] = [await open(url), await open(url)]
    const end = await owner.log.whileOwning(0, async () => {
      await query(url, `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'`)
      return until(async () => {
        const next = await other.log.whileOwning(0, async () => 'the other owns it')
        if (next === undefined) throw new Error('not yet')
        return next
      })
    })
    expect(end).toBe('the other owns it')
    expect(await until(() => owner.log.whileOwning(0, async () => 'again'))).toBe('again')
  })
})

describe('a commit whose answer was lost', () => {
  test('can be done again: the packet is acknowledged and counts once', async () => {
    const { url } = await freshDatabase()
    const store = await open(url)
    const group = [accepted(), accepted({ sequence: 2 })]
    await store.inbox.append(group)
    expect(await store.inbox.append(group)).toEqual(['SEQUENCE_SEEN', 'SEQUENCE_SEEN'])
    expect((await store.read.counts()).packets).toBe(2n)
  })
})

describe('packets', () => {
  test('lie in the partition of their month, and the next month’s is made ahead', async () => {
    const { url } = await freshDatabase()
    const store = await open(url)
    await store.inbox.append([accepted({ receivedAt: T0 })])
    const { rows } = await query(
      url,
      `SELECT inhrelid::regclass::text AS name, pg_get_expr(relpartbound, oid) AS bound FROM pg_inherits JOIN pg_class ON oid = inhrelid
       WHERE inhparent = 'packets'::regclass ORDER BY 1`,
    )
    expect(rows.map(({ name }) => name)).toEqual(['packets_2025_11', 'packets_2025_12'])
    expect(rows[0].bound).toBe(`FOR VALUES FROM ('${Date.UTC(2025, 10)}') TO ('${Date.UTC(2025, 11)}')`)
    expect((await query(url, 'SELECT count(*)::int AS n FROM packets_2025_11')).rows).toEqual([{ n: 1 }])
  })

  test('of a month that several gateways meet at once get one partition', async () => {
    const { url } = await freshDatabase()
    const stores = await Promise.all([open(url), open(url), open(url)])
    const outcomes = await Promise.all(stores.map((store, sequence) => store.inbox.append([accepted({ sequence })])))
    expect(outcomes.flat()).toEqual(['ACCEPTED', 'ACCEPTED', 'ACCEPTED'])
  })
})

describe('evidence', () => {
  test('is kept up to 8 KB of a device, less of a stranger, none of what is stored', async () => {
    const { url } = await freshDatabase()
    const store = await open(url)
    const raw = new Uint8Array(65_536)
    await store.inbox.append([accepted()])
    await store.inbox.append([
      refused({ code: 'TOO_LARGE', raw }),
      refused({ code: 'UNKNOWN_DEVICE', source: 'imei:1', standing: 'stranger', raw }),
      accepted(),
    ])
    const { rows } = await query(url, 'SELECT code, length(raw) AS bytes FROM refusals ORDER BY code')
    expect(rows).toEqual([
      { code: 'SEQUENCE_SEEN', bytes: 0 },
      { code: 'TOO_LARGE', bytes: 8_192 },
      { code: 'UNKNOWN_DEVICE', bytes: 512 },
    ])
  })
})
