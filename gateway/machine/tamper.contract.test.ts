import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createPublicClient, type Hex, http } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { privatePortOf } from '../../test/support/private-port.ts'
import type { Journal } from '../ports.ts'
import { type SubChain, type SubChainSettings, startSubChain } from './anvil.ts'

/*
 * The private port, really attacked: its address is read from the kernel, as any user of the machine can.
 */

const CHAIN = 31_999
const owner = privateKeyToAccount(generatePrivateKey())
const VICTIM = '0x00000000000000000000000000000000000000dd'
const THIEF = '0x00000000000000000000000000000000000000ee'
const address = owner.address.toLowerCase() as Hex

const mapJournal = (): Journal => {
  const entries = new Map<Hex, Hex>()
  return {
    append: async ({ hash, raw }) => void entries.set(hash, raw),
    forget: async (hash) => void entries.delete(hash),
    all: async function* () {
      for (const [hash, raw] of entries) yield { hash, raw }
    },
  }
}

describe.skipIf(process.platform !== 'linux')('an attacker at the private port of the sub-chain', () => {
  let dataDir: string
  let chain: SubChain
  let journal: Journal
  const logged: { code?: string }[] = []
  const start = (wishes: Partial<SubChainSettings> = {}) =>
    startSubChain({
      ...{ dataDir, port: 0, host: '127.0.0.1', chainId: CHAIN, journal, clock: { now: Date.now } },
      ...{ operator: '0x00000000000000000000000000000000000000aa', funded: [address, VICTIM], lookEvery: 200 },
      log: { error: (line) => void logged.push(line as object), warn: () => {}, info: () => {} },
      ...wishes,
    })
  const client = () =>
    createPublicClient({ transport: http(chain.url, { retryCount: 20, retryDelay: 50 }), cacheTime: 0 })
  const attack = async (method: string, ...params: unknown[]): Promise<unknown> => {
    const { host, port } = privatePortOf(chain.pid() ?? 0)
    const response = await fetch(`http://${host}:${port}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    })
    const { result, error } = (await response.json()) as { result: unknown; error?: { message: string } }
    if (error) throw new Error(error.message)
    return result
  }
  const transfer = async (nonce: number) => {
    const raw = await owner.signTransaction({
      ...{ chainId: CHAIN, type: 'eip1559', to: '0x00000000000000000000000000000000000000bb', value: 1n, nonce },
      ...{ gas: 21_000n, maxFeePerGas: 3_000_000_000n, maxPriorityFeePerGas: 1n },
    } as never)
    const hash = await client().sendRawTransaction({ serializedTransaction: raw })
    return client().waitForTransactionReceipt({ hash, pollingInterval: 20 })
  }
  const picture = async () => {
    const head = await client().getBlockNumber()
    const hashes = []
    for (let number = 1n; number <= head; number++) hashes.push((await client().getBlock({ blockNumber: number })).hash)
    return { hashes, thief: await client().getBalance({ address: THIEF }) }
  }
  const codes = () => logged.map(({ code }) => code)

  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'cairn-tamper-'))
    journal = mapJournal()
    logged.length = 0
    chain = await start()
    await transfer(0)
    await transfer(1)
  })
  afterEach(async () => {
    await chain.stop()
    await rm(dataDir, { recursive: true, force: true })
  })

  const attacks: Record<string, () => Promise<unknown>> = {
    'makes a block': () => attack('evm_mine'),
    'has blocks made by themselves': () => attack('evm_setIntervalMining', 1),
    'sends as somebody else': async () => {
      await attack('anvil_impersonateAccount', VICTIM)
      await attack('eth_sendTransaction', { from: VICTIM, to: THIEF, value: '0x99', gas: '0x5208' })
      await attack('evm_mine')
    },
    'sends as somebody else, and lets us make the block': async () => {
      await attack('anvil_impersonateAccount', VICTIM)
      await attack('eth_sendTransaction', { from: VICTIM, to: THIEF, value: '0x99', gas: '0x5208' })
      await transfer(2)
    },
    'sets a balance': () => attack('anvil_setBalance', THIEF, '0x99'),
    'sets a word of storage': () => attack('anvil_setStorageAt', THIEF, '0x0', `0x${'11'.repeat(32)}`),
    'sets code': () => attack('anvil_setCode', THIEF, '0x6001'),
    'sets a nonce': () => attack('anvil_setNonce', address, '0x9'),
    'forgets all blocks': () => attack('anvil_reset'),
  }

  test.each(Object.entries(attacks))(
    'who %s is found out, and the chain is made again as it was',
    async (_, attacked) => {
      const before = await picture()
      const pid = chain.pid()
      await attacked()
      await expect.poll(codes, { timeout: 30_000 }).toContain('SUBCHAIN_TAMPERED')
      await expect.poll(() => chain.pid() !== undefined && chain.pid() !== pid, { timeout: 30_000 }).toBe(true)
      const after = await picture()
      expect(after.hashes.slice(0, 2)).toEqual(before.hashes)
      expect(after.thief).toBe(0n)
      expect((await transfer(await client().getTransactionCount({ address }))).status).toBe('success')
    },
  )

  test('who changed the state just before a stop is found out at the next start', async () => {
    await chain.stop()
    chain = await start({ lookEvery: 3_600_000 })
    const before = await picture()
    await attack('anvil_setBalance', THIEF, '0x99')
    // Nothing is looked at any more: anvil writes down what it has.
    await chain.stop()
    chain = await start()
    expect(await picture()).toEqual(before)
  })

  test('finds another address after every start, none at 127.0.0.1', async () => {
    const first = privatePortOf(chain.pid() ?? 0)
    await chain.stop()
    chain = await start()
    expect(privatePortOf(chain.pid() ?? 0).host).not.toBe(first.host)
    expect(first.host).not.toBe('127.0.0.1')
    // What a web page can try: the port it may guess, at the address it knows.
    const refused = await new Promise((resolve) =>
      connect(first.port, '127.0.0.1')
        .once('error', ({ code }: NodeJS.ErrnoException) => resolve(code))
        .once('connect', () => resolve('open')),
    )
    expect(refused).toBe('ECONNREFUSED')
  })
})
