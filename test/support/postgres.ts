import { randomUUID } from 'node:crypto'
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterAll } from 'vitest'
import { type Postgres, startPostgres } from '../../gateway/machine/postgres.ts'
import { endLeftovers } from '../../gateway/machine/postgres-leftovers.ts'
import { migrate } from '../../gateway/store/migrate.ts'

/** A migrated, empty database of its own. `drop` is optional: all of them end with the test file. */
export type FreshDatabase = {
  readonly url: string
  /** Empties every table: ten times quicker than another database. Close what is open on it first. */
  empty(): Promise<void>
  drop(): Promise<void>
}

type Server = { readonly postgres: Postgres; readonly dataDir: string }

const TEMPLATE = 'template_cairn'
const PREFIX = 'cairn-test-postgres-'
let server: Promise<Server> | undefined

const databaseAt = (url: string, name: string): string => {
  const at = new URL(url)
  at.pathname = `/${name}`
  return at.href
}

const administer = async (url: string, sql: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** What killed test runs left behind: the folder's name says whose it was. */
const sweep = async (): Promise<void> => {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const dir = path.join(tmpdir(), name)
    const owner = statSync(dir, { throwIfNoEntry: false })?.uid
    if (isAlive(Number.parseInt(name.slice(PREFIX.length), 10)) || owner !== process.getuid?.()) continue
    try {
      await endLeftovers(path.join(dir, 'postgres', 'cluster'))
      rmSync(dir, { recursive: true, force: true })
    } catch {
      // Another test file sweeps it at the same time.
    }
  }
}

const start = async (): Promise<Server> => {
  await sweep()
  const dataDir = mkdtempSync(path.join(tmpdir(), `${PREFIX}${process.pid}-`))
  // For root: PostgreSQL's user must be able to enter, or the database lands elsewhere and outlives this folder.
  chmodSync(dataDir, 0o755)
  const postgres = await startPostgres({ dataDir, log: { info: () => {}, warn: () => {} } })
  await administer(postgres.url, `CREATE DATABASE ${TEMPLATE}`)
  await migrate(databaseAt(postgres.url, TEMPLATE))
  return { postgres, dataDir }
}

/** One server per test file, started by the first call. */
const shared = (): Promise<Server> => {
  server ??= start()
  return server
}

afterAll(async () => {
  if (!server) return
  const { postgres, dataDir } = await server
  server = undefined
  await postgres.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

/** Deleting, not truncating: that would make every file of every partition anew. The setting lets foreign keys be. */
const EMPTY = `DO $$ DECLARE name text; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition
    AND relnamespace = 'public'::regnamespace AND relname <> '_prisma_migrations'
  LOOP EXECUTE format('DELETE FROM %I', name); END LOOP; END $$`

/** A copy of a database that was migrated once: tens of milliseconds each. */
export const freshDatabase = async (): Promise<FreshDatabase> => {
  const { postgres } = await shared()
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await administer(postgres.url, `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`)
  return {
    url: databaseAt(postgres.url, name),
    empty: () => administer(databaseAt(postgres.url, name), EMPTY),
    drop: () => administer(postgres.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  }
}

/** The server itself, for tests that kill it. */
export const testServer = async (): Promise<Postgres> => (await shared()).postgres
