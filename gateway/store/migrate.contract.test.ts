import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase } from '../../test/support/postgres.ts'
import { migrate } from './migrate.ts'

let url: string
let dir: string

const query = async (sql: string) => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

const put = (name: string, sql: string) => {
  mkdirSync(path.join(dir, name), { recursive: true })
  writeFileSync(path.join(dir, name, 'migration.sql'), sql)
}

beforeEach(async () => {
  url = (await freshDatabase()).url
  dir = mkdtempSync(path.join(tmpdir(), 'cairn-migrations-'))
  const ours = path.join(import.meta.dirname, '../../prisma/migrations')
  for (const name of readdirSync(ours).filter((entry) => /^\d/.test(entry))) {
    put(name, readFileSync(path.join(ours, name, 'migration.sql'), 'utf8'))
  }
})
afterEach(() => rmSync(dir, { recursive: true }))

describe('migrating', () => {
  test('does nothing the second time', async () => {
    expect(await migrate(url)).toEqual([])
  })

  test('applies what is new, once, where two gateways start together', async () => {
    put('30000101000000_more', 'CREATE TABLE more (id int)')
    const both = await Promise.all([migrate(url, dir), migrate(url, dir)])
    expect(both.flat()).toEqual(['30000101000000_more'])
  })

  test('leaves nothing of a migration that fails', async () => {
    put('30000101000000_more', 'CREATE TABLE more (id int); SELECT 1/0')
    await expect(migrate(url, dir)).rejects.toMatchObject({ code: '22012' })
    expect(await query(`SELECT to_regclass('more') AS more`)).toEqual([{ more: null }])
    expect(await migrate(url)).toEqual([])
  })

  test('refuses a database of a newer version and leaves it as it was', async () => {
    put('30000101000000_newer', 'CREATE TABLE newer (id int)')
    await migrate(url, dir)
    const before = await query('SELECT * FROM _prisma_migrations')
    await expect(migrate(url)).rejects.toMatchObject({ code: 'DATA_TOO_NEW', detail: expect.stringContaining('newer') })
    expect(await query('SELECT * FROM _prisma_migrations')).toEqual(before)
  })

  test('refuses a database whose migration was another', async () => {
    await query(`UPDATE _prisma_migrations SET checksum = 'other'`)
    await expect(migrate(url)).rejects.toMatchObject({ code: 'DATA_UNUSABLE' })
  })

  test('refuses a database that may lose commits', async () => {
    const database = new URL(url).pathname.slice(1)
    await query(`ALTER DATABASE ${database} SET synchronous_commit = off`)
    await expect(migrate(url)).rejects.toMatchObject({
      code: 'DATABASE_NOT_DURABLE',
      detail: 'synchronous_commit off',
    })
  })
})
