import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { days, hours, minutes, seconds } from '../../../devices/units.ts'
import type { Outcome, Verdict } from '../../ports.ts'
import { startOf } from '../refusal-slots.ts'
import { accepted, address, hash32, refused, registration, T0 } from './samples.contract.ts'
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

    test('of a flood of strangers are counted under one name, every one', async () => {
      const flood = times(5_000, (n) =>
        refused({ code: 'UNKNOWN_DEVICE', source: `imei:${n}`, standing: 'stranger', receivedAt: T0 + n }),
      )
      await stores.store.inbox.append(flood)
      expect(await statuses('imei:0')).toEqual(new Map([['UNKNOWN_DEVICE', 1]]))
      expect((await statuses('strangers')).get('UNKNOWN_DEVICE')).toBeGreaterThan(4_000)
      expect((await stores.store.read.counts()).refused).toBe(5_000n)
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

  describe('a sweep', () => {
    const sweep = async (now: number): Promise<void> => {
      while (await stores.store.evidence.sweep(now)) {
        // The next step.
      }
    }
    const arrival = fc.record({
      source: fc.constantFrom(address(1), address(2), 'imei:350916067070535', 'imei:7', address(3)),
      code: fc.constantFrom('BAD_SIGNATURE' as const, 'MALFORMED' as const),
      at: fc.integer({ min: 0, max: days(3) }),
    })
    const known = [address(1), address(2), 'imei:350916067070535'] as const

    const seed = async (): Promise<void> => {
      const registrations = [registration(), registration({ device: address(2) })]
      await stores.store.registry.learn({ registrations, block: 1n, blockHash: hash32('1') })
      await stores.store.registry.putImei('350916067070535', address(1))
    }

    /** Sums of each source of a registered device, by range and code. */
    const sums = async (span: number, ranges: number, from: number) => {
      const all = []
      for (const source of known)
        for (const n of times(ranges, (each) => each)) {
          const query = { source, from: from + n * span, to: from + (n + 1) * span }
          all.push(await stores.store.read.statusCounts(query))
        }
      return all
    }

    test('leaves every sum as it was: of hours while hours are kept, of days for ever', async () => {
      await seed()
      let run = 0
      await fc.assert(
        fc.asyncProperty(fc.array(arrival, { maxLength: 40 }), async (arrivals) => {
          run += 1
          const from = startOf(T0, days(1)) + run * days(100)
          await stores.store.inbox.append(
            arrivals.map(({ source, code, at }) =>
              refused({ source, code, receivedAt: from + at, standing: source === address(3) ? 'stranger' : 'device' }),
            ),
          )
          const [hoursBefore, daysBefore] = [await sums(hours(1), 72, from), await sums(days(1), 3, from)]
          const { refused: total } = await stores.store.read.counts()
          await sweep(from + days(5))
          expect(await sums(hours(1), 72, from)).toEqual(hoursBefore)
          await sweep(from + days(39))
          expect(await sums(days(1), 3, from)).toEqual(daysBefore)
          expect((await stores.store.read.counts()).refused).toBe(total)
        }),
        { numRuns: 8, seed: 42 },
      )
    })

    test('leaves recent counts as fine as they are', async () => {
      await seed()
      await stores.store.inbox.append(times(6, (n) => refused({ receivedAt: T0 + seconds(10 * n) })))
      await sweep(T0 + days(1))
      const query = { source: address(1), from: T0 + seconds(10), to: T0 + seconds(30) }
      expect(await stores.store.read.statusCounts(query)).toEqual(new Map([['BAD_SIGNATURE', 2]]))
    })

    test('gives up the names of strangers, and what no longer helps an owner', async () => {
      await seed()
      const rows = [
        refused({ source: address(3), standing: 'stranger' }),
        refused({ source: 'imei:7', standing: 'stranger' }),
        refused({ source: address(1) }),
      ]
      await stores.store.inbox.append(rows)
      await sweep(T0 + days(7))
      expect([(await refusals()).length, (await refusals('imei:7')).length]).toEqual([1, 1])
      await sweep(T0 + days(8))
      expect([(await refusals()).length, (await refusals('imei:7')).length]).toEqual([0, 0])
      expect([await statuses('imei:7'), await statuses(address(3))]).toEqual([new Map(), new Map()])
      expect(await statuses('strangers')).toEqual(new Map([['BAD_SIGNATURE', 2]]))
      expect(await statuses()).toEqual(new Map([['BAD_SIGNATURE', 1]]))
    })

    test('keeps the first eight conflicts of a device for ever', async () => {
      const conflicts = times(12, (n) =>
        refused({ code: 'SEQUENCE_CONFLICT', content: String(n), facts: { n }, receivedAt: T0 + minutes(n) }),
      )
      for (const conflict of conflicts) await stores.store.inbox.append([conflict])
      await stores.store.inbox.append([refused({ content: 'another code' })])
      for (const later of [days(7) + minutes(4), days(8), days(100)]) await sweep(T0 + later)
      const left = await refusals()
      expect(left.map(({ facts }) => facts.n)).toEqual([7, 6, 5, 4, 3, 2, 1, 0])
    })

    test('ends, however much there is, and gateways do not get in each other’s way', async () => {
      const other = await stores.open()
      const source = (n: number) => `imei:${n % 500}`
      const flood = times(9_000, (n) =>
        refused({ source: source(n), standing: 'stranger', receivedAt: T0 + seconds(10) * Math.floor(n / 500) }),
      )
      await stores.store.inbox.append(flood)
      const sweeping = [stores.store, other, stores.store].map(async ({ evidence }) => {
        while (await evidence.sweep(T0 + days(9))) {
          // The next step.
        }
      })
      await Promise.all(sweeping)
      await sweep(T0 + days(9))
      expect(await statuses('strangers')).toEqual(new Map([['BAD_SIGNATURE', 9_000]]))
      expect(await refusals('imei:1')).toEqual([])
    })
  })

  test('nothing to append is nothing done', async () => {
    expect(await stores.store.inbox.append([])).toEqual([])
  })
}
