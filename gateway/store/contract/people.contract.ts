import { describe, expect, test } from 'vitest'
import { days } from '../../../devices/units.ts'
import type { Grade } from '../../ports.ts'
import {
  accepted,
  address,
  bytes32,
  earning,
  epoch,
  hash32,
  nextBatch,
  proposal,
  refused,
  registration,
  settleNext,
  T0,
} from './samples.contract.ts'
import { freshStores, type Place, plain } from './suite.contract.ts'

const MAX = 2n ** 256n - 1n

export const peopleContract = (place: () => Promise<Place>): void => {
  const stores = freshStores(place)
  const learn = (...registrations: ReturnType<typeof registration>[]) =>
    stores.store.registry.learn({ registrations, block: 7n, blockHash: hash32('block') })

  describe('what owners have had stored', () => {
    const [owner, other] = [address(901), address(902)]

    test('adds up by day, across stores, and survives', async () => {
      const { usage } = stores.store
      expect(await usage.add([])).toEqual([])
      await usage.add([{ owner, day: 20_000, bytes: 60 }])
      const sums = await (await stores.open()).usage.add([
        { owner, day: 20_000, bytes: 40 },
        { owner: other, day: 20_000, bytes: 2 ** 40 },
      ])
      const kept = [
        { owner, day: 20_000, bytes: 100 },
        { owner: other, day: 20_000, bytes: 2 ** 40 },
      ]
      expect([...sums].sort((a, b) => a.bytes - b.bytes)).toEqual(kept)
      expect([...(await usage.of(20_000))].sort((a, b) => a.bytes - b.bytes)).toEqual(kept)
      expect(await usage.of(20_001)).toEqual([])
    })
  })

  describe('the registry', () => {
    test('is what the chain said last', async () => {
      expect(await stores.store.registry.cursor()).toBeUndefined()
      await learn(
        registration(),
        registration({ device: address(2), key: { curve: 'p256', publicKey: new Uint8Array(64) } }),
      )
      const after = registration({ owner: address(901), term: 2, revoked: true, grade: 'attested', block: 9n })
      await stores.store.registry.learn({ registrations: [after], block: 9n, blockHash: hash32('next') })
      const rows = await stores.store.registry.registrations()
      expect(plain(rows[0])).toEqual(after)
      expect(rows[1]?.key.curve).toBe('p256')
      expect(await stores.store.registry.cursor()).toEqual({ block: 9n, blockHash: hash32('next') })
    })

    test('takes the last of several states of one device, and no device at all', async () => {
      await learn(registration(), registration({ term: 2 }), registration({ term: 3, owner: address(903) }))
      expect(await stores.store.registry.registrations()).toMatchObject([{ term: 3, owner: address(903) }])
      await learn()
      expect(await stores.store.registry.registrations()).toHaveLength(1)
    })

    test('keeps any cell and model an owner may declare', async () => {
      await learn(registration({ cell: 2n ** 64n - 1n, model: 'naïve\0' }))
      const [row] = await stores.store.registry.registrations()
      expect(row?.cell).toBe(2n ** 64n - 1n)
      expect(row?.model).toMatch(/^naïve/)
    })

    test('knows every device of an IMEI, each once', async () => {
      await stores.store.registry.putImei('351358810283462', address(1))
      await stores.store.registry.putImei('351358810283463', address(2))
      await stores.store.registry.putImei('351358810283462', address(3))
      await stores.store.registry.putImei('351358810283462', address(1))
      expect(await stores.store.registry.imeis()).toEqual(
        new Map([
          ['351358810283462', [address(1), address(3)]],
          ['351358810283463', [address(2)]],
        ]),
      )
    })

    test('keeps one proposal per device and owner, the last of each', async () => {
      const imei = '351358810283462'
      await stores.store.registry.putProposal(proposal({ imei }))
      await stores.store.registry.putProposal(
        proposal({ device: address(2), proposedAt: T0 + 1, nonce: MAX, cell: 5n }),
      )
      const sent = proposal({ state: 'sent', detail: 'waits for the chain' })
      await stores.store.registry.putProposal(sent)
      const release = { deadline: MAX, signature: `0x${'cd'.repeat(65)}` } as const
      const others = proposal({ owner: address(901), imei, release, proposedAt: T0 + 2 })
      await stores.store.registry.putProposal(others)
      expect(await stores.store.registry.proposals()).toEqual([
        sent,
        proposal({ device: address(2), proposedAt: T0 + 1, nonce: MAX, cell: 5n }),
        others,
      ])
    })

    test('forgets proposals that ended and whose deadline is past, so many at once', async () => {
      const { registry } = stores.store
      const states = ['proposed', 'sent', 'paired', 'failed', 'failed'] as const
      for (const [index, state] of states.entries())
        await registry.putProposal(proposal({ device: address(index + 1), state, deadline: 1_800_000_000n }))
      await registry.putProposal(proposal({ device: address(9), state: 'failed', deadline: 1_800_000_001n }))
      expect(await registry.forgetProposals(1_800_000_000n, 10)).toBe(0)
      expect(await registry.forgetProposals(1_800_000_001n, 2)).toBe(2)
      expect(await registry.forgetProposals(1_800_000_001n, 2)).toBe(1)
      expect((await registry.proposals()).map(({ device }) => device)).toEqual([1, 2, 9].map(address))
    })
  })

  describe('devices as read', () => {
    test('come in pages, by address, of one owner where asked', async () => {
      await learn(...[3, 1, 2, 4].map((n) => registration({ device: address(n), owner: address(900 + (n % 2)) })))
      const page = async (after: number | undefined, limit: number, owner?: number) =>
        (
          await stores.store.read.devices({
            after: after === undefined ? undefined : address(after),
            limit,
            ...(owner ? { owner: address(owner) } : {}),
          })
        ).map(({ device }) => device)
      expect(await page(undefined, 3)).toEqual([1, 2, 3].map(address))
      expect(await page(3, 3)).toEqual([address(4)])
      expect(await page(undefined, 9, 901)).toEqual([1, 3].map(address))
      expect(await page(1, 9, 901)).toEqual([address(3)])
    })

    test('tell how many packets the log holds, and when the last of them was accepted', async () => {
      await learn(registration(), registration({ device: address(2) }))
      await stores.store.registry.putImei('351358810283462', address(1))
      await stores.store.inbox.append([accepted({ receivedAt: T0 + 5 }), accepted({ sequence: 2, receivedAt: T0 + 3 })])
      await settleNext(stores.store, T0)
      await stores.store.inbox.append([accepted({ sequence: 3, receivedAt: T0 + 1 })])
      expect(await stores.store.read.device(address(1))).toMatchObject({
        ...{ imei: '351358810283462', packets: 2n, lastSeenAt: T0 + 5, owner: address(900) },
      })
      expect(await stores.store.read.device(address(2))).toMatchObject({
        packets: 0n,
        lastSeenAt: undefined,
        imei: undefined,
      })
      expect(await stores.store.read.device(address(3))).toBeUndefined()
      await settleNext(stores.store, T0 + 1)
      expect(await stores.store.read.device(address(1))).toMatchObject({ packets: 3n, lastSeenAt: T0 + 5 })
    })
  })

  describe('packets as read', () => {
    test('are those that overlap the range, by sequence, in pages', async () => {
      const at = (n: number) => T0 + n * 1_000
      // Sequence and time need not agree: a backlog comes late.
      const packets = [5, 1, 4, 2, 3].map((n) => accepted({ sequence: n, from: at(10 - n), to: at(11 - n) }))
      await stores.store.inbox.append([...packets, accepted({ device: address(2), sequence: 9 })])
      const page = async (from: number, to: number, after: bigint | undefined, limit = 9) =>
        (await stores.store.read.packets({ device: address(1), from, to, after, limit })).map(
          ({ sequence }) => sequence,
        )
      expect(await page(at(7), at(8), undefined)).toEqual([2n, 3n, 4n])
      expect(await page(at(8) + 1, at(9) - 1, undefined)).toEqual([2n])
      expect(await page(0, at(99), undefined, 2)).toEqual([1n, 2n])
      expect(await page(0, at(99), 2n, 2)).toEqual([3n, 4n])
    })
  })

  test('status counts: accepted by their batch’s closing, refusals by arrival', async () => {
    await stores.store.inbox.append([accepted(), accepted({ sequence: 2 }), refused({ receivedAt: T0 })])
    await settleNext(stores.store, T0 + days(1))
    await stores.store.inbox.append([accepted({ sequence: 3 })])
    await settleNext(stores.store, T0 + days(2))
    const counts = (from: number, to: number) =>
      stores.store.read.statusCounts({ source: address(1), from: T0 + days(from), to: T0 + days(to) })
    expect(await counts(0, 1)).toEqual(new Map([['BAD_SIGNATURE', 1]]))
    expect(await counts(1, 2)).toEqual(new Map([['ACCEPTED', 2]]))
    expect(await counts(0, 3)).toEqual(
      new Map([
        ['BAD_SIGNATURE', 1],
        ['ACCEPTED', 3],
      ]),
    )
  })

  test('batches are read newest first, and counts tell how many of each there are', async () => {
    await learn(registration())
    for (const n of [1, 2, 3]) {
      await stores.store.inbox.append([accepted({ sequence: n }), refused({ receivedAt: T0 + n })])
      await settleNext(stores.store, T0 + n)
    }
    await stores.store.settle.move(0, 3n, { state: 'cut' })
    await stores.store.inbox.append([accepted({ sequence: 4 })])
    const heights = async (below: bigint | undefined, limit: number) =>
      (await stores.store.read.batches({ lane: 0, below, limit })).map(({ header }) => header.height)
    expect(await heights(undefined, 2)).toEqual([3n, 2n])
    expect(await heights(2n, 9)).toEqual([1n])
    expect(await stores.store.read.counts()).toEqual({ devices: 1, packets: 4n, refused: 3n, batches: 3n, settled: 2n })
  })

  test('the oldest thing of each queue is told by its time', async () => {
    const { calls, inbox, log, read, settle } = stores.store
    expect(await read.oldest(0)).toEqual({ cut: undefined, settle: undefined, calls: undefined })
    await inbox.append([accepted({ receivedAt: T0 + 9 })])
    await log.commit(await nextBatch(stores.store, { closedAt: T0 + 10 }))
    await inbox.append([accepted({ sequence: 2, receivedAt: T0 + 12 }), accepted({ sequence: 3, receivedAt: T0 + 11 })])
    for (const [key, nonce, sentAt] of [
      ['a', 2, T0 + 20],
      ['b', 1, T0 + 30],
      ['b', 1, T0 + 40],
    ] as const) {
      await calls.queue({ key, to: address(1), data: '0x00', gas: 1n })
      await calls.attempt(key, { nonce, hash: hash32(`${sentAt}`), raw: '0x01', sentAt })
    }
    expect(await read.oldest(0)).toEqual({ cut: T0 + 11, settle: T0 + 10, calls: T0 + 30 })
    await settle.move(0, 1n, { state: 'sent' })
    await settle.move(0, 1n, { state: 'settled' })
    await calls.finish('b', { state: 'mined' })
    expect(await read.oldest(0)).toEqual({ cut: T0 + 11, settle: undefined, calls: T0 + 20 })
  })

  test('one batch is found by its lane and height', async () => {
    await stores.store.inbox.append([accepted()])
    const { header } = await settleNext(stores.store, T0)
    expect(plain((await stores.store.read.batch(0, 1n))?.header)).toEqual(plain(header))
    expect(await stores.store.read.batch(0, 2n)).toBeUndefined()
    expect(await stores.store.read.batch(1, 1n)).toBeUndefined()
  })

  test('refusals are counted in all, whatever becomes of their evidence, and devices once each', async () => {
    await learn(registration(), registration({ device: address(2) }))
    await learn(registration({ term: 2 }), registration({ device: address(3) }))
    await Promise.all([1, 2, 3].map(() => stores.store.inbox.append([refused(), refused({ code: 'MALFORMED' })])))
    expect(await stores.store.read.counts()).toMatchObject({ devices: 3, refused: 6n })
  })

  describe('epochs', () => {
    test('come back as they were, with money of any size', async () => {
      const rich = epoch({
        ...{ heights: [3n, 2n ** 62n], totalWeight: MAX, totalEarned: MAX, transaction: hash32('proposal') },
        earnings: [
          earning({ amount: MAX, cumulative: MAX }),
          earning({ term: 2, holder: address(901), amount: 0n, cumulative: 10n ** 77n }),
          earning({ device: address(2), weight: 2n ** 63n - 1n }),
        ],
      })
      await stores.store.rewards.put(rich)
      const { earnings, runRoots: _, ...rest } = rich
      expect(plain(await stores.store.rewards.epoch(1n))).toEqual(
        plain({ ...rest, terms: 3, earners: 2, earned: MAX + 1n }),
      )
      expect(plain(await stores.store.rewards.earnings(1n))).toEqual(plain(earnings))
      expect(await stores.store.rewards.epoch(2n)).toBeUndefined()
    })

    test('are replaced whole, and keep the trees’ order however they were given', async () => {
      const { rewards } = stores.store
      await rewards.put(epoch({ earnings: [earning(), earning({ device: address(2) })] }))
      const earnings = [earning({ device: address(3) }), earning({ term: 11 }), earning({ term: 2 })]
      await rewards.put(epoch({ state: 'proposed', earnings }))
      expect((await rewards.epoch(1n))?.state).toBe('proposed')
      expect((await rewards.earnings(1n)).map(({ device, term }) => [device, term])).toEqual([
        [address(1), 2],
        [address(1), 11],
        [address(3), 1],
      ])
    })

    test('move from state to state, their lines untouched', async () => {
      const { rewards } = stores.store
      await rewards.put(epoch())
      await rewards.move(1n, { state: 'proposed', transaction: hash32('proposal') })
      expect(await rewards.epoch(1n)).toMatchObject({ state: 'proposed', transaction: hash32('proposal') })
      await rewards.move(1n, { state: 'computed', transaction: undefined })
      expect(await rewards.epoch(1n)).toMatchObject({ state: 'computed', transaction: undefined })
      expect(await rewards.earnings(1n)).toHaveLength(1)
      await expect(rewards.move(2n, { state: 'final', transaction: undefined })).rejects.toThrow()
    })

    test('are found newest, newest of a state, open, and in pages', async () => {
      const { rewards, read } = stores.store
      expect(await rewards.latest()).toBeUndefined()
      await rewards.put(epoch({ epoch: 9n, state: 'final' }))
      await rewards.put(epoch({ epoch: 10n, state: 'final' }))
      await rewards.put(epoch({ epoch: 11n, state: 'proposed' }))
      await rewards.put(epoch({ epoch: 12n }))
      expect((await rewards.latest())?.epoch).toBe(12n)
      expect((await rewards.latest('final'))?.epoch).toBe(10n)
      expect((await rewards.open()).map(({ epoch: n }) => n)).toEqual([11n, 12n])
      const numbers = async (below: bigint | undefined, limit: number, state?: 'final') =>
        (await read.epochs({ below, limit, ...(state ? { state } : {}) })).map(({ epoch: n }) => n)
      expect(await numbers(undefined, 2)).toEqual([12n, 11n])
      expect(await numbers(11n, 9)).toEqual([10n, 9n])
      expect(await numbers(undefined, 1, 'final')).toEqual([10n])
      expect((await read.epoch(9n))?.epoch).toBe(9n)
      expect(await read.epoch(8n)).toBeUndefined()
    })
  })

  describe('an epoch’s lines', () => {
    const busy = earning({ device: address(1), term: 1, amount: 5n, cumulative: 5n })
    const sold = earning({ device: address(1), term: 2, amount: 2n, cumulative: 2n, grade: 'legacy' })
    const other = earning({ device: address(2), amount: 3n, cumulative: 3n })
    /** Term 1 earns in epochs 1 and 3, term 2 begins in 2, and the other device earns in 1 and 3. */
    const fill = async () => {
      const { rewards } = stores.store
      await rewards.put(epoch({ epoch: 1n, earnings: [busy, other] }))
      await rewards.put(epoch({ epoch: 2n, earnings: [sold] }))
      const more = { ...busy, amount: 1n, cumulative: 6n }
      await rewards.put(epoch({ epoch: 3n, earnings: [more, { ...sold, amount: 0n }, other] }))
      return more
    }

    test('are those that were put with it', async () => {
      const more = await fill()
      expect(await stores.store.rewards.earnings(1n)).toEqual([busy, other])
      expect(await stores.store.rewards.earnings(2n)).toEqual([sold])
      expect(await stores.store.rewards.earnings(3n)).toEqual([more, { ...sold, amount: 0n }, other])
    })

    test('are proven by their run of 32 and the roots of all runs', async () => {
      const many = Array.from({ length: 70 }, (_, n) => earning({ device: address(n + 1) }))
      const runRoots = [1, 2, 3].map((n) => bytes32(`run ${n}`))
      await stores.store.rewards.put(epoch({ earnings: many, runRoots }))
      const run = async (n: number, term = 1) => stores.store.read.run(1n, { device: address(n), term })
      expect(plain(await run(34))).toEqual(plain({ first: 32, lines: many.slice(32, 64), roots: runRoots }))
      expect(await run(32)).toMatchObject({ first: 0 })
      expect(plain((await run(70))?.lines)).toEqual(plain(many.slice(64)))
      expect(await run(71)).toBeUndefined()
      expect(await run(34, 2)).toBeUndefined()
      expect(await stores.store.read.run(2n, { device: address(1), term: 1 })).toBeUndefined()
    })

    test('are unpaid from when it is final until they are told to be paid', async () => {
      const { rewards } = stores.store
      const unpaid = async (limit = 9) => (await rewards.unpaid(limit)).map(({ epoch: n }) => n)
      await fill()
      expect(await unpaid()).toEqual([])
      for (const n of [1n, 2n, 3n]) await rewards.move(n, { state: 'final', transaction: undefined })
      await rewards.put(epoch({ epoch: 4n, state: 'final', earnings: [{ ...busy, amount: 0n }] }))
      expect(await unpaid()).toEqual([1n, 2n, 3n])
      expect(await unpaid(2)).toEqual([1n, 2n])
      await rewards.paid(2n)
      expect(await unpaid()).toEqual([1n, 3n])
      await expect(rewards.paid(9n)).rejects.toThrow()
    })

    test('come in pages, of all or of one device', async () => {
      await fill()
      const page = async (given: { device?: number; after?: [number, number]; limit: number }) =>
        (
          await stores.store.read.lines({
            epoch: 3n,
            ...(given.device ? { device: address(given.device) } : {}),
            after: given.after && { device: address(given.after[0]), term: given.after[1] },
            limit: given.limit,
          })
        ).map(({ device, term }) => [device, term])
      expect(await page({ limit: 2 })).toEqual([
        [address(1), 1],
        [address(1), 2],
      ])
      expect(await page({ after: [1, 2], limit: 2 })).toEqual([[address(2), 1]])
      expect(await page({ device: 1, limit: 9 })).toHaveLength(2)
      expect(await page({ device: 1, after: [1, 1], limit: 9 })).toEqual([[address(1), 2]])
      expect(await page({ device: 3, limit: 9 })).toEqual([])
    })

    test('of a device’s history come newest first', async () => {
      await fill()
      const history = async (from: bigint, to: bigint, limit = 9) =>
        (await stores.store.read.history({ device: address(1), from, to, limit })).map(({ epoch: n, term, amount }) => [
          ...[n, term, amount],
        ])
      expect(await history(1n, 3n)).toEqual([
        [3n, 2, 0n],
        [3n, 1, 1n],
        [2n, 2, 2n],
        [1n, 1, 5n],
      ])
      expect(await history(2n, 2n)).toEqual([[2n, 2, 2n]])
      expect(await history(1n, 3n, 1)).toEqual([[3n, 2, 0n]])
    })
  })

  describe('what an epoch is computed from', () => {
    test('are the settled batches before its end, complete once none before it is under way', async () => {
      for (const n of [1, 2, 3]) {
        await stores.store.inbox.append([accepted({ sequence: n })])
        await settleNext(stores.store, T0 + n * 10)
      }
      const heights = async (after: bigint, before: number) => {
        const { firstClosedAt, last, isComplete } = await stores.store.rewards.settledBefore(0, after, T0 + before)
        return [firstClosedAt === undefined ? undefined : firstClosedAt - T0, last, isComplete]
      }
      expect(await heights(0n, 30)).toEqual([10, 2n, true])
      expect(await heights(1n, 31)).toEqual([20, 3n, true])
      expect(await heights(3n, 99)).toEqual([undefined, undefined, true])
      await stores.store.settle.move(0, 3n, { state: 'cut' })
      expect(await heights(0n, 30)).toEqual([10, 2n, true])
      expect(await heights(0n, 31)).toEqual([10, 2n, false])
    })

    test('is what each term added between two heights, with its holder, its grade and what it had earned', async () => {
      await learn(registration(), registration({ device: address(2), owner: address(902), grade: 'legacy' }))
      await stores.store.inbox.append([accepted(), accepted({ device: address(2) })])
      await settleNext(stores.store, T0)
      await learn(registration({ term: 2, owner: address(901), grade: 'attested' }))
      await stores.store.inbox.append([
        accepted({ sequence: 2, term: 2 }),
        accepted({ device: address(2), sequence: 2 }),
        accepted({ device: address(2), sequence: 3 }),
      ])
      await settleNext(stores.store, T0)
      await stores.store.rewards.put(
        epoch({ earnings: [earning({ cumulative: 7n }), earning({ device: address(2), cumulative: MAX })] }),
      )
      const added = async (from: bigint, to: bigint) =>
        (await stores.store.rewards.added([from], [to])).map(({ score, ...rest }) => {
          expect(score).toBeGreaterThan(0n)
          return rest
        })
      const line = (n: number, term: number, holder: number, grade: Grade, records: bigint, earnedBefore: bigint) => ({
        ...{ device: address(n), term, holder: address(holder), grade, records, earnedBefore },
      })
      expect(await added(0n, 1n)).toEqual([line(1, 1, 900, 'full', 1n, 7n), line(2, 1, 902, 'legacy', 1n, MAX)])
      expect(await added(1n, 2n)).toEqual([line(1, 2, 901, 'attested', 1n, 0n), line(2, 1, 902, 'legacy', 2n, MAX)])
      expect(await added(0n, 2n)).toEqual([
        line(1, 1, 900, 'full', 1n, 7n),
        line(1, 2, 901, 'attested', 1n, 0n),
        line(2, 1, 902, 'legacy', 3n, MAX),
      ])
      expect(await added(2n, 2n)).toEqual([])
      expect(await added(0n, 0n)).toEqual([])
    })
  })

  test('claims are kept once each, newest first', async () => {
    const claim = (n: number, cumulative: bigint) => ({
      ...{ epoch: 3n, device: address(n), term: 1, cumulative, amount: 1n, holder: address(900) },
      ...{ transaction: hash32(String(cumulative)), block: BigInt(n) },
    })
    await stores.store.rewards.putClaims([claim(1, 5n), claim(2, MAX), claim(1, 5n)])
    await stores.store.rewards.putClaims([claim(1, 5n), claim(1, 6n)])
    expect(await stores.store.read.claims({ limit: 9 })).toEqual([claim(2, MAX), claim(1, 6n), claim(1, 5n)])
    expect(await stores.store.read.claims({ device: address(1), limit: 1 })).toEqual([claim(1, 6n)])
    expect(await stores.store.read.claims({ device: address(1), term: 2, limit: 1 })).toEqual([])
  })
}
