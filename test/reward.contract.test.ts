import type { Hex } from 'viem'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { claimEvents, encode, readBalance, readFunds, readPaid } from '../chain/client.ts'
import { minutes, seconds } from '../devices/units.ts'
import { openStore } from '../gateway/store/postgres.ts'
import type { Store } from '../gateway/store/store.ts'
import { runRoots } from '../sdk/log/earning.ts'
import { maskOf, reward, weightOf } from '../sdk/reward.ts'
import { COIN, startTestChain, type TestChain, type TestChainOptions } from './support/chain.ts'
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

  const open = async (fund: bigint, rules: TestChainOptions['reward'] = {}) => {
    // Deployed a while before the first epoch of the stories here.
    chain = await startTestChain({
      mining: 'manual',
      startsAt: START / 1_000 - 90,
      reward: { ...parameters, ...rules },
      fund,
    })
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

  test('after a transfer the old holder is paid for the old term, the new one for the new, together the device’s cap', async () => {
    await batch([[diligent, 1n, 2]])
    await chain.send(chain.keys.owner, {
      to: ground.deployment.registry,
      data: encode.handOver(diligent.device, chain.keys.owner.address, chain.keys.stranger.address),
    })
    await learn(store, diligent, chain.keys.stranger.address, 2)
    await batch([[diligent, 3n, 3, 2]])
    await rest()
    toEpochsEnd()
    await rest()
    throughWindow()
    await rest()
    expect(await paid(diligent, 1)).toBe(20n * COIN)
    expect(await paid(diligent, 2)).toBe(30n * COIN)
    expect(await balance('owner')).toBe(20n * COIN)
    expect(await balance('stranger')).toBe(30n * COIN)
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

  test('pays more devices than one claim takes, each once', async () => {
    const many = Array.from({ length: 34 }, (_, n) => testDevice(`one of many ${n}`))
    for (const device of many) await learn(store, device, chain.keys.owner.address, 1)
    const send = (to: Hex, data: Hex) => chain.send(chain.keys.operator, { to, data })
    for (const device of many) await pairDevice(path, device, chain.keys.owner, send)
    await batch(many.map((device) => [device, 1n, 1]))
    await rest()
    toEpochsEnd()
    await rest()
    throughWindow()
    await rest()
    await rest()
    const each = (100n * COIN) / 34n
    for (const device of many) expect(await paid(device)).toBe(each)
    expect(await balance('owner')).toBe(34n * each)
    expect(new Set((await events()).map(({ transaction }) => transaction)).size).toBe(2)
    expect(await store.rewards.unpaid(9)).toEqual([])
    await expectSound()
  })

  test('pays every epoch that was left unpaid while claims were off, once they are on', async () => {
    const silent = await openSettling(ground, store, time, { autoClaim: false })
    for (const from of [1n, 2n]) {
      await batch([[diligent, from, 1]])
      await rest(silent)
      toEpochsEnd()
      await rest(silent)
    }
    throughWindow()
    await rest(silent)
    expect(await paid(diligent)).toBe(0n)
    expect((await store.rewards.unpaid(9)).map(({ epoch }) => epoch)).toEqual([FIRST, FIRST + 1n])
    await rest()
    await rest()
    expect(await paid(diligent)).toBe(100n * COIN)
    expect((await events()).map(({ epoch }) => epoch)).toEqual([FIRST, FIRST + 1n])
    expect(await store.rewards.unpaid(9)).toEqual([])
  })

  test('proposes epochs that were held up one by one, each in its own epoch of block time', async () => {
    for (const from of [1n, 2n, 3n]) {
      await batch([[diligent, from, 1]])
      await gateway.settle()
      await gateway.step()
      await mine()
      await gateway.step()
      await gateway.settle()
      toEpochsEnd()
    }
    const proposed = async () =>
      (await Promise.all([0n, 1n, 2n].map((n) => store.rewards.epoch(FIRST + n)))).map((epoch) => epoch?.state)
    await rest()
    expect(await proposed()).toEqual(['proposed', 'computed', 'computed'])
    toEpochsEnd()
    await rest()
    expect(await proposed()).toEqual(['final', 'proposed', 'computed'])
    toEpochsEnd()
    await rest()
    throughWindow()
    await rest()
    await rest()
    expect(await proposed()).toEqual(['final', 'final', 'final'])
    // Waited for its turn, rather than sent, refused by the ledger and sent again.
    for (const n of [0n, 1n, 2n]) expect((await store.calls.find(`epoch:${FIRST + n}`))?.attempts).toHaveLength(1)
    expect(await paid(diligent)).toBe(150n * COIN)
    await expectSound()
  })

  test('gives a device whose grade does not earn its line, and nothing', async () => {
    await store.close()
    await chain.stop()
    await open(1_000n * COIN, { earningGrades: maskOf(['full', 'attested']) })
    await learn(store, lazy, chain.keys.stranger.address, 1, 'legacy')
    await batch([
      [diligent, 1n, 1],
      [lazy, 1n, 4],
    ])
    await rest()
    toEpochsEnd()
    await rest()
    throughWindow()
    await rest()
    expect(await earningOf(FIRST, lazy)).toMatchObject({ grade: 'legacy', records: 4n, weight: 0n, amount: 0n })
    expect(await paid(diligent)).toBe(50n * COIN)
    expect(await paid(lazy)).toBe(0n)
    expect((await store.rewards.latest())?.totalWeight).toBe(10_000n)
  })

  describe('the operator’s key in a liar’s hand', () => {
    /** Two honest epochs of one cap each, nothing of them claimed; then the liar, who owns the second device. */
    const epochsUnclaimed = async () => {
      const silent = await openSettling(ground, store, time, { autoClaim: false })
      for (const from of [1n, 3n]) {
        await batch([
          [diligent, from, 2],
          [lazy, from, 2],
        ])
        await rest(silent)
        toEpochsEnd()
        await rest(silent)
      }
      throughWindow()
      await rest(silent)
      expect((await readFunds(chain.client, ground.deployment.rewards)).paid).toBe(0n)
    }
    const lie = async (epoch: bigint, amount: bigint, earned = 100n * COIN) => {
      const line = { device: lazy.device, term: 1, amount }
      const [earningsRoot] = runRoots([line])
      if (!earningsRoot) throw new RangeError('one line')
      const root = { weightsRoot: new Uint8Array(32), earningsRoot }
      const data = encode.propose({ epoch, heights: [2n], totalWeight: 1n, earned, lines: 1n, ...root })
      await chain.send(chain.keys.operator, { to: ground.deployment.rewards, data })
      return encode.claim([{ epoch, first: 0n, lines: [line], proof: [] }])
    }
    const take = (data: Hex) => chain.send(chain.keys.operator, { to: ground.deployment.rewards, data })

    test('gets one cap an epoch, and nothing of what was earned before', async () => {
      await epochsUnclaimed()
      time.now = START + minutes(9) + seconds(1)
      await mine()
      // All that is funded, above the cap, and the rest of the epochs that were left out, at once.
      await expect(lie(FIRST + 3n, 900n * COIN, 900n * COIN)).rejects.toThrow('reverted')
      const everything = await lie(FIRST + 3n, 300n * COIN)
      await expect(lie(FIRST + 4n, 100n * COIN)).rejects.toThrow('reverted')
      time.now += minutes(1)
      await mine()
      await expect(take(everything)).rejects.toThrow('reverted')
      const cap = await lie(FIRST + 4n, 100n * COIN)
      throughWindow()
      await mine()
      await take(cap)
      await expect(take(everything)).rejects.toThrow('reverted')
      expect(await balance('stranger')).toBe(100n * COIN)
      // The honest gateway pays the two epochs before it as if nothing had been.
      await rest()
      await rest()
      expect(await balance('owner')).toBe(100n * COIN)
      expect(await balance('stranger')).toBe(200n * COIN)
    })
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
