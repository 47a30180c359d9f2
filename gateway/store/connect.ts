import pg from 'pg'
import type { Millis } from '../../devices/units.ts'
import { Failure } from '../errors.ts'

/** Longer than a failover of a managed PostgreSQL takes to refuse; shorter than a device waits for its PUBACK. */
const CONNECT_TIMEOUT: Millis = 5_000
/** A batch of 65,536 records on a slow disk; beyond it the server counts as gone. */
const QUERY_TIMEOUT: Millis = 60_000

const settings = (url: string) => ({
  connectionString: url,
  connectionTimeoutMillis: CONNECT_TIMEOUT,
  query_timeout: QUERY_TIMEOUT,
  keepAlive: true,
  application_name: 'cairn',
})

/** Where the database is, as it may be shown to anyone: never its user or password. */
const placeOf = (url: string): string => {
  const { hostname, port, pathname } = new URL(url)
  return `${decodeURIComponent(hostname)}:${port || 5432}${pathname}`
}

/** SQLSTATE classes and codes that say nothing about the query: the connection, the login, the server's state or its resources. */
const AWAY = /^(08|28|53|57P|58|3D000|25006)/

/** Prisma's codes for the same; what a connection of `pg` itself throws carries no SQLSTATE at all. */
const PRISMA_AWAY = /^P(10\d\d|2024|2037)$/

const isMistake = (error: Error): boolean =>
  error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError || error instanceof Failure

const isAway = (error: unknown): boolean => {
  if (error instanceof pg.DatabaseError) return AWAY.test(error.code ?? '')
  if (!(error instanceof Error) || isMistake(error)) return false
  const { code, cause } = error as { code?: unknown; cause?: { originalCode?: unknown } }
  if (typeof cause?.originalCode === 'string' && AWAY.test(cause.originalCode)) return true
  if (error.name.startsWith('Prisma')) return typeof code === 'string' && PRISMA_AWAY.test(code)
  return true
}

const secretless = (url: string, message: string): string => {
  const { password } = new URL(url)
  return password ? message.replaceAll(decodeURIComponent(password), '…').replaceAll(password, '…') : message
}

/** `query_canceled`: the server gave a read up. */
const isGivenUp = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '57014'

/** What a database error is to the rest of the gateway: DATABASE_UNREACHABLE with the host, or itself. The cause stays out, it may hold the URL. */
export const failureOf =
  (url: string) =>
  (error: unknown): unknown => {
    if (isGivenUp(error)) return new Failure('OVERLOADED', `a read took longer than ${READ_TIMEOUT} ms`)
    if (!isAway(error)) return error
    const { code, message } = error as { code?: string; message: string }
    return new Failure('DATABASE_UNREACHABLE', `${placeOf(url)}: ${secretless(url, message || code || 'no answer')}`)
  }

/** One connection of its own, for what must not share: locks, migrations. */
export const connect = async (url: string): Promise<pg.Client> => {
  const client = new pg.Client(settings(url))
  // Without a listener a lost idle connection would end the process; the next query rejects and tells.
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  } catch (error) {
    await client.end().catch(() => {})
    throw failureOf(url)(error)
  }
}

/** Enough for a group commit under way, the next one, a batch being cut, and readers. */
const POOL_SIZE = 10

/** Readers wait for each other, never for a packet's connection, nor a packet for theirs. */
const READERS = 3
/** A read is some milliseconds; one that is not is given up by the server, whoever asked for it. */
const READ_TIMEOUT: Millis = 2_000

/** Shared by raw queries and Prisma. It replaces lost connections by itself. */
export const openPool = (url: string): pg.Pool => poolOf({ ...settings(url), max: POOL_SIZE })

/** For what people ask: few connections of its own, which can change nothing, and a time after which the server gives up. */
export const openReaders = (url: string): pg.Pool =>
  poolOf({
    ...settings(url),
    application_name: 'cairn readers',
    max: READERS,
    statement_timeout: READ_TIMEOUT,
    options: '-c default_transaction_read_only=on',
  })

const poolOf = (config: pg.PoolConfig): pg.Pool => {
  const pool = new pg.Pool(config)
  pool.on('error', () => {})
  // The pool listens only to those that rest. One that is lost while it is lent, between two queries, would end the process.
  pool.on('connect', (client) => {
    client.on('error', () => {})
  })
  return pool
}

/**
 * Runs `work` in one transaction. After any failure the connection is thrown away: a query that timed out may still be running on it.
 */
export const inTransaction = async <T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const result = await work(client)
    await client.query('COMMIT')
    client.release()
    return result
  } catch (error) {
    client.release(true)
    throw error
  }
}

/** Promise 1 rests on it: refuses a server that acknowledges commits before they are on disk. */
export const assertDurable = async (client: pg.Client | pg.Pool): Promise<void> => {
  const { rows } = await client.query<{ name: string; setting: string }>(
    `SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit') AND setting = 'off'`,
  )
  if (rows.length === 0) return
  throw new Failure('DATABASE_NOT_DURABLE', `${rows.map(({ name }) => name).join(' and ')} off`)
}
