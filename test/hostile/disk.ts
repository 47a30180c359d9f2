import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'

/*
 * What a gateway keeps on disk, by what keeps it: each table with its indexes, and the files beside the database.
 */

export type Kept = Readonly<Record<string, number>>

const TABLES = `SELECT relname AS name, pg_total_relation_size(oid) AS bytes FROM pg_class
  WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`

/** PostgreSQL notes its port in the fourth line (storage.sgml, postmaster.pid). */
const urlIn = (dataDir: string): string => {
  const port = readFileSync(path.join(dataDir, 'postgres', 'cluster', 'postmaster.pid'), 'utf8').split('\n')[3]
  const password = readFileSync(path.join(dataDir, 'postgres.password'), 'utf8').trim()
  return `postgresql://cairn:${password}@127.0.0.1:${port}/postgres`
}

const tablesIn = async (dataDir: string): Promise<Kept> => {
  const client = new pg.Client({ connectionString: urlIn(dataDir) })
  client.on('error', () => {})
  await client.connect()
  try {
    const { rows } = await client.query<{ name: string; bytes: string }>(TABLES)
    return Object.fromEntries(rows.map(({ name, bytes }) => [name, Number(bytes)]))
  } finally {
    await client.end()
  }
}

const bytesIn = (file: string): number => {
  const found = statSync(file, { throwIfNoEntry: false })
  if (!found) return 0
  if (!found.isDirectory()) return found.size
  return readdirSync(file).reduce((sum, name) => sum + bytesIn(path.join(file, name)), 0)
}

/** The write-ahead log is none of it: PostgreSQL bounds it (max_wal_size) and uses its files again. */
export const measureDisk = async (dataDir: string): Promise<Kept> => {
  const files = readdirSync(dataDir).filter((name) => name !== 'postgres' && name !== 'probe')
  return {
    ...(await tablesIn(dataDir)),
    ...Object.fromEntries(files.map((name) => [`${name} (file)`, bytesIn(path.join(dataDir, name))])),
  }
}

/** What grew between two looks. */
export const growthOf = (before: Kept, after: Kept): Kept =>
  Object.fromEntries(Object.entries(after).map(([name, bytes]) => [name, bytes - (before[name] ?? 0)]))
