import { describe, expect, test } from 'vitest'
import { accepted, address, bytes32, nextBatch, refused, T0 } from './samples.contract.ts'
import { freshStores, type Place, plain } from './suite.contract.ts'

const tile = (level: number, index: bigint, hashes: number) => ({
  level,
  index,
  hashes: Buffer.concat(Array.from({ length: hashes }, (_, n) => bytes32(`${level}/${index}/${n}`))),
})

/** A promise and its resolver, to hold work in the middle. */
const gate = () => {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

export const logContract = (place: () => Promise<Place>): void => {
  const stores = freshStores(place)

  describe('pending records', () => {
    test('come oldest first, as many as asked, with all that their log line needs', async () => {
      const newest = accepted({ sequence: 1, receivedAt: T0 + 2 })
      const oldest = accepted({ device: address(2), receivedAt: T0, term: 4, quality: 77, readings: 5 })
      await stores.store.inbox.append([newest, accepted({ sequence: 2, receivedAt: T0 + 1 }), oldest, refused()])
      expect((await stores.store.log.pending(0, 10)).map(({ acceptedAt }) => acceptedAt)).toEqual([T0, T0 + 1, T0 + 2])
      const { device, sequence, digest, signature, format } = oldest.envelope
      expect(plain(await stores.store.log.pending(0, 1))).toEqual([
        plain({ device, sequence, digest, signature, format, acceptedAt: T0, term: 4, quality: 77, readings: 5 }),
      ])
    })

    test('are none of another lane', async () => {
      await stores.store.inbox.append([accepted()])
      expect(await stores.store.log.pending(1, 10)).toEqual([])
      expect(await stores.store.log.waiting(1, 10)).toEqual({ records: 0, oldest: undefined })
    })

    test('are counted up to a limit, with the time of the oldest', async () => {
      await stores.store.inbox.append([3, 1, 2].map((n) => accepted({ sequence: n, receivedAt: T0 + n })))
      expect(await stores.store.log.waiting(0, 10)).toEqual({ records: 3, oldest: T0 + 1 })
      expect(await stores.store.log.waiting(0, 2)).toEqual({ records: 2, oldest: T0 + 1 })
    })
  })

  describe('committing a batch', () => {
    test('moves the head, takes its records, and gives them their place in the log', async () => {
      await stores.store.inbox.append([accepted({ sequence: 2 }), accepted({ device: address(2) }), accepted()])
      expect(await stores.store.log.head(0)).toBeUndefined()
      const batch = await nextBatch(stores.store)
      await stores.store.log.commit(batch)
      expect(plain(await stores.store.log.head(0))).toEqual(batch.header)
      expect(await stores.store.log.pending(0, 10)).toEqual([])
      const query = { device: address(1), from: 0, to: T0, after: undefined, limit: 10 }
      expect((await stores.store.read.packets(query)).map(({ log }) => log)).toEqual([
        { lane: 0, index: 0n, height: 1n },
        { lane: 0, index: 1n, height: 1n },
      ])
    })

    test('can be read back as it was', async () => {
      await stores.store.inbox.append([accepted({ sequence: 2 }), accepted({ device: address(2) }), accepted()])
      await stores.store.log.commit(await nextBatch(stores.store))
      await stores.store.inbox.append([accepted({ sequence: 3 }), accepted({ device: address(2), sequence: 9 })])
      const { tiles, ...batch } = await nextBatch(stores.store)
      await stores.store.log.commit({ ...batch, tiles })
      expect(plain(await stores.store.log.committed(0, 2n))).toEqual(plain(batch))
      expect(await stores.store.log.committed(0, 3n)).toBeUndefined()
      expect(await stores.store.log.committed(1, 1n)).toBeUndefined()
    })

    test('carries the totals of each term on', async () => {
      await stores.store.inbox.append([accepted({ quality: 10 }), accepted({ sequence: 2, quality: 20 })])
      await stores.store.log.commit(await nextBatch(stores.store))
      await stores.store.inbox.append([accepted({ sequence: 3, quality: 5 })])
      await stores.store.log.commit(await nextBatch(stores.store))
      const terms = [
        { device: address(1), term: 1 },
        { device: address(1), term: 2 },
      ]
      expect(await stores.store.log.totals(terms)).toEqual(
        new Map([[`${address(1)}/1`, { totalRecords: 3n, totalScore: 35n, lane: 0, height: 2n }]]),
      )
      expect(await stores.store.log.totals([])).toEqual(new Map())
    })

    test('rejects where the head moved, and writes nothing', async () => {
      await stores.store.inbox.append([accepted()])
      const batch = await nextBatch(stores.store, { tiles: [tile(0, 0n, 1)] })
      const later = { ...batch.header, height: 2n }
      await expect(stores.store.log.commit({ ...batch, header: later })).rejects.toThrow()
      const shifted = { ...batch.header, from: 1n, size: 2n }
      await expect(stores.store.log.commit({ ...batch, header: shifted })).rejects.toThrow()
      expect(await stores.store.log.head(0)).toBeUndefined()
      expect(await stores.store.log.pending(0, 10)).toHaveLength(1)
      await expect(stores.store.log.tiles(0, [tile(0, 0n, 1)])).rejects.toThrow()
    })

    test('rejects a record that is taken or was never stored, and writes nothing', async () => {
      await stores.store.inbox.append([accepted()])
      const first = await nextBatch(stores.store)
      await stores.store.log.commit(first)
      await stores.store.inbox.append([accepted({ sequence: 2 })])
      const second = await nextBatch(stores.store)
      await expect(stores.store.log.commit({ ...second, records: first.records })).rejects.toThrow()
      const strange = second.records.map((record) => ({ ...record, digest: bytes32('never stored') }))
      await expect(stores.store.log.commit({ ...second, records: strange })).rejects.toThrow()
      await expect(stores.store.log.commit({ ...second, records: [] })).rejects.toThrow()
      expect(plain(await stores.store.log.head(0))).toEqual(first.header)
      expect(await stores.store.log.totals(second.records)).toMatchObject(
        new Map([[`${address(1)}/1`, { totalRecords: 1n }]]),
      )
      await stores.store.log.commit(second)
    })

    test('by two gateways at once succeeds for one', async () => {
      const other = await stores.open()
      await stores.store.inbox.append([accepted()])
      const batch = await nextBatch(stores.store)
      const ends = await Promise.allSettled([stores.store.log.commit(batch), other.log.commit(batch)])
      expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
      expect((await stores.store.read.counts()).batches).toBe(1n)
    })
  })

  describe('tiles', () => {
    const commit = async (sequence: number, ...tiles: readonly ReturnType<typeof tile>[]) => {
      await stores.store.inbox.append([accepted({ sequence })])
      await stores.store.log.commit(await nextBatch(stores.store, { tiles }))
    }

    test('come as asked, the widest that was stored', async () => {
      await commit(1, tile(0, 0n, 2), tile(1, 0n, 1))
      await commit(2, tile(0, 0n, 256), tile(0, 1n, 3))
      await commit(3, tile(0, 0n, 7))
      const found = await stores.store.log.tiles(0, [tile(0, 1n, 0), tile(1, 0n, 0), tile(0, 0n, 0), tile(0, 1n, 0)])
      expect(found.map((hashes) => hashes.length / 32)).toEqual([3, 1, 256, 3])
      expect(plain(found[2])).toEqual(plain(tile(0, 0n, 256).hashes))
      expect(await stores.store.log.tiles(0, [])).toEqual([])
    })

    test('that are missing reject', async () => {
      await commit(1, tile(0, 0n, 1))
      await expect(stores.store.log.tiles(0, [tile(0, 0n, 1), tile(0, 1n, 1)])).rejects.toThrow(/0\/1/)
      await expect(stores.store.log.tiles(1, [tile(0, 0n, 1)])).rejects.toThrow()
    })
  })

  describe('owning a lane', () => {
    test('is for one gateway at a time', async () => {
      const other = await stores.open()
      const hold = gate()
      const began = gate()
      const working = stores.store.log.whileOwning(0, async () => {
        began.open()
        await hold.opened
        return 'done'
      })
      await began.opened
      expect(await other.log.whileOwning(0, async () => 'both')).toBeUndefined()
      expect(await stores.store.log.whileOwning(0, async () => 'twice')).toBeUndefined()
      expect(await other.log.whileOwning(1, async () => 'another lane')).toBe('another lane')
      hold.open()
      expect(await working).toBe('done')
      expect(await other.log.whileOwning(0, async () => 'next')).toBe('next')
    })

    test('ends with work that fails, and the failure is told as it is', async () => {
      const failure = new Error('work failed')
      await expect(stores.store.log.whileOwning(0, () => Promise.reject(failure))).rejects.toBe(failure)
      const other = await stores.open()
      expect(await other.log.whileOwning(0, async () => 'next')).toBe('next')
    })

    test('ends with the gateway', async () => {
      const dying = await stores.open()
      const began = gate()
      const hold = gate()
      const working = dying.log.whileOwning(0, async () => {
        began.open()
        await hold.opened
      })
      await began.opened
      await dying.close()
      hold.open()
      await working
      expect(await stores.store.log.whileOwning(0, async () => 'next')).toBe('next')
    })
  })
}
