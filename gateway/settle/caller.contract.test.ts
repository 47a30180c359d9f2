import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Hex } from 'viem'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startTestChain, type TestChain, testKey } from '../../test/support/chain.ts'
import { freshDatabase } from '../../test/support/postgres.ts'
import { spawnAnvil } from '../machine/anvil-process.ts'
import type { CallStore, Log } from '../ports.ts'
import { memoryStore } from '../store/memory.ts'
import { openStore } from '../store/postgres.ts'
import type { Store } from '../store/store.ts'
import { NonceOwner } from './caller.ts'
import type { ChainPort } from './chain-port.ts'
import { evmChain, evmClient } from './evm.ts'

const silent: Log = { error: () => {}, warn: () => {}, info: () => {} }
const target: Hex = `0x${'ab'.repeat(20)}`
const call = (key: string) => ({ key, to: target, data: '0x' as Hex, gas: 30_000n })
/** Init code that reverts, as a call would: sent to the token without a known selector. */
const reverting = (key: string, chain: TestChain) => ({
  key,
  to: chain.deployment.ledger,
  data: '0xdeadbeef' as Hex,
  gas: 60_000n,
})

class Crash extends Error {}

const stores: readonly (readonly [string, () => Promise<Pick<Store, 'calls' | 'close'>>])[] = [
  ['memory', async () => memoryStore()],
  ['PostgreSQL', async () => openStore((await freshDatabase()).url)],
]

describe.each(stores)('the one nonce owner, its calls in %s', (_, open) => {
  let chain: TestChain
  let opened: Pick<Store, 'calls' | 'close'>
  let store: CallStore
  let snapshot: Hex
  let now = 1_000_000

  beforeAll(async () => {
    chain = await startTestChain({ mining: 'manual' })
  })
  afterAll(() => chain.stop())
  beforeEach(async () => {
    opened = await open()
    store = opened.calls
    snapshot = await chain.rpc<Hex>('evm_snapshot')
  })
  afterEach(async () => {
    await opened.close()
    await chain.rpc('anvil_dropAllTransactions')
    await chain.rpc('evm_revert', [snapshot])
    // anvil forgets this alone at a revert.
    const { baseFeePerGas } = await chain.client.getBlock()
    await chain.rpc('anvil_setNextBlockBaseFeePerGas', [`0x${(baseFeePerGas ?? 0n).toString(16)}`])
  })

  const operator = () => chain.keys.operator
  const evm = (): ChainPort => evmChain(evmClient(chain.url), operator().address, chain.chainId)
  /** Another one on the same store: what a restart is. */
  const owner = (port: ChainPort = evm(), confirmations = 0) =>
    new NonceOwner({
      store,
      chain: port,
      account: operator().account,
      clock: { now: () => now },
      log: silent,
      exclusively: (work) => work(),
      confirmations,
    })
  const nonce = () => chain.client.getTransactionCount({ address: operator().address })
  const state = async (key: string) => (await store.find(key))?.state
  const crashing = (when: 'before' | 'after'): ChainPort => {
    const real = evm()
    return {
      ...real,
      send: async (raw) => {
        if (when === 'after') await real.send(raw)
        throw new Crash()
      },
    }
  }

  test('sees several calls through, in order, in one block', async () => {
    const before = await nonce()
    const caller = owner()
    for (const key of ['a', 'b', 'c']) await caller.call(call(key))
    await caller.step()
    expect(await state('a')).toBe('sent')
    await chain.mine()
    await caller.step()
    const rows = await Promise.all(['a', 'b', 'c'].map((key) => caller.outcome(key)))
    expect(rows.map((row) => row?.state)).toEqual(['mined', 'mined', 'mined'])
    expect(rows.map((row) => row?.nonce)).toEqual([before, before + 1, before + 2])
    expect(new Set(rows.map((row) => row?.block)).size).toBe(1)
  })

  test('keeps at most eight in flight', async () => {
    const caller = owner()
    for (let i = 0; i < 12; i++) await caller.call(call(`many:${i}`))
    await caller.step()
    expect((await store.open()).filter((row) => row.state === 'sent')).toHaveLength(8)
    await chain.mine()
    await caller.step()
    await chain.mine()
    await caller.step()
    expect(await store.open()).toEqual([])
  })

  test('asking twice sends once', async () => {
    const before = await nonce()
    const caller = owner()
    await caller.call(call('a'))
    await caller.call(call('a'))
    await caller.step()
    await chain.mine()
    await caller.step()
    await caller.call(call('a'))
    await caller.step()
    await chain.mine()
    expect(await nonce()).toBe(before + 1)
  })

  test.each(['before', 'after'] as const)(
    'a crash right %s the transaction left ends in one transaction',
    async (when) => {
      const before = await nonce()
      const dying = owner(crashing(when))
      await dying.call(call('a'))
      await expect(dying.step()).rejects.toThrow(Crash)
      const stored = (await store.find('a'))?.attempts
      expect(stored).toHaveLength(1)
      const next = owner()
      await next.step()
      await chain.mine()
      await owner().step()
      expect(await store.find('a')).toMatchObject({ state: 'mined', hash: stored?.[0]?.hash })
      expect(await nonce()).toBe(before + 1)
    },
  )

  test('sends again what the node forgot', async () => {
    const caller = owner()
    await caller.call(call('a'))
    await caller.step()
    await chain.rpc('anvil_dropAllTransactions')
    now += 5_000
    await caller.step()
    await chain.mine()
    await caller.step()
    expect((await store.find('a'))?.attempts).toHaveLength(1)
    expect(await state('a')).toBe('mined')
  })

  test('raises the fee of a stuck one, with the same nonce', async () => {
    const before = await nonce()
    const caller = owner()
    await caller.call(call('a'))
    await caller.step()
    await chain.rpc('anvil_dropAllTransactions')
    const { baseFeePerGas } = await chain.client.getBlock()
    await chain.rpc('anvil_setNextBlockBaseFeePerGas', [
      `0x${(3n * (baseFeePerGas ?? 0n) + 5n * 10n ** 9n).toString(16)}`,
    ])
    await chain.mine()
    now += 31_000
    await caller.step()
    await chain.mine()
    await caller.step()
    const row = await store.find('a')
    expect(row).toMatchObject({ state: 'mined', nonce: before, hash: row?.attempts[1]?.hash })
    expect(row?.attempts).toHaveLength(2)
  })

  test('finds the cheaper form mined when the dearer one never left', async () => {
    const caller = owner()
    await caller.call(call('a'))
    await caller.step()
    now += 31_000
    await expect(owner(crashing('before')).step()).rejects.toThrow(Crash)
    await chain.mine()
    await owner().step()
    const row = await store.find('a')
    expect(row?.attempts).toHaveLength(2)
    expect(row).toMatchObject({ state: 'mined', hash: row?.attempts[0]?.hash })
  })

  test('takes another nonce when a stranger to the store used its own', async () => {
    const before = await nonce()
    await owner().call(call('a'))
    await expect(owner(crashing('before')).step()).rejects.toThrow(Crash)
    await chain.send(operator(), { to: target, value: 1n, gas: 30_000n })
    const caller = owner()
    await caller.step()
    expect(await state('a')).toBe('sent')
    now += 31_000
    await caller.step()
    await chain.mine()
    await caller.step()
    expect(await store.find('a')).toMatchObject({ state: 'mined', nonce: before + 1 })
    expect(await nonce()).toBe(before + 2)
  })

  test('waits for its confirmations, and sends again what a reorganisation dropped before them', async () => {
    const caller = owner(evm(), 2)
    await caller.call(call('a'))
    await caller.step()
    await chain.mine()
    await caller.step()
    expect(await state('a')).toBe('sent')
    await chain.rpc('anvil_reorg', [1, []])
    now += 6_000
    await caller.step()
    for (let i = 0; i < 3; i++) await chain.mine()
    await caller.step()
    const row = await store.find('a')
    expect(row?.state).toBe('mined')
    expect(await chain.client.getTransactionReceipt({ hash: row?.hash as Hex })).toMatchObject({
      blockNumber: row?.block,
    })
  })

  test('sends a mined call again when it is asked for and the chain has lost it', async () => {
    const before = await nonce()
    const early = await chain.rpc<Hex>('evm_snapshot')
    const caller = owner()
    await caller.call(call('a'))
    await caller.step()
    await chain.mine()
    await caller.step()
    expect(await state('a')).toBe('mined')
    await chain.rpc('evm_revert', [early])
    await caller.call(call('a'))
    await caller.step()
    await chain.mine()
    await caller.step()
    expect(await state('a')).toBe('mined')
    expect(await nonce()).toBe(before + 1)
  })

  test('fills a nonce that the chain lost, so that those behind it go', async () => {
    const before = await nonce()
    const early = await chain.rpc<Hex>('evm_snapshot')
    const caller = owner()
    await caller.call(call('lost'))
    await caller.step()
    await chain.mine()
    await caller.step()
    await chain.rpc('evm_revert', [early])
    await caller.call(call('behind'))
    await caller.step()
    await chain.mine()
    await caller.step()
    expect(await state('behind')).toBe('sent')
    now += 31_000
    await caller.step()
    await chain.mine()
    await caller.step()
    expect(await state('behind')).toBe('mined')
    expect(await nonce()).toBe(before + 2)
  })

  test('tells a revert, and a second life of the call is not taken for its first', async () => {
    const before = await nonce()
    const caller = owner()
    for (let life = 1; life <= 2; life++) {
      await caller.call(reverting('a', chain))
      await caller.step()
      await chain.mine()
      await caller.step()
      expect(await store.find('a')).toMatchObject({ state: 'reverted', nonce: before + life - 1 })
    }
  })

  test('two owners on one store, one at a time: every call is one transaction', async () => {
    const before = await nonce()
    let isHeld = false
    const exclusively = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
      if (isHeld) return undefined
      isHeld = true
      try {
        return await work()
      } finally {
        isHeld = false
      }
    }
    const both = [1, 2].map(
      () =>
        new NonceOwner({
          store,
          chain: evm(),
          account: operator().account,
          clock: { now: () => now },
          log: silent,
          exclusively,
          confirmations: 0,
        }),
    )
    for (let i = 0; i < 6; i++) await both[i % 2]?.call(call(`shared:${i}`))
    for (let round = 0; round < 4; round++) {
      await Promise.all(both.map((caller) => caller.step()))
      await chain.mine()
    }
    expect(await store.open()).toEqual([])
    expect(await nonce()).toBe(before + 6)
  })
})

describe('other chains', () => {
  test('a base fee of 10¹² is paid', async () => {
    const chain = await startTestChain({ flags: ['--block-base-fee-per-gas', String(10n ** 12n)] })
    const { client, keys, url, chainId } = chain
    const store = memoryStore().calls
    const caller = new NonceOwner({
      store,
      chain: evmChain(evmClient(url), keys.operator.address, chainId),
      account: keys.operator.account,
      clock: { now: () => 1 },
      log: silent,
      exclusively: (work) => work(),
      confirmations: 0,
    })
    await caller.call(call('a'))
    await caller.step()
    await client.waitForTransactionReceipt({ hash: (await store.find('a'))?.attempts[0]?.hash as Hex })
    await caller.step()
    expect((await store.find('a'))?.state).toBe('mined')
    await chain.stop()
  })

  test('a chain without a base fee gets legacy transactions', async () => {
    const home = await mkdtemp(path.join(tmpdir(), 'cairn-berlin-'))
    const anvil = await spawnAnvil(home, [
      '--port',
      '0',
      '--no-mining',
      '--hardfork',
      'berlin',
      '--accounts',
      '0',
      '--chain-id',
      '31337',
    ])
    const key = testKey('operator')
    const client = evmClient(anvil.url)
    const rpc = client.request as unknown as (request: { method: string; params: unknown[] }) => Promise<unknown>
    await rpc({ method: 'anvil_setBalance', params: [key.address, '0xde0b6b3a7640000'] })
    const store = memoryStore().calls
    const caller = new NonceOwner({
      store,
      chain: evmChain(client, key.address, 31_337),
      account: key.account,
      clock: { now: () => 1 },
      log: silent,
      exclusively: (work) => work(),
      confirmations: 0,
    })
    await caller.call(call('a'))
    await caller.step()
    await rpc({ method: 'evm_mine', params: [] })
    await caller.step()
    expect((await store.find('a'))?.state).toBe('mined')
    expect((await client.getTransaction({ hash: (await store.find('a'))?.hash as Hex })).type).toBe('legacy')
    anvil.kill()
    await anvil.ended
    await rm(home, { recursive: true, force: true })
  })
})
