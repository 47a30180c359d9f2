import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openCounter } from './flash.ts'

let folder: string
const file = () => path.join(folder, 'device', 'sequence')
const open = (first = 1n, ahead = 4n) => openCounter(file(), { first, ahead })

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cairn-flash-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('the counter', () => {
  test('starts at its first number and rises by one', async () => {
    const counter = await open(100n)
    expect([await counter.next(), await counter.next(), await counter.next()]).toEqual([100n, 101n, 102n])
  })

  test('gives each number once, when asked many times at once', async () => {
    const counter = await open()
    const given = await Promise.all(Array.from({ length: 50 }, () => counter.next()))
    expect(given).toEqual(Array.from({ length: 50 }, (_, index) => BigInt(index + 1)))
  })

  test('never gives a number again after a restart, whenever the power goes', async () => {
    const given = new Set<bigint>()
    for (let restarts = 0; restarts < 10; restarts++) {
      const counter = await open()
      for (let count = 0; count <= restarts % 6; count++) {
        const number = await counter.next()
        expect(given.has(number)).toBe(false)
        given.add(number)
      }
    }
  })

  test('has reserved a number on disk before it gives it', async () => {
    const counter = await open()
    for (let count = 0; count < 9; count++) {
      const number = await counter.next()
      expect(BigInt(await readFile(file(), 'utf8'))).toBeGreaterThan(number)
    }
  })

  test('jumps forward where the clock is ahead, and never back', async () => {
    const counter = await open()
    expect(await counter.next(1_000n)).toBe(1_000n)
    expect(await counter.next(900n)).toBe(1_001n)
    expect(await (await open()).next(900n)).toBeGreaterThan(1_001n)
  })

  test('does not guess where its file is spoilt', async () => {
    await (await open()).next()
    await writeFile(file(), 'garbage')
    await expect(open()).rejects.toThrow('must hold one decimal number')
  })
})
