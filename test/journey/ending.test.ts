import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { descendantsNamed, freePorts, type Ports, removeData } from '../support/gateway-process.ts'
import { eventually } from '../support/whole-gateway.ts'

/*
 * Whatever ends a gateway, nothing that it started is left: PostgreSQL, the sub-chain, both fleets, the processes between npm and it.
 */

const root = fileURLToPath(new URL('../..', import.meta.url))

/** `/usr/bin/script` gives a command a terminal of its own; its death closes that. */
const SCRIPT = '/usr/bin/script'

let parent: string
let dataDir: string
let ports: Ports
beforeAll(async () => {
  parent = mkdtempSync(path.join(tmpdir(), 'cairn-ending-'))
  dataDir = path.join(parent, 'data')
  ports = await freePorts()
})
/** What a test that failed left. */
afterEach(async () => {
  for (const pid of workingOnData()) process.kill(pid, 'SIGKILL')
  await eventually('the end of what was left', () => workingOnData().length === 0)
})
afterAll(() => {
  removeData(dataDir)
  removeData(parent)
})

const read = (look: () => string): string => {
  try {
    return look()
  } catch {
    return ''
  }
}

/** Processes that are no zombies, with what tells them from a later process of the same number. */
const identityOf = (pid: number): string => {
  const fields =
    read(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
      .split(') ')
      .at(-1)
      ?.split(' ') ?? []
  return fields[0] === 'Z' ? '' : (fields[19] ?? '')
}

/** The database lies elsewhere when PostgreSQL's user may not enter the data folder. */
const databaseDir = (): string =>
  read(() => readFileSync(path.join(dataDir, 'postgres.location'), 'utf8')).trim() || path.join(dataDir, 'postgres')

/** By data folder: in the command line, or where it stands. */
const workingOnData = (): number[] => {
  const places = [dataDir, databaseDir()]
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      const words =
        read(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) + read(() => readlinkSync(`/proc/${pid}/cwd`))
      return places.some((place) => words.includes(place)) && identityOf(Number(pid)) !== ''
    })
    .map(Number)
}

type Started = { readonly child: ChildProcess; readonly gateway: number; readonly output: () => string }

const names = ['npm start', 'sh', 'node', 'MainThread', 'anvil', 'postgres']

/** Every process below, by parent id, with its identity. */
const family = (pid: number): ReadonlyMap<number, string> =>
  new Map([pid, ...names.flatMap((name) => descendantsNamed(pid, name))].map((each) => [each, identityOf(each)]))

const alive = (processes: ReadonlyMap<number, string>): number[] =>
  [...processes].filter(([pid, identity]) => identityOf(pid) === identity && identity !== '').map(([pid]) => pid)

const flags = (): string[] => [
  ...['--data', dataDir, '--port', `${ports.http}`],
  ...['--mqtt-port', `${ports.mqtt}`, '--chain-port', `${ports.chain}`],
]

const run = async (command: string, args: readonly string[]): Promise<Started> => {
  const child = spawn(command, args, {
    cwd: root,
    // As from a person's shell: we may be run by npm ourselves.
    env: { ...process.env, npm_lifecycle_event: '', CAIRN_SIM_PEBBLES: '1', CAIRN_SIM_TRACKERS: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += text))
  const file = path.join(dataDir, 'running.json')
  const gateway = await eventually('a running gateway', () => {
    if (child.exitCode !== null) throw new Error(`it ended: ${output.slice(-2_000)}`)
    const { pid } = JSON.parse(read(() => readFileSync(file, 'utf8')) || '{}') as { pid?: number }
    return pid !== undefined && identityOf(pid) !== '' && output.includes('Ctrl-C ends all of it') && pid
  })
  return { child, gateway, output: () => output }
}

const npm = () => run('npm', ['start', '--', ...flags()])

/** Of what ran, nothing runs; what stood in the folder is gone. */
const nothingIsLeft = async (processes: ReadonlyMap<number, string>): Promise<void> => {
  await eventually(
    'the end of all that was started',
    () => alive(processes).length === 0 && workingOnData().length === 0,
  )
  // An orderly end, not a kill that the next start has to clean up.
  expect(existsSync(path.join(databaseDir(), 'cluster', 'postmaster.pid'))).toBe(false)
}

describe.skipIf(process.platform !== 'linux')('nothing is left running', () => {
  test('after kill -9 of the gateway alone', async () => {
    const { child, gateway } = await run(process.execPath, ['--import', 'tsx', 'gateway/main.ts', ...flags()])
    const all = family(gateway)
    for (const name of ['anvil', 'postgres']) expect(descendantsNamed(gateway, name), name).not.toEqual([])
    child.kill('SIGKILL')
    await once(child, 'exit')
    await nothingIsLeft(all)
  })

  test.each(['SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('after %s to npm alone', async (signal) => {
    const { child, gateway, output } = await npm()
    const all = family(child.pid ?? 0)
    expect(all.has(gateway)).toBe(true)
    child.kill(signal)
    await nothingIsLeft(all)
    expect(existsSync(path.join(dataDir, 'gateway.lock'))).toBe(false)
    expect(output()).toMatch(/cairn: ended\n$/)
  })

  test('after kill -9 of what npm runs, which runs the gateway', async () => {
    const { child, gateway, output } = await npm()
    const all = family(child.pid ?? 0)
    const starter = [...all.keys()].find((pid) =>
      read(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).includes('\0gateway/start.mjs'),
    )
    expect(starter).not.toBe(gateway)
    process.kill(starter ?? 0, 'SIGKILL')
    await nothingIsLeft(all)
    expect(output()).toMatch(/cairn: ended\n/)
  })

  test.skipIf(!existsSync(SCRIPT))('after its terminal was closed', async () => {
    const { child, gateway } = await run(SCRIPT, ['-qfec', `npm start -- ${flags().join(' ')}`, '/dev/null'])
    const all = family(child.pid ?? 0)
    expect(all.has(gateway)).toBe(true)
    child.kill('SIGKILL')
    await nothingIsLeft(all)
    expect(existsSync(path.join(dataDir, 'gateway.lock'))).toBe(false)
  })
})
