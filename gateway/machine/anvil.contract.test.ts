import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Account, createPublicClient, createWalletClient, defineChain, http } from 'viem'
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Hex } from '../../devices/units.ts'
import type { Journal } from '../ports.ts'
import { type SubChain, startSubChain } from './anvil.ts'
import { startAnvil, stateFile } from './anvil-process.ts'
import type { RpcAnswer } from './anvil-rpc.ts'

const CHAIN = 31_999
const account = privateKeyToAccount(generatePrivateKey())
const operator = privateKeyToAccount(generatePrivateKey())
const silent = { error: () => {}, warn: () => {}, info: () => {} }

const arrayJournal = (): Journal & { entries: { hash: Hex; raw: Hex }[] } => {
  const entries: { hash: Hex; raw: Hex }[] = []
  return {
    entries,
    append: async (entry) => {
      entries.push(entry)
    },
    forget: async (hash) => {
      const at = entries.findIndex((entry) => entry.hash === hash)
      if (at >= 0) entries.splice(at, 1)
    },
    all: async function* () {
      yield* entries
    },
  }
}

/** Stores block.timestamp at slot block.number on every call: `timestamp number sstore`. */
const CLOCK_CONTRACT = '0x6003600c60003960036000f3424355' as const

describe('the embedded sub-chain', () => {
  let dataDir = ''
  let now = Date.parse('2026-01-01T00:00:00Z')
  let journal = arrayJournal()
  let chain: SubChain
  const clock = { now: () => now }
  const logged: object[] = []
  const log = {
    error: (line: object) => void logged.push(line),
    warn: () => {},
    info: () => {},
  }
  const start = (wishes: Partial<Parameters<typeof startSubChain>[0]> = {}) =>
    startSubChain({
      dataDir,
      port: 0,
      host: '127.0.0.1',
      chainId: CHAIN,
      journal,
      clock,
      operator: operator.address.toLowerCase() as Hex,
      funded: [account, operator].map(({ address }) => address.toLowerCase() as Hex),
      log,
      ...wishes,
    })
  const viemChain = () =>
    defineChain({
      id: CHAIN,
      name: 'sub',
      nativeCurrency: { name: 'c', symbol: 'c', decimals: 18 },
      rpcUrls: { default: { http: [chain.url] } },
    })
  const client = () =>
    createPublicClient({
      chain: viemChain(),
      transport: http(chain.url, { retryCount: 20, retryDelay: 50 }),
      pollingInterval: 20,
    })
  const wallet = () =>
    createWalletClient({ chain: viemChain(), transport: http(chain.url), account: account as Account })
  const rpc = async (method: string, params: unknown[] = [], headers: Record<string, string> = {}) => {
    const response = await fetch(chain.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ jsonrpc: '2.0', id: 7, method, params }),
    })
    return { status: response.status, headers: response.headers, body: await response.json() }
  }
  const transfer = async (nonce: number, value = 1n) => {
    const raw = await wallet().signTransaction({
      account,
      to: '0x00000000000000000000000000000000000000aa',
      value,
      nonce,
      gas: 21_000n,
      maxFeePerGas: 3_000_000_000n,
      maxPriorityFeePerGas: 1n,
      type: 'eip1559',
    } as never)
    return client().sendRawTransaction({ serializedTransaction: raw })
  }
  const mined = (hash: Hex) => client().waitForTransactionReceipt({ hash })
  /** All that a client can see of it. */
  const picture = async () => {
    const head = await client().getBlockNumber()
    const blocks = []
    for (let number = 1n; number <= head; number++) {
      const { timestamp, transactions, hash } = await client().getBlock({ blockNumber: number })
      blocks.push({ timestamp, transactions, hash })
    }
    return { blocks, nonce: await client().getTransactionCount(account) }
  }

  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'cairn chain '))
    journal = arrayJournal()
    logged.length = 0
    chain = await start()
  })
  afterEach(async () => {
    await chain.stop()
    await rm(dataDir, { recursive: true, force: true })
  })

  test('makes blocks when something waits, at the clock’s time, and no empty ones', async () => {
    const receipt = await mined(await transfer(0))
    expect(receipt.blockNumber).toBe(1n)
    const block = await client().getBlock()
    expect(block.timestamp).toBe(BigInt(now / 1_000))
    now += 60_000
    expect((await mined(await transfer(1))).blockNumber).toBe(2n)
    expect((await client().getBlock()).timestamp).toBe(BigInt(now / 1_000))
  })

  test('comes back from a killed anvil with the same blocks, by itself', async () => {
    const deploy = await wallet().signTransaction({
      account,
      data: CLOCK_CONTRACT,
      nonce: 0,
      gas: 200_000n,
      maxFeePerGas: 3_000_000_000n,
      maxPriorityFeePerGas: 1n,
      type: 'eip1559',
    } as never)
    const { contractAddress } = await mined(await client().sendRawTransaction({ serializedTransaction: deploy }))
    for (let nonce = 1; nonce < 6; nonce++) {
      now += 7_000
      await mined(
        await client().sendRawTransaction({
          serializedTransaction: await wallet().signTransaction({
            account,
            to: contractAddress,
            nonce,
            gas: 100_000n,
            maxFeePerGas: 3_000_000_000n,
            maxPriorityFeePerGas: 1n,
            type: 'eip1559',
          } as never),
        }),
      )
    }
    const before = await picture()
    const at = await client().getStorageAt({ address: contractAddress as Hex, slot: '0x3' })
    expect(BigInt(at ?? '0x0')).toBeGreaterThan(0n)
    now += 3_600_000
    process.kill(chain.pid() ?? 0, 'SIGKILL')
    await expect.poll(() => picture().catch(() => undefined)).toEqual(before)
    expect(await client().getStorageAt({ address: contractAddress as Hex, slot: '0x3' })).toBe(at)
    expect((await mined(await transfer(6))).status).toBe('success')
  })

  test('takes again what was in no block when it was killed', async () => {
    await mined(await transfer(0))
    const hash = await transfer(1)
    process.kill(chain.pid() ?? 0, 'SIGKILL')
    expect((await mined(hash)).blockNumber).toBe(2n)
  })

  test('goes on where it was after a stop', async () => {
    await mined(await transfer(0))
    const before = await picture()
    await chain.stop()
    chain = await start()
    expect(await picture()).toEqual(before)
  })

  test.each([
    ['torn state file', () => truncateSync(stateFile(path.join(dataDir, 'chain')), 200)],
    ['empty state file', () => truncateSync(stateFile(path.join(dataDir, 'chain')), 0)],
    ['lost state file', () => rmSync(stateFile(path.join(dataDir, 'chain')))],
    ['lost block journal', () => truncateSync(path.join(dataDir, 'chain', 'blocks.ndjson'), 0)],
  ])('survives: %s', async (_, damage) => {
    for (let nonce = 0; nonce < 3; nonce++) await mined(await transfer(nonce))
    const before = await picture()
    await chain.stop()
    damage()
    chain = await start()
    expect(await picture()).toEqual(before)
  })

  test('loses no transaction even when both its files are lost', async () => {
    for (let nonce = 0; nonce < 3; nonce++) await mined(await transfer(nonce))
    await chain.stop()
    await rm(path.join(dataDir, 'chain'), { recursive: true })
    chain = await start()
    await expect.poll(() => client().getTransactionCount(account)).toBe(3)
  })

  test('a torn last line of the block journal costs at most that block', async () => {
    for (let nonce = 0; nonce < 3; nonce++) await mined(await transfer(nonce))
    await chain.stop()
    const file = path.join(dataDir, 'chain', 'blocks.ndjson')
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.slice(0, -9))
    await rm(stateFile(path.join(dataDir, 'chain')))
    chain = await start()
    await expect.poll(() => client().getTransactionCount(account)).toBe(3)
    expect((await mined(await transfer(3))).blockNumber).toBe(4n)
  })

  test('does not try a refused transaction again after a restart', async () => {
    await mined(await transfer(0))
    await expect(transfer(0, 2n)).rejects.toThrow(/nonce/i)
    expect(journal.entries).toHaveLength(1)
    process.kill(chain.pid() ?? 0, 'SIGKILL')
    expect((await mined(await transfer(1))).blockNumber).toBe(2n)
  })

  const signed = (wishes: object, by: PrivateKeyAccount = account): Promise<Hex> =>
    by.signTransaction({
      ...{ chainId: CHAIN, type: 'eip1559', to: '0x00000000000000000000000000000000000000aa', nonce: 0 },
      ...{ gas: 21_000n, maxFeePerGas: 3_000_000_000n, maxPriorityFeePerGas: 1n },
      ...wishes,
    } as never)
  const send = (raw: Hex): Promise<Hex> => client().sendRawTransaction({ serializedTransaction: raw })

  test('keeps nothing of what it refuses: strangers do not make the journal grow', async () => {
    const stranger = privateKeyToAccount(generatePrivateKey())
    const refused = [
      await signed({}, stranger),
      await signed({ chainId: 1 }),
      await signed({ nonce: 1 }),
      await signed({ nonce: 1_000_000 }),
      await signed({ gas: 20_999n }),
      await signed({ gas: 15_000_001n }),
      await signed({ gas: 30_000_001n }),
      await signed({ maxFeePerGas: 1n }),
      await signed({ value: 10n ** 25n }),
      await signed({ data: `0x${'00'.repeat(131_072)}`, gas: 10_000_000n }),
      `0x02${'00'.repeat(100)}` as const,
    ]
    for (const raw of refused) await expect(send(raw)).rejects.toThrow()
    expect(journal.entries).toEqual([])
  })

  test('forgets what anvil does not take after all', async () => {
    // The tip may not be more than the whole fee: the one thing that is left to anvil.
    await expect(
      send(
        await signed({ maxPriorityFeePerGas: 4_000_000_000n, maxFeePerGas: 3_000_000_000n }).catch(() => '0x' as Hex),
      ),
    ).rejects.toThrow()
    expect(journal.entries).toEqual([])
  })

  test('takes the gateway’s own into the next block, however much of strangers waits', async () => {
    const rich = Array.from({ length: 8 }, () => privateKeyToAccount(generatePrivateKey()))
    for (const [nonce, { address: to }] of rich.entries()) await send(await signed({ to, nonce, value: 10n ** 20n }))
    await mined(journal.entries.at(-1)?.hash as Hex)
    const before = await client().getBlockNumber()
    const heavy = await Promise.all(rich.map((by) => signed({ gas: 2_500_000n }, by)))
    const answers = await Promise.allSettled(heavy.map(send))
    expect(answers.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0)
    const own = await chain.provider.request({
      method: 'eth_sendRawTransaction',
      params: [await signed({ gas: 14_000_000n }, operator)],
    })
    const { blockNumber } = await mined(own as Hex)
    const blocks = []
    for (let number = before + 1n; number <= blockNumber; number++)
      blocks.push((await client().getBlock({ blockNumber: number })).transactions)
    // In the first block made after it came; the ones before were under way.
    expect(blocks.at(-1)).toContain(own)
    expect(blocks.length).toBeLessThanOrEqual(2)
  })

  /** As `send`, by a neighbour: what one address may have is less than what all may. */
  const sendFrom = (localAddress: string, raw: Hex): Promise<RpcAnswer> =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json' }
      const asking = request(chain.url, { method: 'POST', localAddress, headers, agent: false }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk) => (text += chunk))
        response.on('end', () => resolve(JSON.parse(text)))
      })
      const body = { jsonrpc: '2.0', id: 1, method: 'eth_sendRawTransaction', params: [raw] }
      asking.once('error', reject).end(JSON.stringify(body))
    })

  test('holds strangers to so much gas a day, one address to an eighth of it, and the gateway not at all', async () => {
    const data = CLOCK_CONTRACT
    const deploy = (nonce: number) => signed({ to: undefined, data, nonce, gas: 14_000_000n })
    let nonce = 0
    let answer: RpcAnswer = { result: undefined }
    while (nonce < 20) {
      answer = await sendFrom(`127.0.0.${10 + nonce}`, await deploy(nonce))
      if ('error' in answer) break
      await mined(answer.result as Hex)
      nonce++
      if (nonce === 1) expect(await sendFrom('127.0.0.10', await deploy(nonce))).toHaveProperty('error')
    }
    // 100 million at once, of 14 million each.
    expect(nonce).toBe(7)
    expect(JSON.stringify(answer)).toContain('as much as it takes of strangers')
    expect(journal.entries).toHaveLength(7)
    const own = await signed({ gas: 14_000_000n }, operator)
    await mined((await chain.provider.request({ method: 'eth_sendRawTransaction', params: [own] })) as Hex)
    now += 86_400_000
    await mined(await transfer(7))
  })

  test('lets an anvil live that answers well while we ourselves are held up', async () => {
    await chain.stop()
    let isHeldUp = false
    chain = await start({
      answerWithin: 500,
      clock: {
        now: () => {
          // The sealer asks for the time, then anvil for a block: whose answer comes, and waits for us.
          if (isHeldUp) setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_000))
          isHeldUp = false
          return now
        },
      },
    })
    const pid = chain.pid()
    const raw = await signed({})
    const hash = (await chain.provider.request({ method: 'eth_sendRawTransaction', params: [raw] })) as Hex
    isHeldUp = true
    // Past the front, which asks for the time too: it is the sealer that is to be held up.
    const receipt = () => chain.provider.request({ method: 'eth_getTransactionReceipt', params: [hash] })
    await expect.poll(() => receipt().catch(() => null), { timeout: 60_000 }).not.toBeNull()
    expect(isHeldUp).toBe(false)
    expect(chain.pid()).toBe(pid)
  })

  test('journals a transaction once, however often it is sent', async () => {
    const hash = await transfer(0)
    await mined(hash)
    await transfer(0).catch(() => {})
    expect(journal.entries.map((entry) => entry.hash)).toEqual([hash])
  })

  test('passes nothing on when the journal fails', async () => {
    journal.append = async () => {
      throw new Error('database away')
    }
    await expect(transfer(0)).rejects.toThrow()
    expect(await client().getTransactionCount({ address: account.address, blockTag: 'pending' })).toBe(0)
  })

  test.each([
    'anvil_setBalance',
    'evm_mine',
    'hardhat_setCode',
    'eth_accounts',
    'eth_sendTransaction',
    'eth_sign',
    'debug_traceTransaction',
    'txpool_content',
    '__proto__',
  ])('does not offer %s', async (method) => {
    expect((await rpc(method)).body).toMatchObject({ id: 7, error: { code: -32601 } })
  })

  test('answers batches in order, and bounds them', async () => {
    const post = async (body: string, type = 'application/json') =>
      fetch(chain.url, { method: 'POST', headers: { 'content-type': type }, body })
    const one = (id: number, method: string) => ({ jsonrpc: '2.0', id, method, params: [] })
    const batch = await post(JSON.stringify([one(1, 'eth_chainId'), one(2, 'evm_mine'), one(3, 'net_version')]))
    expect(await batch.json()).toMatchObject([
      { id: 1, result: '0x7cff' },
      { id: 2, error: { code: -32601 } },
      { id: 3, result: String(CHAIN) },
    ])
    const many = await post(JSON.stringify(Array.from({ length: 101 }, (_, id) => one(id, 'eth_chainId'))))
    expect(await many.json()).toMatchObject({ error: { code: -32600 } })
    expect((await post('x'.repeat(1_000_001))).status).toBe(413)
    expect((await post('{')).status).toBe(400)
    expect((await post('{}', 'text/plain')).status).toBe(415)
    expect((await fetch(chain.url)).status).toBe(405)
  })

  test('lets no stranger’s page read it', async () => {
    const answer = await rpc('eth_chainId', [], { origin: 'https://evil.example' })
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })

  test('ends the anvil that a killed gateway left behind', async () => {
    const dir = path.join(dataDir, 'orphan')
    mkdirSync(dir)
    const orphan = await startAnvil(dir, CHAIN)
    const next = await startAnvil(dir, CHAIN)
    await orphan.ended
    expect(() => process.kill(orphan.pid, 0)).toThrow()
    next.kill()
    await next.ended
  })

  test('kills an anvil that answers no more, and goes on', async () => {
    const hash = await transfer(0)
    process.kill(chain.pid() ?? 0, 'SIGSTOP')
    await expect
      .poll(() =>
        client()
          .getTransactionReceipt({ hash })
          .catch(() => undefined),
      )
      .toBeDefined()
  })

  test('stops while it starts again after a kill', async () => {
    await mined(await transfer(0))
    const killed = chain.pid()
    process.kill(killed ?? 0, 'SIGKILL')
    // It is down for a moment only, and it is that moment in which it is stopped.
    await expect.poll(() => chain.pid(), { interval: 1 }).not.toBe(killed)
    await chain.stop()
    expect(chain.pid()).toBeUndefined()
    chain = await start()
    expect(await client().getTransactionCount(account)).toBe(1)
  })

  test('says PORT_TAKEN and touches nothing when its port is taken', async () => {
    const port = Number(new URL(chain.url).port)
    const other = await mkdtemp(path.join(tmpdir(), 'cairn-chain-'))
    await expect(
      startSubChain({
        dataDir: other,
        port,
        host: '127.0.0.1',
        chainId: CHAIN,
        journal: arrayJournal(),
        clock,
        operator: operator.address.toLowerCase() as Hex,
        funded: [],
        log: silent,
      }),
    ).rejects.toMatchObject({ code: 'PORT_TAKEN' })
    await rm(other, { recursive: true })
  })

  test('keeps all its files in the data folder', () => {
    expect(readdirSync(path.join(dataDir, 'chain')).toSorted()).toEqual(
      expect.arrayContaining(['anvil.pid', 'blocks.ndjson', 'home']),
    )
  })
})
