import type { Hex } from 'viem'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { claimEvents, encode, readBalance, readFunds, readPaid } from '../chain/client.ts'
import { minutes, seconds } from '../devices/units.ts'
import { openStore } from '../gateway/store/postgres.ts'
import type { Store } from '../gateway/store/store.ts'
import { reward, weightOf } from '../sdk/reward.ts'
import { COIN, startTestChain, type TestChain } from './support/chain.ts'
import { testDevice } from './support/packets.ts'
import { freshDatabase } from './support/postgres.ts'
import {
  arrive,
  cut,
  type Ground,
  groundOf,
  learn,
  openSettling,
  pairDevice,
  type Settling,
  type Time,
} from './support/settling.ts'

const parameters = { budget: 100n * COIN, scoreCap: 60_000n, shareCap: 5_000 }
/** A whole minute: an epoch begins. */
const START = Date.UTC(2026, 5, 1, 12, 0, 0)
const FIRST = BigInt(START / minutes(1))

const [diligent, lazy] = [testDevice('diligent'), testDevice('lazy', 'p256')]

describe('rewards', () => {
  let chain: TestChain
  let store: Store
  let ground: Ground
  let time: Time
  let path: { ground: Ground; store: Store; time: Time }
  let gateway: Settling

  const open = async (fund: bigint) => {
    // Deployed a while before the first epoch of the stories here.
    chain = await startTestChain({ mining: 'manual', startsAt: START / 1_000 - 90, reward: parameters, fund })
    store = await openStore((await freshDatabase()).url)
    ground = groundOf(chain)
    time = { now: START + seconds(1) }
    path = { ground, store, time }
    const send = (to: Hex, data: Hex) => chain.send(chain.keys.operator, { to, data })
    await pairDevice(path, diligent, chain.keys.owner, send)
    await pairDevice(path, lazy, chain.keys.stranger, send)
    gateway = await openSettling(ground, store, time)
  }
  beforeEach(() => open(1_000n * COIN))
  afterEach(async () => {
    await store.close()
    await chain.stop()
  })

  /** A block at the test's time. */
  const mine = async () => {
    const { timestamp } = await chain.client.getBlock()
    await chain.rpc('evm_setNextBlockTimestamp', [Math.max(Math.floor(time.now / 1_000), Number(timestamp))])
    await chain.mine()
  }
  /** What a gateway does in some seconds, until all is at rest. */
  const rest = async (one: Settling = gateway) => {
    for (let i = 0; i < 6; i++) {
      await one.settle()
      await one.reward()
      await one.step()
      await mine()
      await one.step()
    }
    await one.settle()
    await one.reward()
    await one.watch()
  }
  const batch = async (packets: readonly (readonly [typeof lazy, bigint, number, number?])[]) => {
    for (const [device, from, count, term = 1] of packets) await arrive(path, device, { from, count, term })
    time.now += seconds(2)
    await cut(path)
  }
  const toEpochsEnd = () => {
    time.now = (Math.floor(time.now / minutes(1)) + 1) * minutes(1) + seconds(6)
  }
  const throughWindow = () => {
    time.now += seconds(16)
  }
  const paid = (device: typeof lazy, term = 1) => readPaid(chain.client, ground.deployment.rewards, device.device, term)
  const balance = (key: keyof TestChain['keys']) =>
    readBalance(chain.client, ground.deployment.token, chain.keys[key].address)
  const events = async () =>
    claimEvents(chain.client, ground.deployment.rewards, 1n, await chain.client.getBlockNumber())
  const earningOf = async (epoch: bigint, device: typeof lazy, term = 1) =>
    (await store.rewards.earnings(epoch)).find((line) => line.device === device.device && line.term === term)
  const expectSound = async () => {
    const { funded, paid: out } = await readFunds(chain.client, ground.deployment.rewards)
    const latest = await store.rewards.latest()
    expect(latest?.totalEarned ?? 0n).toBeLessThanOrEqual(funded)
    expect(out).toBeLessThanOrEqual(latest?.totalEarned ?? 0n)
    expect(await readBalance(chain.client, ground.deployment.token, ground.deployment.rewards)).toBe(funded - out)
  }

  test('two epochs, end to end: holders get exactly what reward() says, once', async () => {
    await batch([
      [diligent, 1n, 4],
      [lazy, 1n, 1],
    ])
    await rest()
    expect(await store.rewards.latest()).toBeUndefined()
    toEpochsEnd()
    await rest()
    expect(await store.rewards.epoch(FIRST)).toMatchObject({ state: 'proposed', heights: [1n] })
    throughWindow()
    await rest()
    const first = await store.rewards.epoch(FIRST)
    expect(first?.state).toBe('final')
    const weights = [weightOf(40_000n, parameters), weightOf(10_000n, parameters)] as const
    const total = weights[0] + weights[1]
    expect(await paid(diligent)).toBe(reward({ weight: weights[0], totalWeight: total }, parameters))
    expect(await paid(lazy)).toBe(reward({ weight: weights[1], totalWeight: total }, parameters))
    expect(await balance('owner')).toBe(await paid(diligent))
    await expectSound()

    const before = await paid(diligent)
    time.now = START + minutes(2)
    await batch([[diligent, 5n, 2]])
    await batch([
      [diligent, 7n, 1],
      [lazy, 2n, 3],
    ])
    await rest()
    toEpochsEnd()
    await rest()
    throughWindow()
    await rest()
    const second = await store.rewards.epoch(FIRST + 2n)
    expect(second).toMatchObject({ state: 'final', heights: [3n] })
    expect(await earningOf(FIRST + 2n, diligent)).toMatchObject({ score: 30_000n, records: 3n, amount: 50n * COIN })
    expect(await paid(diligent)).toBe(before + 50n * COIN)
    expect(await balance('stranger')).toBe(await paid(lazy))
    await expectSound()
    // Each payment once, and kept.
    const all = await events()
    expect(all).toHaveLength(4)
    expect(await store.read.claims({ limit: 10 })).toHaveLength(4)
    expect(await store.rewards.epoch(FIRST + 1n)).toBeUndefined()
  })

  test('a second claim pays nothing, whoever sends it', async () => {
    await batch([[diligent, 1n, 2]])
    await rest()
    toEpochsEnd()
    await rest()
    throughWindow()
    await rest()
    const [event] = await events()
    const { input } = await chain.client.getTransaction({ hash: event?.transaction as Hex })
    await chain.send(chain.keys.stranger, { to: ground.deployment.rewards, data: input })
    expect(await events()).toHaveLength(1)
    expect(await balance('owner')).toBe(await paid(diligent))
  })

  test('after a transfer the old holder is paid for the old term, the new one for the new', async () => {
    await batch([[diligent, 1n, 2]])
    await chain.send(chain.keys.owner, {
      to: ground.deployment.registry,
      data: encode.handOver(diligent.device, chain.keys.owner.address, chain.keys.stranger.address),
    })
    await learn(store, diligent, chain.keys.stranger.address, 2)
    await batch([[diligent, 3n, 2, 2]])
    await rest()
    toEpochsEnd()
    await rest()
    throughWindow()
    await rest()
    expect(await paid(diligent, 1)).toBe(50n * COIN)
    expect(await paid(diligent, 2)).toBe(50n * COIN)
    expect(await balance('owner')).toBe(50n * COIN)
    expect(await balance('stranger')).toBe(50n * COIN)
    await expectSound()
  })

  test('a crash between any two steps ends the same', async () => {
    class Crash extends Error {}
    await batch([
      [diligent, 1n, 4],
      [lazy, 1n, 1],
    ])
    await rest()
    toEpochsEnd()
    // Each gateway dies at its first write: right before it, then right after it, then at the next one, until none is left.
    let crashes = 0
    for (let write = 0; write < 14; write++) {
      for (const when of ['before', 'after'] as const) {
        const dyingAt =
          <Given extends unknown[]>(real: (...given: Given) => Promise<void>) =>
          async (...given: Given): Promise<void> => {
            if (when === 'after') await real(...given)
            throw new Crash()
          }
        const torn: Store = {
          ...store,
          rewards: {
            ...store.rewards,
            put: dyingAt(store.rewards.put),
            move: dyingAt(store.rewards.move),
          },
          calls: {
            ...store.calls,
            queue: dyingAt(store.calls.queue),
            finish: dyingAt(store.calls.finish),
            attempt: dyingAt(store.calls.attempt),
          },
        }
        const dying = await openSettling(ground, torn, time)
        try {
          for (let i = 0; i < 3; i++) {
            await dying.reward()
            await dying.step()
            await mine()
            await dying.step()
          }
        } catch (error) {
          if (!(error instanceof Crash)) throw error
          crashes++
        }
        time.now += seconds(4)
      }
    }
    // Three states, and queue, attempt and outcome of two calls.
    expect(crashes).toBeGreaterThanOrEqual(18)
    throughWindow()
    await rest(await openSettling(ground, store, time))
    await expectSound()
    expect(await store.rewards.epoch(FIRST)).toMatchObject({ state: 'final' })
    expect(await events()).toHaveLength(2)
    expect(await paid(diligent)).toBe(50n * COIN)
    expect(await paid(lazy)).toBe(20n * COIN)
  })

  test('waits for a batch that is not settled', async () => {
    await batch([[diligent, 1n, 1]])
    await rest()
    await batch([[diligent, 2n, 1]])
    toEpochsEnd()
    await gateway.reward()
    expect(await store.rewards.latest()).toBeUndefined()
    await rest()
    expect((await store.rewards.latest())?.heights).toEqual([2n])
  })

  test('proposes again what the chain lost', async () => {
    await batch([[diligent, 1n, 1]])
    await rest()
    const early = await chain.rpc('evm_snapshot')
    toEpochsEnd()
    await rest()
    expect((await store.rewards.latest())?.state).toBe('proposed')
    await chain.rpc('evm_revert', [early])
    for (let i = 0; i < 3; i++) {
      time.now += seconds(6)
      await rest()
    }
    throughWindow()
    await rest()
    expect((await store.rewards.latest())?.state).toBe('final')
    expect(await paid(diligent)).toBe(50n * COIN)
  })

  test('waits, and proposes nothing, while funds are short', async () => {
    await store.close()
    await chain.stop()
    await open(COIN)
    await batch([[diligent, 1n, 1]])
    await rest()
    toEpochsEnd()
    await rest()
    expect((await store.rewards.latest())?.state).toBe('computed')
    expect(await store.calls.open()).toEqual([])
    await chain.send(chain.keys.operator, {
      to: ground.deployment.token,
      data: encode.approve(ground.deployment.rewards, 100n * COIN),
    })
    await chain.send(chain.keys.operator, { to: ground.deployment.rewards, data: encode.fund(100n * COIN) })
    await rest()
    throughWindow()
    await rest()
    expect(await paid(diligent)).toBe(50n * COIN)
  })
})
