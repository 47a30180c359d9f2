import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { Failure } from '../errors.ts'
import { assertDurable, connect } from './connect.ts'

/** Prisma's own lock number, so that `prisma migrate deploy` and we wait for each other. */
const LOCK = 72_707_369

/** Prisma's own table, column by column. */
const TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`

type Migration = { readonly name: string; readonly sql: string; readonly checksum: string }
type Row = { readonly migration_name: string; readonly checksum: string; readonly isFinished: boolean }

/** `prisma/migrations` beside the sources, or above the compiled output. */
const folder = (from = path.dirname(fileURLToPath(import.meta.url))): string => {
  const here = path.join(from, 'prisma', 'migrations')
  return existsSync(here) || from === path.dirname(from) ? here : folder(path.dirname(from))
}

/** In order of their names, which begin with a date. */
const known = (dir: string): readonly Migration[] =>
  readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .map((name) => {
      const sql = readFileSync(path.join(dir, name, 'migration.sql'), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    })

const applied = async (client: pg.Client): Promise<readonly Row[]> => {
  const { rows } = await client.query<{ table: string | null }>(
    `SELECT to_regclass('_prisma_migrations')::text AS table`,
  )
  if (!rows[0]?.table) return []
  const done = await client.query<Row>(
    `SELECT migration_name, checksum, finished_at IS NOT NULL AS "isFinished" FROM "_prisma_migrations" WHERE rolled_back_at IS NULL`,
  )
  return done.rows
}

/** Throws where the database is not an earlier state of this version's. Nothing is written before. */
const assertOurs = (rows: readonly Row[], migrations: readonly Migration[]): void => {
  const names = new Map(migrations.map((migration) => [migration.name, migration]))
  const strange = rows.filter((row) => !names.has(row.migration_name)).map((row) => row.migration_name)
  if (strange.length > 0) {
    throw new Failure(
      'DATA_TOO_NEW',
      `the database has migrations that this Cairn does not know: ${strange.join(', ')}`,
    )
  }
  for (const row of rows) {
    if (!row.isFinished)
      throw new Failure('DATA_UNUSABLE', `migration ${row.migration_name} was begun and never finished`)
    if (names.get(row.migration_name)?.checksum !== row.checksum) {
      throw new Failure('DATA_UNUSABLE', `migration ${row.migration_name} was changed after the database got it`)
    }
  }
}

/** A migration and its row, together or not at all. */
const apply = async (client: pg.Client, { name, sql, checksum }: Migration): Promise<void> => {
  await client.query('BEGIN')
  await client.query(sql)
  await client.query(
    `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
    [randomUUID(), checksum, name],
  )
  await client.query('COMMIT')
}

/**
 * Brings the database to this version's schema, and answers the migrations applied. Two gateways that start at once wait for each other.
 *
 * Refuses a database of a newer Cairn (DATA_TOO_NEW) or one that may lose commits (DATABASE_NOT_DURABLE), and leaves it untouched.
 */
export const migrate = async (url: string, dir = folder()): Promise<readonly string[]> => {
  const migrations = known(dir)
  const client = await connect(url)
  try {
    await assertDurable(client)
    await client.query('SELECT pg_advisory_lock($1)', [LOCK])
    const rows = await applied(client)
    assertOurs(rows, migrations)
    const names = new Set(rows.map((row) => row.migration_name))
    const pending = migrations.filter(({ name }) => !names.has(name))
    if (pending.length > 0) await client.query(TABLE)
    for (const migration of pending) await apply(client, migration)
    return pending.map(({ name }) => name)
  } finally {
    // The lock ends with the connection, and so does a transaction under way.
    await client.end()
  }
}
