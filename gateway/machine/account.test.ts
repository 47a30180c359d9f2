import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { canReach, databaseAccount } from './account.ts'

const passwd =
  (...names: string[]) =>
  () =>
    names.map((name, n) => `${name}:x:${100 + n}:${200 + n}:A name:/nonexistent:/bin/false`).join('\n')

describe('who PostgreSQL runs as', () => {
  test('is the gateway’s own user, unless that is root', () => {
    expect(databaseAccount(1_000, passwd('postgres'))).toBeUndefined()
  })

  test('is postgres, else nobody', () => {
    expect(databaseAccount(0, passwd('root', 'nobody', 'postgres'))).toEqual({ name: 'postgres', uid: 102, gid: 202 })
    expect(databaseAccount(0, passwd('root', 'nobody'))).toEqual({ name: 'nobody', uid: 101, gid: 201 })
  })

  test('is told where there is neither', () => {
    expect(() => databaseAccount(0, passwd('root', 'mail'))).toThrow(/DATABASE_UNREACHABLE.*DATABASE_URL/)
  })
})

describe('reaching a folder', () => {
  const stranger = { name: 'stranger', uid: 54_321, gid: 54_321 }

  test('needs a way through every folder above it', () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'cairn-reach-'))
    const inner = path.join(dir, 'a', 'b')
    mkdirSync(inner, { recursive: true })
    chmodSync(dir, 0o755)
    expect(canReach(stranger, path.join(inner, 'not yet there'))).toBe(true)
    chmodSync(dir, 0o700)
    expect(canReach(stranger, inner)).toBe(false)
    expect(canReach({ ...stranger, uid: process.getuid?.() ?? 0 }, inner)).toBe(true)
    expect(canReach(undefined, inner)).toBe(true)
    rmSync(dir, { recursive: true })
  })
})
