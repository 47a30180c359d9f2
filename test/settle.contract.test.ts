import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createPublicClient, http } from 'viem'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readLane, settledEvents } from '../chain/client.ts'
import { type DeployTransaction, deploy } from '../chain/deploy.ts'
import { startSubChain } from '../gateway/machine/anvil.ts'
import type { BatchRow } from '../gateway/ports.ts'
import { evmChain, evmClient } from '../gateway/settle/evm.ts'
import { settleKey } from '../gateway/settle/settle.ts'
import { openStore } from '../gateway/store/postgres.ts'
import type { Store } from '../gateway/store/store.ts'
import { COIN, startTestChain, type TestChain, testKey } from './support/chain.ts'
import { testDevice } from './support/packets.ts'
import { type FreshDatabase, freshDatabase } from './support/postgres.ts'
import {
  arrive,
  cut,
  type Ground,
  groundOf,
  learn,
  openSettling,
  type Settling,
  type Time,
} from './support/settling.ts'

class Crash extends Error {}

const device = testDevice('settled')

describe('settling', () => {
  let chain: TestChain
  let database: FreshDatabase
  let store: Store
  let ground: Ground
  let time: Time
  let sequence = 1n

  beforeEach(async () => {
    chain = await startTestChain({ mining: 'manual' })
    database = await freshDatabase()
    store = await openStore(database.url)
    ground = groundOf(chain)
    time = { now: Date.now() }
    await learn(store, device, chain.keys.owner.address, 1)
  })
  afterEach(async () => {
    await store.close()
    await chain.stop()
  })

  const batch = async (count = 3, on = store) => {
    await arrive({ ground, store: on, time }, device, { from: sequence, count })
    sequence += BigInt(count)
    time.now += 1_000
    return cut({ ground, store: on, time })
  }
  /** One second of a gateway's life, and a block. */
  const round = async (...gateways: Settling[]) => {
    await Promise.all(gateways.map((gateway) => gateway.settle()))
    await Promise.all(gateways.map((gateway) => gateway.step()))
    await chain.mine()
    await Promise.all(gateways.map((gateway) => gateway.step()))
    await Promise.all(gateways.map((gateway) => gateway.settle()))
    time.now += 6_000
  }
  const rounds = async (count: number, ...gateways: Settling[]) => {
    for (let i = 0; i < count; i++) await round(...gateways)
  }
  const states = async (): Promise<readonly (BatchRow['state'] | undefined)[]> => {
    const head = await store.log.head(0)
    const heights = Array.from({ length: Number(head?.height ?? 0n) }, (_, at) => BigInt(at + 1))
    return Promise.all(heights.map(async (height) => (await store.settle.batch(0, height))?.state))
  }
  const settledOnChain = async () => {
    const newest = await chain.client.getBlockNumber()
    const events = await settledEvents(chain.client, ground.deployment.ledger, 1n, newest)
    return events.map(({ height, transaction, block }) => ({ height, transaction, block }))
  }
  /** The end that every story here must come to. */
  const expectSettledOnce = async (batches: number) => {
    expect(await states()).toEqual(Array.from({ length: batches }, () => 'settled'))
    const events = await settledOnChain()
    expect(events.map(({ height }) => height)).toEqual(Array.from({ length: batches }, (_, at) => BigInt(at + 1)))
    for (const event of events)
      expect(await store.settle.batch(0, event.height)).toMatchObject({
        transaction: event.transaction,
        block: event.block,
      })
    const lane = await readLane(chain.client, ground.deployment.ledger, 0)
    expect(lane.size).toBe((await store.log.head(0))?.size)
  }

  test('brings every batch to the chain once, with its transaction and block', async () => {
    const gateway = await openSettling(ground, store, time)
    for (let i = 0; i < 3; i++) await batch(i + 1)
    await round(gateway)
    await batch()
    await rounds(3, gateway)
    await expectSettledOnce(4)
  })

  test('several batches share a block', async () => {
    const gateway = await openSettling(ground, store, time)
    for (let i = 0; i < 3; i++) await batch()
    await rounds(2, gateway)
    await expectSettledOnce(3)
    expect(new Set((await settledOnChain()).map(({ block }) => block)).size).toBe(1)
  })

  test.each(['before', 'after'] as const)('a crash right %s the transaction left changes nothing', async (when) => {
    const real = evmChain(evmClient(chain.url), ground.operator.address, ground.chainId)
    const dying = await openSettling(ground, store, time, {
      send: async (raw) => {
        if (when === 'after') await real.send(raw)
        throw new Crash()
      },
    })
    await batch()
    await dying.settle()
    await expect(dying.step()).rejects.toThrow(Crash)
    await rounds(3, await openSettling(ground, store, time))
    await expectSettledOnce(1)
  })

  test('a crash between the block and the store changes nothing', async () => {
    await batch()
    const first = await openSettling(ground, store, time)
    await first.settle()
    await first.step()
    await chain.mine()
    const torn = { ...store, settle: { ...store.settle, move: async () => Promise.reject(new Crash()) } }
    const dying = await openSettling(ground, torn, time)
    await dying.step()
    await expect(dying.settle()).rejects.toThrow(Crash)
    await rounds(2, await openSettling(ground, store, time))
    await expectSettledOnce(1)
  })

  test('a reorganisation that drops a settled batch: it goes back, and is settled again once', async () => {
    const gateway = await openSettling(ground, store, time)
    await batch()
    await rounds(2, gateway)
    const early = await chain.rpc('evm_snapshot')
    await batch()
    await batch()
    await rounds(2, gateway)
    await expectSettledOnce(3)
    await chain.rpc('evm_revert', [early])
    await gateway.settle()
    expect(await states()).toEqual(['settled', 'cut', 'cut'])
    await rounds(8, gateway)
    await expectSettledOnce(3)
  })

  test('anvil_reorg of the newest block: settled again once', async () => {
    const gateway = await openSettling(ground, store, time)
    await batch()
    await rounds(2, gateway)
    await batch()
    await gateway.settle()
    await gateway.step()
    await chain.mine()
    await gateway.step()
    await gateway.settle()
    await expectSettledOnce(2)
    await chain.rpc('anvil_reorg', [1, []])
    await rounds(8, gateway)
    await expectSettledOnce(2)
  })

  test('two gateways on one store settle each batch once', async () => {
    const both = [
      await openSettling(ground, store, time),
      await openSettling(ground, await openStore(database.url), time),
    ]
    for (let i = 0; i < 5; i++) {
      await batch()
      await round(...both)
    }
    await rounds(4, ...both)
    await expectSettledOnce(5)
  })

  test('a log that is not the chain’s stops the lane, loudly, and nothing is sent', async () => {
    await batch()
    await rounds(2, await openSettling(ground, store, time))
    const strange = await openStore((await freshDatabase()).url)
    await learn(strange, device, chain.keys.owner.address, 1)
    const gateway = await openSettling(ground, strange, time)
    await expect(gateway.settle()).rejects.toMatchObject({ code: 'LANE_DIVERGED' })
    await batch(2, strange)
    await batch(2, strange)
    await expect(gateway.settle()).rejects.toMatchObject({ code: 'LANE_DIVERGED' })
    expect(await strange.calls.open()).toEqual([])
    await strange.close()
  })

  test('a reverted settlement goes back to cut, and is tried again after a while', async () => {
    const gateway = await openSettling(ground, store, time)
    await batch()
    // A call with too little gas stands for whatever made it revert.
    await store.calls.queue({ key: settleKey(0, 1n), to: ground.deployment.ledger, data: '0x12345678', gas: 50_000n })
    await rounds(2, gateway)
    expect((await gateway.caller.outcome(settleKey(0, 1n)))?.state).toBe('reverted')
    expect(await states()).toEqual(['cut'])
    await rounds(2, gateway)
    expect(await states()).toEqual(['cut'])
    time.now += 60_000
    await rounds(3, gateway)
    await expectSettledOnce(1)
  })
})

describe('settling on the embedded sub-chain', () => {
  test('kill -9 of anvil between sent and settled, and after: each batch is settled once', async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'cairn-settle-'))
    const store = await openStore((await freshDatabase()).url)
    const time: Time = { now: Date.now() }
    const operator = testKey('operator')
    const chain = await startSubChain({
      dataDir,
      port: 0,
      host: '127.0.0.1',
      chainId: 31_337,
      journal: store.journal,
      clock: { now: Date.now },
      operator: operator.address,
      funded: [operator.address],
      log: { error: () => {}, warn: () => {}, info: () => {} },
    })
    const client = createPublicClient({
      transport: http(chain.url, { retryCount: 20 }),
      pollingInterval: 20,
      cacheTime: 0,
    })
    const send = async (transaction: DeployTransaction) => {
      const fees = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n }
      const raw = await operator.account.signTransaction({
        chainId: 31_337,
        ...transaction,
        nonce: Number(transaction.nonce),
        ...fees,
      })
      await client.waitForTransactionReceipt({ hash: await client.sendRawTransaction({ serializedTransaction: raw }) })
    }
    const deployment = await deploy(
      { chainId: 31_337, rpc: client, send, deployer: operator.address, nonce: 0n },
      {
        proposer: operator.address,
        manufacturer: undefined,
        lanes: 1,
        reward: {
          epochLength: 60n,
          budget: COIN,
          scoreCap: 1_000n,
          shareCap: 5_000,
          challengeWindow: 15n,
          outflowCap: COIN,
          earningGrades: 14,
        },
        fund: COIN,
      },
    )
    const ground = { url: chain.url, chainId: 31_337, deployment, operator }
    await learn(store, device, operator.address, 1)
    const gateway = await openSettling(ground, store, time)
    const tick = async () => {
      // The chain is away for a moment after each kill.
      await gateway.settle().catch(() => {})
      await gateway.step().catch(() => {})
      time.now += 6_000
    }
    const stateAfterTick = async (height: bigint) => {
      await tick()
      return (await store.settle.batch(0, height))?.state
    }
    for (let i = 0; i < 3; i++) {
      await arrive({ ground, store, time }, device, { from: BigInt(10 * i + 1), count: 4 })
      const { height } = await cut({ ground, store, time })
      await expect.poll(() => stateAfterTick(height)).not.toBe('cut')
      process.kill(chain.pid() ?? 0, 'SIGKILL')
      await expect.poll(() => stateAfterTick(height)).toBe('settled')
      process.kill(chain.pid() ?? 0, 'SIGKILL')
    }
    await expect
      .poll(() => readLane(client, deployment.ledger, 0).catch(() => undefined))
      .toMatchObject({ height: 3n, size: 12n })
    const events = await settledEvents(client, deployment.ledger, 1n, await client.getBlockNumber())
    expect(events.map(({ height }) => height)).toEqual([1n, 2n, 3n])
    for (const event of events)
      expect(await store.settle.batch(0, event.height)).toMatchObject({
        transaction: event.transaction,
        block: event.block,
      })
    await chain.stop()
    await store.close()
    await rm(dataDir, { recursive: true, force: true })
  })
})
