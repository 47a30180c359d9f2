import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { takeFolder } from './folder.ts'
import { secretOf } from './keys.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'cairn folder '))
})
afterEach(() => rmSync(dir, { recursive: true }))

describe('the data folder', () => {
  test('is held by one gateway at a time', () => {
    const folder = takeFolder(dir)
    expect(() => takeFolder(dir)).toThrow(/DATA_IN_USE.*process \d+/)
    folder.release()
    takeFolder(dir).release()
  })

  test('is taken over from a killed gateway', async () => {
    const gone = spawn(process.execPath, ['-e', ''])
    await once(gone, 'exit')
    writeFileSync(path.join(dir, 'gateway.lock'), `${gone.pid} 1\n`)
    takeFolder(dir).release()
  })

  test('is taken over where a later process has the killed one’s number', () => {
    writeFileSync(path.join(dir, 'gateway.lock'), `${process.pid} 1\n`)
    takeFolder(dir).release()
  })

  test('of a newer version is refused and left as it was', () => {
    writeFileSync(path.join(dir, 'cairn.json'), '{"version":99}')
    expect(() => takeFolder(dir)).toThrow(/DATA_TOO_NEW.*99/)
    expect(readdirSync(dir)).toEqual(['cairn.json'])
  })

  test('of a version with other contracts is refused and left as it was', () => {
    writeFileSync(path.join(dir, 'cairn.json'), '{"version":1}')
    expect(() => takeFolder(dir)).toThrow(/DATA_TOO_OLD.*version 1;.*--data/)
    expect(readdirSync(dir)).toEqual(['cairn.json'])
    expect(readFileSync(path.join(dir, 'cairn.json'), 'utf8')).toBe('{"version":1}')
  })

  test('whose note is not ours is refused', () => {
    writeFileSync(path.join(dir, 'cairn.json'), 'rubbish')
    expect(() => takeFolder(dir)).toThrow(/DATA_UNUSABLE/)
  })

  test('that is a file is refused', () => {
    writeFileSync(path.join(dir, 'file'), '')
    expect(() => takeFolder(path.join(dir, 'file'))).toThrow(/DATA_UNUSABLE/)
  })
})

describe('a secret', () => {
  test('is made once and stays', () => {
    const made = secretOf(path.join(dir, 'keys'), 'operator.key')
    expect(made).toMatch(/^0x[0-9a-f]{64}$/)
    expect(secretOf(path.join(dir, 'keys'), 'operator.key')).toBe(made)
    expect(readFileSync(path.join(dir, 'keys', 'operator.key'), 'utf8').trim()).toBe(made)
  })

  test('that is no key is named, not used', () => {
    writeFileSync(path.join(dir, 'operator.key'), 'hunter2')
    expect(() => secretOf(dir, 'operator.key')).toThrow(/BAD_SETTING.*operator\.key/)
  })
})
