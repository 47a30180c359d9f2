import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { monthOf } from './postgres/partitions.ts'

const prisma = path.join(import.meta.dirname, '../../prisma')

test('the generated client is what schema.prisma gives now', () => {
  const { stderr, status } = spawnSync(process.execPath, [path.join(prisma, 'generate.mjs'), '--check'], {
    encoding: 'utf8',
  })
  expect([stderr, status]).toEqual(['', 0])
}, 60_000)

test('every table of the schema is made by a migration', () => {
  const tables = [...readFileSync(path.join(prisma, 'schema.prisma'), 'utf8').matchAll(/@@map\("(\w+)"\)/g)]
  const sql = readdirSync(path.join(prisma, 'migrations'))
    .filter((name) => /^\d/.test(name))
    .map((name) => readFileSync(path.join(prisma, 'migrations', name, 'migration.sql'), 'utf8'))
    .join('\n')
  expect(tables.map(([, name]) => name).filter((name) => !sql.includes(`CREATE TABLE "${name}"`))).toEqual([])
})

test('months go from their first millisecond to the next month’s', () => {
  expect(monthOf(Date.UTC(2025, 11, 31, 23, 59, 59, 999))).toEqual({
    ...{ name: 'packets_2025_12', from: Date.UTC(2025, 11), until: Date.UTC(2026, 0) },
  })
  expect(monthOf(Date.UTC(2025, 11, 1), 1).name).toBe('packets_2026_01')
})
