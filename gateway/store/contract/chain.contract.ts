import { describe, expect, test } from 'vitest'
import type { Call } from '../../ports.ts'
import { accepted, address, hash32, nextBatch, T0 } from './samples.contract.ts'
import { freshStores, type Place, plain } from './suite.contract.ts'

const call = (key: string): Call => ({ key, to: address(5), data: '0xabcdef', gas: 21_000n })
const sent = (nonce: number, name = String(nonce)) => ({
  nonce,
  hash: hash32(name),
  raw: '0x02ff' as const,
  sentAt: T0,
})

export const chainContract = (place: () => Promise<Place>): void => {
  const stores = freshStores(place)

  describe('a call', () => {
    test('is queued once', async () => {
      await stores.store.calls.queue(call('a'))
      await stores.store.calls.queue({ ...call('a'), gas: 1n })
      expect(await stores.store.calls.open()).toEqual([
        {
          ...{ ...call('a'), state: 'queued', attempts: [] },
          ...{ nonce: undefined, hash: undefined, block: undefined, gasUsed: undefined },
        },
      ])
      expect(await stores.store.calls.find('b')).toBeUndefined()
    })

    test('may carry no data', async () => {
      await stores.store.calls.queue({ ...call('fill:3'), data: '0x' })
      expect(await stores.store.calls.find('fill:3')).toMatchObject({ data: '0x' })
    })

    test('remembers every form in which it may have left, each once', async () => {
      await stores.store.calls.queue(call('a'))
      await stores.store.calls.attempt('a', sent(7))
      await stores.store.calls.attempt('a', sent(7, 'dearer'))
      await stores.store.calls.attempt('a', sent(7, 'dearer'))
      const row = await stores.store.calls.find('a')
      expect(row).toMatchObject({ state: 'sent', nonce: 7, hash: hash32('dearer') })
      expect(row?.attempts).toEqual([
        { hash: hash32('7'), raw: '0x02ff', sentAt: T0 },
        { hash: hash32('dearer'), raw: '0x02ff', sentAt: T0 },
      ])
    })

    test('stays as it is when it is asked for again, unless it reverted', async () => {
      await stores.store.calls.queue(call('a'))
      await stores.store.calls.attempt('a', sent(7))
      await stores.store.calls.queue(call('a'))
      expect(await stores.store.calls.find('a')).toMatchObject({ state: 'sent' })
      const end = { hash: hash32('7'), block: 12n, gasUsed: 20_000n }
      await stores.store.calls.finish('a', { state: 'mined', ...end })
      await stores.store.calls.queue(call('a'))
      expect(await stores.store.calls.find('a')).toMatchObject({ state: 'mined', nonce: 7, ...end })
      await stores.store.calls.finish('a', { state: 'reverted', ...end })
      await stores.store.calls.queue({ ...call('a'), gas: 5n })
      const anew = await stores.store.calls.find('a')
      expect(anew).toMatchObject({ state: 'queued', gas: 5n, nonce: undefined, hash: undefined, block: undefined })
      expect(anew?.attempts).toHaveLength(1)
    })

    test('that the chain lost is sent, or waits without a nonce, again', async () => {
      await stores.store.calls.queue(call('a'))
      await stores.store.calls.attempt('a', sent(7))
      await stores.store.calls.finish('a', { state: 'mined', hash: hash32('7'), block: 12n })
      await stores.store.calls.finish('a', { state: 'sent' })
      expect(await stores.store.calls.find('a')).toMatchObject({ state: 'sent', nonce: 7, block: undefined })
      await stores.store.calls.finish('a', { state: 'queued' })
      expect(await stores.store.calls.find('a')).toMatchObject({ state: 'queued', nonce: undefined })
    })

    test('that was never queued cannot be sent or finished', async () => {
      await expect(stores.store.calls.attempt('a', sent(1))).rejects.toThrow(/never queued|ever queued/)
      await expect(stores.store.calls.finish('a', { state: 'mined' })).rejects.toThrow(/ever queued/)
      expect(await stores.store.calls.nextNonce()).toBeUndefined()
    })

    test('queued by two gateways at once is one', async () => {
      const other = await stores.open()
      await Promise.all([stores.store, other, stores.store, other].map((store) => store.calls.queue(call('a'))))
      expect(await stores.store.calls.open()).toHaveLength(1)
    })
  })

  test('open calls come by nonce, then as they were queued, a reverted one behind', async () => {
    for (const key of ['d', 'c', 'b', 'a', 'e']) await stores.store.calls.queue(call(key))
    await stores.store.calls.attempt('a', sent(4))
    await stores.store.calls.attempt('b', sent(3))
    await stores.store.calls.attempt('e', sent(5))
    await stores.store.calls.finish('e', { state: 'mined', block: 1n })
    await stores.store.calls.finish('d', { state: 'reverted' })
    await stores.store.calls.queue(call('d'))
    expect((await stores.store.calls.open()).map(({ key }) => key)).toEqual(['b', 'a', 'c', 'd'])
  })

  test('the next nonce is above every one that was ever given out', async () => {
    expect(await stores.store.calls.nextNonce()).toBeUndefined()
    await stores.store.calls.queue(call('a'))
    await stores.store.calls.attempt('a', sent(9))
    await stores.store.calls.finish('a', { state: 'reverted' })
    await stores.store.calls.queue(call('a'))
    await stores.store.calls.attempt('a', sent(2))
    expect(await stores.store.calls.nextNonce()).toBe(10)
  })

  describe('a batch on its way to the chain', () => {
    const cut = async (count: number) => {
      for (let n = 1; n <= count; n++) {
        await stores.store.inbox.append([accepted({ sequence: n })])
        await stores.store.log.commit(await nextBatch(stores.store, { closedAt: T0 + n }))
      }
    }
    const transaction = hash32('settlement')
    const stateOf = async (height: bigint) => (await stores.store.settle.batch(0, height))?.state

    test('is cut, sent, settled', async () => {
      await cut(1)
      const header = await stores.store.log.head(0)
      expect(plain(await stores.store.settle.batch(0, 1n))).toEqual(
        plain({ header, state: 'cut', transaction: undefined, block: undefined, settledAt: undefined }),
      )
      await stores.store.settle.move(0, 1n, { state: 'sent', transaction })
      await stores.store.settle.move(0, 1n, { state: 'settled', block: 9n, settledAt: T0 })
      expect(await stores.store.settle.batch(0, 1n)).toMatchObject({
        ...{ state: 'settled', transaction, block: 9n, settledAt: T0 },
      })
      expect(await stores.store.settle.batch(0, 2n)).toBeUndefined()
    })

    test('goes back to cut when the chain lost it, and forgets what that was', async () => {
      await cut(1)
      await stores.store.settle.move(0, 1n, { state: 'sent', transaction })
      await stores.store.settle.move(0, 1n, { state: 'settled', block: 9n, settledAt: T0 })
      await stores.store.settle.move(0, 1n, { state: 'cut' })
      expect(await stores.store.settle.batch(0, 1n)).toMatchObject({
        ...{ state: 'cut', transaction: undefined, block: undefined, settledAt: undefined },
      })
    })

    test('cannot be settled before it was sent, sent after it was settled, or moved where there is none', async () => {
      await cut(1)
      await expect(stores.store.settle.move(0, 1n, { state: 'settled' })).rejects.toThrow()
      await stores.store.settle.move(0, 1n, { state: 'sent', transaction })
      await stores.store.settle.move(0, 1n, { state: 'settled', block: 9n })
      await expect(stores.store.settle.move(0, 1n, { state: 'sent' })).rejects.toThrow()
      expect(await stateOf(1n)).toBe('settled')
      await expect(stores.store.settle.move(0, 2n, { state: 'sent' })).rejects.toThrow()
    })

    test('may be told the same move twice', async () => {
      await cut(1)
      await stores.store.settle.move(0, 1n, { state: 'sent', transaction })
      await stores.store.settle.move(0, 1n, { state: 'sent', transaction })
      expect(await stateOf(1n)).toBe('sent')
    })

    test('is among the unsettled, lowest first', async () => {
      await cut(4)
      await stores.store.settle.move(0, 1n, { state: 'sent' })
      await stores.store.settle.move(0, 1n, { state: 'settled' })
      await stores.store.settle.move(0, 3n, { state: 'sent' })
      const heights = async (limit: number) =>
        (await stores.store.settle.unsettled(0, limit)).map(({ header }) => header.height)
      expect(await heights(10)).toEqual([2n, 3n, 4n])
      expect(await heights(2)).toEqual([2n, 3n])
      expect(await stores.store.settle.unsettled(1, 10)).toEqual([])
    })
  })

  describe('the network', () => {
    const address = (digit: string): `0x${string}` => `0x${digit.repeat(40)}`
    const claimed = { chainId: 246_900, deployer: address('d'), nonce: 7n }
    const contracts = {
      registry: address('1'),
      ledger: address('2'),
      rewards: address('3'),
      token: address('4'),
      block: 12n,
    }

    test('is noted once: who comes second is told what stands', async () => {
      const other = await stores.open()
      expect(await stores.store.network.note()).toBeUndefined()
      expect(await stores.store.network.claim(claimed)).toEqual({ ...claimed, contracts: undefined })
      const late = { chainId: 1, deployer: address('e'), nonce: 0n }
      expect(await other.network.claim(late)).toEqual({ ...claimed, contracts: undefined })
    })

    test('keeps its contracts once they stand', async () => {
      await expect(stores.store.network.complete(contracts)).rejects.toThrow()
      await stores.store.network.claim(claimed)
      await stores.store.network.complete(contracts)
      expect(await stores.store.network.note()).toEqual({ ...claimed, contracts })
    })
  })

  test('the journal gives back every transaction once, in order', async () => {
    const entries = Array.from({ length: 520 }, (_, n) => ({
      hash: hash32(String(n)),
      raw: `0x02${'00'.repeat(n % 3)}` as const,
    }))
    for (const entry of entries) await stores.store.journal.append(entry)
    await stores.store.journal.append(entries[0] as (typeof entries)[0])
    const read = []
    for await (const entry of stores.store.journal.all()) read.push(entry)
    expect(read).toEqual(entries)
  })

  test('the journal forgets what the chain did not take, and takes it again when it comes again', async () => {
    const entries = ['a', 'b'].map((name) => ({ hash: hash32(name), raw: '0x02' as const }))
    const all = async () => {
      const read = []
      for await (const entry of stores.store.journal.all()) read.push(entry)
      return read
    }
    const [first, second] = entries as [(typeof entries)[0], (typeof entries)[0]]
    for (const entry of entries) await stores.store.journal.append(entry)
    await stores.store.journal.forget(first.hash)
    await stores.store.journal.forget(hash32('never there'))
    expect(await all()).toEqual([second])
    await stores.store.journal.append(first)
    expect(await all()).toEqual([second, first])
  })
}
