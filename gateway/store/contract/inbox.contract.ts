import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { days, minutes, seconds } from '../../../devices/units.ts'
import type { Outcome, Verdict } from '../../ports.ts'
import { accepted, address, hash32, refused, T0 } from './samples.contract.ts'
import { freshStores, type Place, plain } from './suite.contract.ts'

const times = <T>(count: number, row: (n: number) => T): readonly T[] => Array.from({ length: count }, (_, n) => row(n))

/** One (device, sequence) belongs to the first digest that took it, for ever. */
const outcomesByModel = (verdicts: readonly Verdict[], taken = new Map<string, string>()): readonly Outcome[] =>
  verdicts.map((verdict) => {
    if (verdict.status === 'refused') return verdict.code
    const { device, sequence, digest } = verdict.envelope
    const mine = Buffer.from(digest).toString('hex')
    const stored = taken.get(`${device}/${sequence}`)
    if (stored === undefined) taken.set(`${device}/${sequence}`, mine)
    return stored === undefined ? 'ACCEPTED' : stored === mine ? 'SEQUENCE_SEEN' : 'SEQUENCE_CONFLICT'
  })

const all = { from: 0, to: T0 + days(100) }

export const inboxContract = (place: () => Promise<Place>): void => {
  const stores = freshStores(place)
  const statuses = (source: string = address(1)) => stores.store.read.statusCounts({ source, ...all })
  const refusals = (source: string = address(1)) => stores.store.read.refusals({ source, ...all, limit: 1_000 })

  describe('accepted packets', () => {
    test('are stored byte for byte', async () => {
      const packet = accepted({ flags: ['NO_FIX', 'STUCK_SENSOR'], quality: 4_200, readings: 17, term: 3 })
      expect(await stores.store.inbox.append([packet])).toEqual(['ACCEPTED'])
      const { format, device, sequence, digest, signature, raw } = packet.envelope
      const [stored] = await stores.store.read.packets({ device, from: 0, to: T0, after: undefined, limit: 10 })
      expect(plain(stored)).toEqual(
        plain({
          ...{ format, device, sequence, digest, signature, raw, term: 3, acceptedAt: T0, readings: 17 },
          ...{ from: T0 - 1_000, to: T0, flags: ['NO_FIX', 'STUCK_SENSOR'], quality: 4_200, log: undefined },
        }),
      )
    })

    test('are stored once, however often they come', async () => {
      await stores.store.inbox.append([accepted()])
      expect(await stores.store.inbox.append([accepted({ receivedAt: T0 + 1 })])).toEqual(['SEQUENCE_SEEN'])
      expect(await stores.store.log.pending(0, 10)).toHaveLength(1)
      expect(await statuses()).toEqual(new Map([['SEQUENCE_SEEN', 1]]))
    })

    test('with a sequence that another packet has are kept as evidence of it', async () => {
      await stores.store.inbox.append([accepted()])
      expect(await stores.store.inbox.append([accepted({ content: 'other' })])).toEqual(['SEQUENCE_CONFLICT'])
      expect(await refusals()).toEqual([
        {
          code: 'SEQUENCE_CONFLICT',
          facts: { sequence: '1', storedDigest: hash32(`${address(1)}/1/`) },
          count: 1,
          at: T0,
        },
      ])
    })

    test('that come twice in one group count once, the first', async () => {
      const group = [accepted(), accepted({ sequence: 2 }), accepted(), accepted({ content: 'other' })]
      expect(await stores.store.inbox.append(group)).toEqual([
        'ACCEPTED',
        'ACCEPTED',
        'SEQUENCE_SEEN',
        'SEQUENCE_CONFLICT',
      ])
    })

    test('may have any sequence up to 2^63-1', async () => {
      const sequence = 2n ** 63n - 1n
      await stores.store.inbox.append([accepted({ sequence }), accepted({ sequence: 0 })])
      const found = await stores.store.read.packets({ device: address(1), from: 0, to: T0, after: undefined, limit: 9 })
      expect(found.map((row) => row.sequence)).toEqual([0n, sequence])
    })

    test('of months apart, from a clock that jumped or a queue that waited, keep one law', async () => {
      const moments = [
        ...times(31, (n) => T0 - days(n)),
        Date.UTC(2025, 11, 1),
        Date.UTC(2025, 11, 1) - 1,
        Date.UTC(2038, 0, 19, 3, 14, 8),
        Date.UTC(1970, 0, 1),
        Date.UTC(2024, 1, 29),
      ]
      const packets = moments.map((receivedAt, sequence) => accepted({ sequence, receivedAt }))
      expect(new Set(await stores.store.inbox.append(packets))).toEqual(new Set(['ACCEPTED']))
      const again = packets.map((packet) => ({ ...packet, receivedAt: T0 + days(60) }))
      expect(new Set(await stores.store.inbox.append(again))).toEqual(new Set(['SEQUENCE_SEEN']))
      expect(await stores.store.log.pending(0, 100)).toHaveLength(moments.length)
    })

    test('may claim times that are none', async () => {
      const packet = accepted({ from: Number.NaN, to: Number.POSITIVE_INFINITY })
      const far = accepted({ sequence: 2, from: -1e300, to: 1e300 })
      expect(await stores.store.inbox.append([packet, far])).toEqual(['ACCEPTED', 'ACCEPTED'])
      const [stored] = await stores.store.read.packets({
        device: address(1),
        from: T0,
        to: T0,
        after: undefined,
        limit: 1,
      })
      expect(stored).toMatchObject({ from: T0, to: T0 })
    })
  })

  describe('any order of packets, repeats, conflicts and refusals', () => {
    const verdict = fc
      .record({
        device: fc.integer({ min: 1, max: 3 }),
        sequence: fc.integer({ min: 1, max: 4 }),
        content: fc.constantFrom('', 'other'),
        isRefused: fc.boolean(),
      })
      .map(({ device, sequence, content, isRefused }) => (run: number): Verdict => {
        const of = address(run + device)
        return isRefused ? refused({ source: of, content }) : accepted({ device: of, sequence, content })
      })
    let run = 0

    test('gets exactly the outcomes that the law says, and they add up', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(verdict, { maxLength: 12 }), { maxLength: 4 }), async (groups) => {
          // Devices of its own for each run, so that all runs can share one store.
          run += 10
          const { inbox, read } = stores.store
          const before = await read.counts()
          const taken = new Map<string, string>()
          for (const group of groups) {
            const verdicts = group.map((make) => make(run))
            expect(await inbox.append(verdicts)).toEqual(outcomesByModel(verdicts, taken))
          }
          const after = await read.counts()
          expect(after.packets - before.packets).toBe(BigInt(taken.size))
          expect(after.packets + after.refused - before.packets - before.refused).toBe(BigInt(groups.flat().length))
        }),
        { numRuns: 50, seed: 42 },
      )
    })
  })

  describe('two gateways on one store', () => {
    test('accept each packet once, in whatever order both get them', async () => {
      const other = await stores.open()
      const packets = times(300, (n) => accepted({ device: address(n % 7), sequence: n }))
      const groups = (rows: readonly Verdict[]) => times(10, (n) => rows.slice(n * 30, n * 30 + 30))
      const outcomes = await Promise.all([
        ...groups(packets).map((group) => stores.store.inbox.append(group)),
        ...groups(packets.toReversed()).map((group) => other.inbox.append(group)),
      ])
      const count = (code: Outcome) => outcomes.flat().filter((outcome) => outcome === code).length
      expect([count('ACCEPTED'), count('SEQUENCE_SEEN')]).toEqual([300, 300])
      expect(await stores.store.log.pending(0, 1_000)).toHaveLength(300)
    })

    test('let one of two packets with the same sequence win, and tell the other’s conflict', async () => {
      const other = await stores.open()
      for (const sequence of times(20, (n) => n)) {
        const outcomes = await Promise.all([
          stores.store.inbox.append([accepted({ sequence })]),
          other.inbox.append([accepted({ sequence, content: 'other' })]),
        ])
        expect(outcomes.flat().toSorted()).toEqual(['ACCEPTED', 'SEQUENCE_CONFLICT'])
      }
    })

    test('file the same refusals without waiting for each other in a circle', async () => {
      const other = await stores.open()
      const rows = times(50, (n) => refused({ source: address(n) }))
      await Promise.all(
        times(20, (n) => (n % 2 ? other : stores.store).inbox.append(n % 4 < 2 ? rows : rows.toReversed())),
      )
      expect(await statuses(address(7))).toEqual(new Map([['BAD_SIGNATURE', 20]]))
    })
  })

  describe('refusals', () => {
    test('are told with code, facts and time', async () => {
      const row = refused({ code: 'OUT_OF_RANGE', facts: { field: 'sequence', most: 5 }, content: 'a' })
      expect(await stores.store.inbox.append([row])).toEqual(['OUT_OF_RANGE'])
      expect(await refusals()).toEqual([
        { code: 'OUT_OF_RANGE', facts: { field: 'sequence', most: 5 }, count: 1, at: T0 },
      ])
    })

    test('of the same packet count up in one row', async () => {
      for (const n of [0, 1, 2])
        await stores.store.inbox.append([refused({ content: 'a', receivedAt: T0 + minutes(n) })])
      expect(await refusals()).toEqual([{ code: 'BAD_SIGNATURE', facts: {}, count: 3, at: T0 + minutes(2) }])
    })

    test('of a device’s flood share rows, and every one is counted', async () => {
      const flood = times(500, (n) => refused({ content: String(n), receivedAt: T0 + n }))
      await stores.store.inbox.append(flood)
      const rows = await refusals()
      expect(rows.length).toBeLessThan(10)
      expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(500)
      expect(await statuses()).toEqual(new Map([['BAD_SIGNATURE', 500]]))
    })

    test('of a flood of strangers are filed under one name, and every one is counted', async () => {
      const flood = times(500, (n) => refused({ code: 'UNKNOWN_DEVICE', source: `imei:${n}`, receivedAt: T0 + n }))
      await stores.store.inbox.append(flood)
      expect(await statuses('imei:0')).toEqual(new Map([['UNKNOWN_DEVICE', 1]]))
      expect((await statuses('strangers')).get('UNKNOWN_DEVICE')).toBeGreaterThan(400)
      expect((await stores.store.read.counts()).refused).toBe(500n)
    })

    test('are counted in exactly one of two adjoining ranges', async () => {
      const rows = times(60, (n) => refused({ receivedAt: T0 + seconds(n) }))
      await stores.store.inbox.append(rows)
      const count = async (from: number, to: number) =>
        (await stores.store.read.statusCounts({ source: address(1), from, to })).get('BAD_SIGNATURE') ?? 0
      expect(await count(T0, T0 + seconds(30))).toBe(30)
      for (const cut of [0, 1, 9, 10, 11, 37, 60]) {
        const middle = T0 + seconds(cut)
        expect((await count(0, middle)) + (await count(middle, T0 + days(1)))).toBe(60)
      }
    })

    test('with bytes that no database likes do not keep the others from being stored', async () => {
      const row = refused({ source: 'imei:\0\ud800', facts: { 'na\0me': 'va\0lue \udfff' }, content: 'a' })
      expect(await stores.store.inbox.append([row, accepted()])).toEqual(['BAD_SIGNATURE', 'ACCEPTED'])
      const [told] = await refusals('imei:\ufffd\ufffd')
      expect(told?.facts).toEqual({ 'na\ufffdme': 'va\ufffdlue \ufffd' })
    })

    test('come newest first, those of the range asked, at most as many as asked', async () => {
      await stores.store.inbox.append(
        times(5, (n) => refused({ content: String(n), facts: { n }, receivedAt: T0 + seconds(n) })),
      )
      const query = { source: address(1), from: T0 + seconds(1), to: T0 + seconds(4) }
      const of = async (limit: number) =>
        (await stores.store.read.refusals({ ...query, limit })).map((row) => row.facts.n)
      expect(await of(10)).toEqual([3, 2, 1])
      expect(await of(2)).toEqual([3, 2])
    })
  })

  test('nothing to append is nothing done', async () => {
    expect(await stores.store.inbox.append([])).toEqual([])
  })
}
