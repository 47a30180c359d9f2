import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Files } from '../ports.ts'
import { folderFiles, memoryFiles } from './files.ts'

const root = mkdtempSync(path.join(tmpdir(), 'cairn files '))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const adapters: readonly (readonly [name: string, open: (name: string) => Files])[] = [
  ['in a folder', (name) => folderFiles(path.join(root, name, 'made where missing'))],
  ['in memory', () => memoryFiles()],
]

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe.each(adapters)('files %s', (_, open) => {
  test('give back what was put, byte for byte', async () => {
    const files = open('a')
    const all = Uint8Array.from({ length: 256 }, (_, at) => at)
    await files.put('log/0/00000001/bodies', all)
    await files.put('log/0/00000001/witnesses', new Uint8Array(0))
    expect(await files.get('log/0/00000001/bodies')).toEqual(all)
    expect(await files.get('log/0/00000001/witnesses')).toEqual(new Uint8Array(0))
  })

  test('have nothing where nothing was put', async () => {
    const files = open('b')
    await files.put('log/0/00000001/bodies', bytes('a'))
    for (const name of [
      'log',
      'log/0/00000001',
      'log/0/00000002/bodies',
      'log/0/00000001/bodies/x',
      `l${'o'.repeat(300)}g`,
    ])
      expect([name, await files.get(name)]).toEqual([name, undefined])
  })

  test('hold the last bytes put, whole', async () => {
    const files = open('c')
    await files.put('log/0/checkpoint', bytes('a long first one'))
    await files.put('log/0/checkpoint', bytes('short'))
    await files.put('log/0/checkpoint', bytes('short'))
    expect(await files.get('log/0/checkpoint')).toEqual(bytes('short'))
  })

  test('take two writers of one path at once', async () => {
    const files = open('d')
    const writers = Array.from({ length: 20 }, (_, at) => bytes(`${at}`.repeat(1_000 * (at + 1))))
    await Promise.all(writers.map((all) => files.put('log/0/checkpoint', all)))
    expect(writers).toContainEqual(await files.get('log/0/checkpoint'))
  })

  test('do not change with the array that was put or got', async () => {
    const files = open('e')
    const given = bytes('as it was')
    await files.put('log/0/checkpoint', given)
    given.fill(0)
    const got = await files.get('log/0/checkpoint')
    got?.fill(0)
    expect(await files.get('log/0/checkpoint')).toEqual(bytes('as it was'))
  })

  test.each([
    '',
    '.',
    '..',
    '../outside',
    'log/../../outside',
    'log/..',
    '/etc/passwd',
    'log//0',
    'log/',
    'log/.hidden',
    'log\\..\\outside',
    'log/%2e%2e/outside',
    'log/\u0000',
    'log/0\n',
    'LOG/0',
  ])('refuse the path %j', async (name) => {
    const files = open('f')
    await expect(files.put(name, bytes('x'))).rejects.toThrow(RangeError)
    expect(await files.get(name)).toBeUndefined()
  })
})

describe('a folder of files', () => {
  test('survives a writer that was killed: what it left is no file', async () => {
    const folder = path.join(root, 'killed')
    const files = folderFiles(folder)
    await files.put('log/checkpoint', bytes('first'))
    writeFileSync(path.join(folder, 'log', `.checkpoint.${process.pid}.0`), 'half of it')
    await files.put('log/checkpoint', bytes('second'))
    expect(await files.get('log/checkpoint')).toEqual(bytes('second'))
    expect(readdirSync(path.join(folder, 'log')).filter((name) => !name.startsWith('.'))).toEqual(['checkpoint'])
  })

  test('keeps what another process put', async () => {
    await folderFiles(path.join(root, 'shared')).put('log/0/checkpoint', bytes('there'))
    expect(await folderFiles(path.join(root, 'shared')).get('log/0/checkpoint')).toEqual(bytes('there'))
  })

  test('rejects where it cannot write', async () => {
    writeFileSync(path.join(root, 'a file'), '')
    await expect(folderFiles(path.join(root, 'a file')).put('log/x', bytes('x'))).rejects.toThrow()
  })
})
