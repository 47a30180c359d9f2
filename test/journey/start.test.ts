import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createPublicClient, http } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readLane } from '../../chain/client.ts'
import { descendantsNamed, freePorts, type Ports, removeData } from '../support/gateway-process.ts'
import { type Batch, batchesOf, eventually, type Json, startWhole, type Whole } from '../support/whole-gateway.ts'

/*
 * `npm start` as a person meets it: what it prints, what it leaves, and what it says when it cannot.
 */

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Short, so that rewards come within a test's patience. */
const EPOCH = { CAIRN_EPOCH_SECONDS: '10' }

let whole: Whole
beforeAll(async () => {
  // Its own fleet: three Pebbles, three trackers.
  whole = await startWhole(EPOCH, [])
})
afterAll(() => whole?.remove())

const isAlive = (pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** In the order in which they ended. */
const endings = async (pids: readonly number[], stop: Promise<unknown>): Promise<readonly number[]> => {
  const gone: number[] = []
  let isStopping = true
  const stopped = stop.finally(() => {
    isStopping = false
  })
  while (isStopping) {
    gone.push(...pids.filter((pid) => !gone.includes(pid) && !isAlive(pid)))
    await wait(2)
  }
  await stopped
  return [...gone, ...pids.filter((pid) => !gone.includes(pid) && !isAlive(pid))]
}

const batches = () => batchesOf(whole)
const devices = async () => (await whole.get<{ devices: readonly Json[] }>('/v1/devices', '')).body.devices
const lane = async () => {
  const { ledger } = await whole.network()
  return readLane(createPublicClient({ transport: http(whole.process.rpcUrl) }), ledger, 0)
}

describe('what cannot start says why in one line, and touches nothing:', () => {
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    new Promise<{ code: unknown; lines: readonly string[] }>((resolve) => {
      const command = ['gateway/start.mjs', '--no-sim', ...args]
      execFile(process.execPath, command, { cwd: root, env: { ...process.env, ...env } }, (error, _, stderr) =>
        resolve({ code: error?.code ?? 0, lines: stderr.split('\n').filter(Boolean) }),
      )
    })
  const flagsOf = ({ http, mqtt, chain }: Ports) =>
    Object.entries({ '--port': http, '--mqtt-port': mqtt, '--chain-port': chain }).flatMap(([flag, port]) => [
      flag,
      `${port}`,
    ])
  const listed = (dir: string) => readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort()

  let dir: string
  beforeAll(() => {
    dir = mkdtempSync(path.join(tmpdir(), 'cairn-start-'))
  })
  afterAll(() => removeData(dir))

  /** A folder that is not there, for whatever must be found out before it is made. */
  const refused = async (
    code: string,
    words: string,
    change: Partial<Ports>,
    env: Readonly<Record<string, string>> = {},
  ) => {
    const dataDir = path.join(dir, `${code} ${words.replaceAll('/', '')}`)
    const ports = { ...(await freePorts()), ...change }
    const answer = await run(['--data', dataDir, ...flagsOf(ports)], env)
    expect(answer).toEqual({ code: 1, lines: [expect.stringMatching(new RegExp(`^cairn: ${code}: .*${words}`))] })
    expect(existsSync(dataDir)).toBe(false)
  }

  test('ports that are taken, all three', async () => {
    const servers = await Promise.all(
      ['HTTP', 'MQTT', 'chain'].map(async (name) => {
        const server = createServer().listen(0, '127.0.0.1')
        await once(server, 'listening')
        const address = server.address()
        return { name, server, port: typeof address === 'object' && address ? address.port : 0 }
      }),
    )
    const [http = 0, mqtt = 0, chain = 0] = servers.map(({ port }) => port)
    const words = servers.map(({ name, port }) => `${name} port ${port}`).join(', ')
    await refused('PORT_TAKEN', words, { http, mqtt, chain })
    for (const { server } of servers) server.close()
  })

  test('a database that does not answer', async () => {
    const { http } = await freePorts()
    await refused(
      'DATABASE_UNREACHABLE',
      `127.0.0.1:${http}/cairn`,
      {},
      {
        DATABASE_URL: `postgresql://ada:secret@127.0.0.1:${http}/cairn`,
      },
    )
  })

  test('a chain that does not answer', async () => {
    const { http } = await freePorts()
    await refused(
      'CHAIN_UNREACHABLE',
      `127.0.0.1:${http}`,
      {},
      { CHAIN_RPC_URL: `http://127.0.0.1:${http}`, CHAIN_ID: '4690' },
    )
  })

  test('a chain of another id', () =>
    refused('WRONG_CHAIN', 'is chain 246900, not 4690', {}, { CHAIN_RPC_URL: whole.process.rpcUrl, CHAIN_ID: '4690' }))

  test('settings that are wrong, all of them', () =>
    refused('BAD_SETTING', 'CAIRN_DEMO.*CAIRN_BATCH_SECONDS', {}, { CAIRN_BATCH_SECONDS: 'soon', CAIRN_DEMO: 'maybe' }))

  test('data of a newer version', async () => {
    const dataDir = path.join(dir, 'newer')
    mkdirSync(dataDir)
    writeFileSync(path.join(dataDir, 'cairn.json'), '{"version":99}\n')
    const { code, lines } = await run(['--data', dataDir, ...flagsOf(await freePorts())])
    expect({ code, lines }).toEqual({ code: 1, lines: [expect.stringMatching(/^cairn: DATA_TOO_NEW: .*version 99/)] })
    expect(listed(dataDir)).toEqual(['cairn.json'])
    expect(readFileSync(path.join(dataDir, 'cairn.json'), 'utf8')).toBe('{"version":99}\n')
  })

  test('a second gateway on the same folder', async () => {
    const still = () => readdirSync(whole.dataDir).sort()
    const before = still()
    const { code, lines } = await run(['--data', whole.dataDir, ...flagsOf(await freePorts())])
    const words = new RegExp(`^cairn: DATA_IN_USE: process ${whole.process.pid} uses `)
    expect({ code, lines }).toEqual({ code: 1, lines: [expect.stringMatching(words)] })
    expect(still()).toEqual(before)
    expect((await whole.get('/v1/health', '')).body).toMatchObject({ status: 'ok' })
  })

  test('(--help lists every setting that is read)', async () => {
    const source = readFileSync(path.join(root, 'gateway/config.ts'), 'utf8')
    const names = [...source.matchAll(/^ {2}(CAIRN_\w+|CHAIN_\w+|DATABASE_URL): \{/gm)].map(([, name = '']) => name)
    const help = await new Promise<string>((resolve) => {
      execFile(process.execPath, ['gateway/start.mjs', '--help'], { cwd: root }, (_, stdout) => resolve(stdout))
    })
    expect(names.length).toBeGreaterThan(20)
    for (const name of [...names, '--data', '--port', '--mqtt-port', '--chain-port', '--no-sim'])
      expect(help).toContain(name)
  })
})

describe('the first start', () => {
  test('pairs its fleet, settles its readings, ends an epoch and pays a claim, in that order', async () => {
    await eventually('a paid claim', async () => {
      await whole.get('/v1/health', '')
      return whole.process.output().includes('claims paid')
    })
    const told = whole.process.output()
    expect(told).toMatch(/\d+ packets acknowledged: \d+ accepted, 0 refused/)
    const order = ['Cairn runs', 'batch 1 settled', 'final: ', 'claims paid'].map((words) => told.indexOf(words))
    expect(order).not.toContain(-1)
    expect(order).toEqual(order.toSorted((a, b) => a - b))
    const found = await devices()
    expect(found.map(({ model }) => model).sort()).toEqual([
      ...Array(3).fill('pebble-riverrock'),
      ...Array(3).fill('tracker-1'),
    ])
    // A claim may be paid before each device has sent.
    await eventually('a reading of the first device', async () => {
      const { body } = await whole.get<{ readings: readonly Json[] }>(`/v1/devices/${found[0]?.address}/readings`)
      return body.readings.length > 0
    })
  })
})

test('no secret is told: not at the terminal, not by /metrics, not by the network', async () => {
  const names = ['operator.key', 'log.key', 'manufacturer.key', 'demo-owner.key', 'demo-owner.token']
  const told = [
    whole.process.output(),
    await (await fetch(`${whole.process.url}/metrics`)).text(),
    JSON.stringify((await whole.get('/v1/network', '')).body),
  ].join('\n')
  for (const name of names) expect(told).not.toContain(whole.secret(name).slice(2))
  const password = readFileSync(path.join(whole.dataDir, 'postgres.password'), 'utf8').trim()
  expect(password.length).toBeGreaterThan(15)
  expect(told).not.toContain(password)
})

describe('Ctrl-C', () => {
  let before: { network: object; batches: readonly Batch[]; devices: readonly Json[]; packets: bigint }

  test('ends all that it started, in reverse: the fleet, the sub-chain, the database', async () => {
    const { pid } = whole.process
    const fleets = descendantsNamed(pid, 'node')
    const [anvil] = descendantsNamed(pid, 'anvil')
    const [postgres] = descendantsNamed(pid, 'postgres')
    expect([fleets.length, anvil, postgres]).toEqual([2, expect.any(Number), expect.any(Number)])
    const all = [...fleets, ...descendantsNamed(pid, 'anvil'), ...descendantsNamed(pid, 'postgres')]
    before = {
      network: await whole.network(),
      batches: await batches(),
      devices: await devices(),
      packets: BigInt(String((await whole.get('/v1/counts', '')).body.packets)),
    }

    const stopping = whole.process.stop()
    const ended = await endings([...fleets, anvil ?? 0, postgres ?? 0], stopping)
    expect(await stopping).toBe(0)
    expect(ended).toHaveLength(4)
    expect(ended.slice(-2)).toEqual([anvil, postgres])
    expect(all.filter(isAlive)).toEqual([])
    expect(whole.process.output()).toMatch(/cairn: ended\n$/)
    expect(existsSync(path.join(whole.dataDir, 'gateway.lock'))).toBe(false)
  })

  test('and the next start goes on: the same contracts, the same log and its next batch, nobody paired again', async () => {
    await whole.start()
    expect(await whole.network()).toEqual(before.network)
    expect((await lane()).height).toBeGreaterThanOrEqual(BigInt(before.batches.length - 1))
    await eventually('another settled batch', async () => {
      const settled = (await batches()).filter(({ state }) => state === 'settled')
      return settled.length > before.batches.length
    })
    const now = await batches()
    expect(now.slice(0, before.batches.length).map(({ headerHash }) => headerHash)).toEqual(
      before.batches.map(({ headerHash }) => headerHash),
    )
    expect(now.map(({ header }) => Number(header.height))).toEqual(now.map((_, index) => index + 1))
    expect((await lane()).size).toBeGreaterThanOrEqual(before.packets)
    const same = (found: readonly Json[]) => found.map(({ address, term, owner }) => ({ address, term, owner }))
    expect(same(await devices())).toEqual(same(before.devices))
  })

  test('kill -9 leaves no fleet behind either, and the next start goes on', async () => {
    const fleets = descendantsNamed(whole.process.pid, 'node')
    expect(fleets).toHaveLength(2)
    await whole.process.kill()
    await eventually('the end of both fleets', () => !fleets.some(isAlive))
    await whole.start()
    expect(await whole.network()).toEqual(before.network)
    const { height } = await lane()
    await eventually('one more settled batch', async () => (await lane()).height > height)
  })
})
