import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const isSource = (file: string) =>
  file.endsWith('.ts') && !/\.(test|contract)\.ts$/.test(file) && !file.includes('/generated/')

const sources = (folder: string): string[] =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => path.posix.join(folder, file.replaceAll(path.sep, '/')))
    .filter(isSource)

const text = (file: string) => readFileSync(path.join(root, file), 'utf8')

/** What a file imports: our own files as paths from the root, packages by name. */
const imports = (file: string): string[] =>
  [...text(file).matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map(([, name = '']) =>
    name.startsWith('.') ? path.posix.join(path.posix.dirname(file), name) : name,
  )

const isOurs = (name: string) => /^(devices|sdk|firmware-sim|gateway|chain|prisma|test)\//.test(name)

/** Our own imports that none of `allowed` covers. */
const strays = (files: string[], allowed: (file: string) => readonly string[]): string[] =>
  files.flatMap((file) =>
    imports(file)
      .filter((name) => isOurs(name) && !allowed(file).some((prefix) => name.startsWith(prefix)))
      .map((name) => `${file} imports ${name}`),
  )

/** Each is one step of the path, or what one step needs of the machine. None knows another. */
const stages = ['ingress', 'verify', 'store', 'log', 'settle', 'reward', 'registry', 'read', 'machine']

describe('who may import whom', () => {
  test('devices imports nothing of ours', () => {
    expect(strays(sources('devices'), () => ['devices/'])).toEqual([])
  })

  test('firmware-sim meets the gateway on the wire alone', () => {
    expect(strays(sources('firmware-sim'), () => ['firmware-sim/', 'devices/'])).toEqual([])
  })

  test('sdk imports only devices, and runs in a browser but for its command line', () => {
    expect(strays(sources('sdk'), () => ['sdk/', 'devices/'])).toEqual([])
    const browser = [...sources('sdk'), ...sources('devices')].filter((file) => file !== 'sdk/cli.ts')
    expect(browser.flatMap((file) => imports(file).filter((name) => name.startsWith('node:')))).toEqual([])
  })

  test('chain’s client imports nothing of ours', () => {
    expect(strays(['chain/client.ts'], () => ['chain/'])).toEqual([])
  })

  test('a stage imports devices, the public formats, the ports and the error table, never another stage', () => {
    const shared = [
      'devices/',
      'sdk/',
      'gateway/ports.ts',
      'gateway/errors.ts',
      'gateway/limits/',
      'chain/client.ts',
      'chain/deploy.ts',
      'chain/generated/',
    ]
    const own = (file: string) => [...shared, `${file.split('/').slice(0, 2).join('/')}/`]
    expect(
      strays(
        stages.flatMap((stage) => sources(`gateway/${stage}`)),
        own,
      ),
    ).toEqual([])
  })

  test('only assembly picks adapters', () => {
    const beside = sources('gateway').filter((file) => file.split('/').length === 2 && file !== 'gateway/main.ts')
    const allowed = (file: string) => [
      ...['devices/', 'sdk/'],
      ...beside,
      // The path on one screen joins verify to the store's port.
      ...(file === 'gateway/pipeline.ts' ? ['gateway/verify/', 'gateway/limits/'] : []),
    ]
    expect(strays(beside, allowed)).toEqual([])
  })
})

describe('what stays behind its port', () => {
  const all = ['devices', 'sdk', 'firmware-sim', 'gateway', 'chain'].flatMap(sources)
  const adapters = /^(gateway\/assembly\/|gateway\/machine\/|firmware-sim\/main\.ts|sdk\/cli\.ts)/
  const using = (pattern: RegExp) =>
    all.filter((file) => pattern.test(text(file).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')))

  test('the environment is read in config.ts alone', () => {
    expect(using(/\bprocess\.env\b/)).toEqual(['gateway/config.ts'])
  })

  test('the clock and chance are read only where adapters are picked', () => {
    expect(
      using(/\bDate\.now\(|\bMath\.random\(|\brandomBytes\(|\bnew Date\(\)/).filter((file) => !adapters.test(file)),
    ).toEqual([])
  })

  test('Prisma’s client is known to the store alone', () => {
    const knowing = all.filter((file) =>
      imports(file).some((name) => name.includes('prisma') || name.includes('/generated/client')),
    )
    expect(knowing.filter((file) => !file.startsWith('gateway/store/'))).toEqual([])
  })

  test('a log line holds an error as `err`: pino writes any other field of one as {}', () => {
    expect(using(/\b(log|events)\.(error|warn|info)\(\s*\{([^}]*,)?\s*error\s*[,:}]/)).toEqual([])
  })

  test('nothing has a name that says nothing', () => {
    expect(
      all.filter((file) =>
        /(^|\/)(utils?|helpers?|common|misc)(\.ts|\/)|(manager|service|handler|helper)\.ts$/i.test(file),
      ),
    ).toEqual([])
  })
})
