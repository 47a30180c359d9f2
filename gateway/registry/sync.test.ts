import { describe, expect, test } from 'vitest'
import { openPaperRegistry, PaperChain, pairedEvent, person } from '../../test/support/registry.ts'
import { loadKnown } from './known.ts'
import { MAX_BLOCKS, syncOnce } from './sync.ts'

const [alice, bob] = [person('alice'), person('bob')]
const [tracker, other] = [person('tracker'), person('other')]

const open = async () => {
  const chain = new PaperChain()
  const registry = await openPaperRegistry()
  const ports = { ...registry, chain, confirmations: 0n }
  /** Until there is nothing more to read. */
  const sync = async () => {
    for (let rounds = 0; rounds < 50 && (await syncOnce(ports)); rounds++);
  }
  return { ...registry, chain, ports, sync }
}

describe('the registry, as the gateway knows it', () => {
  test('follows a device through pairing, transfer, rotation, revocation and its giving up', async () => {
    const { chain, known, sync } = await open()
    const fresh = person('fresh key')
    const device = tracker.address
    const steps = [
      pairedEvent(tracker, alice, 11n),
      { kind: 'term-started', device, owner: alice.address, term: 1, block: 11n },
      { kind: 'term-started', device, owner: bob.address, term: 2, block: 12n },
      { kind: 'revoked', device, block: 13n },
      { kind: 'rotated', device, key: { curve: 'secp256k1', publicKey: fresh.publicKey }, block: 14n },
      { kind: 'unpaired', device, block: 15n },
    ] as const
    const seen = []
    for (const step of steps) {
      chain.events_.push(step)
      chain.top = step.block
      await sync()
      const { owner, term, revoked, key } = known.byAddress(device) ?? {}
      seen.push([owner, term, revoked, key?.publicKey === fresh.publicKey])
    }
    expect(seen).toEqual([
      [alice.address, 1, false, false],
      [alice.address, 1, false, false],
      [bob.address, 2, false, false],
      [bob.address, 2, true, false],
      [bob.address, 2, false, true],
      [bob.address, 2, true, true],
    ])
  })

  test('is read from the deployment block, 2,000 blocks at a time, each once', async () => {
    const { chain, sync } = await open()
    chain.top = 5_000n
    await sync()
    chain.top = 5_001n
    await sync()
    expect(chain.ranges).toEqual([
      [10n, 2_009n],
      [2_010n, 4_009n],
      [4_010n, 5_000n],
      [5_001n, 5_001n],
    ])
    expect(chain.ranges.every(([from, to]) => to - from < MAX_BLOCKS)).toBe(true)
  })

  test('stays as many blocks behind as it is told', async () => {
    const { chain, known, ports } = await open()
    chain.events_.push(pairedEvent(tracker, alice, 20n))
    chain.top = 21n
    await syncOnce({ ...ports, confirmations: 2n })
    expect(known.byAddress(tracker.address)).toBeUndefined()
    chain.top = 22n
    await syncOnce({ ...ports, confirmations: 2n })
    expect(known.byAddress(tracker.address)?.owner).toBe(alice.address)
  })

  test('is followed by each gateway on one database, whichever reads first', async () => {
    const { chain, store, sync, ports } = await open()
    const second = { ...ports, ...(await loadKnown(store)) }
    chain.events_.push(pairedEvent(tracker, alice, 11n))
    chain.top = 12n
    await sync()
    expect(await syncOnce(second)).toBe(true)
    expect(second.known.byAddress(tracker.address)?.owner).toBe(alice.address)
  })

  test('survives a restart, and goes on where it was', async () => {
    const { chain, store, sync, ports } = await open()
    chain.events_.push(pairedEvent(tracker, alice, 11n))
    chain.top = 12n
    await sync()
    chain.ranges.length = 0
    const { known } = await loadKnown(store)
    expect(known.byAddress(tracker.address)?.owner).toBe(alice.address)
    expect(await syncOnce({ ...ports, known })).toBe(false)
    expect(chain.ranges).toEqual([])
  })
})

describe('a chain that changed its mind', () => {
  test('a pairing that was lost and happened again elsewhere is known from its new block', async () => {
    const { chain, known, sync } = await open()
    chain.events_.push(pairedEvent(tracker, alice, 20n))
    chain.top = 25n
    await sync()
    chain.reorganise(20n, 'b', 30n)
    chain.events_.push(pairedEvent(tracker, bob, 28n))
    await sync()
    expect(known.byAddress(tracker.address)).toMatchObject({ owner: bob.address, block: 28n, revoked: false })
  })

  test('a pairing that never happened is accepted no longer; the others stay', async () => {
    const { chain, known, sync } = await open()
    chain.events_.push(pairedEvent(other, alice, 12n), pairedEvent(tracker, alice, 20n))
    chain.top = 25n
    await sync()
    chain.reorganise(20n, 'b')
    await sync()
    expect(known.byAddress(tracker.address)?.revoked).toBe(true)
    expect(known.byAddress(other.address)?.revoked).toBe(false)
  })

  test('a revocation that was lost is forgotten', async () => {
    const { chain, known, sync } = await open()
    chain.events_.push(pairedEvent(tracker, alice, 12n), { kind: 'revoked', device: tracker.address, block: 20n })
    chain.top = 25n
    await sync()
    expect(known.byAddress(tracker.address)?.revoked).toBe(true)
    chain.reorganise(20n, 'b')
    await sync()
    expect(known.byAddress(tracker.address)?.revoked).toBe(false)
  })

  test('while it is lower than before, what it said above is still believed; grown past it, it is judged', async () => {
    const { chain, known, sync } = await open()
    chain.events_.push(pairedEvent(tracker, alice, 20n))
    chain.top = 25n
    await sync()
    chain.reorganise(18n, 'b', 17n)
    await sync()
    expect(known.byAddress(tracker.address)?.revoked).toBe(false)
    chain.top = 19n
    await sync()
    expect(known.byAddress(tracker.address)?.revoked).toBe(false)
    chain.top = 40n
    await sync()
    expect(known.byAddress(tracker.address)?.revoked).toBe(true)
  })

  test('a node that lags behind undoes nothing', async () => {
    const { chain, known, sync } = await open()
    chain.events_.push(pairedEvent(tracker, alice, 12n), { kind: 'revoked', device: tracker.address, block: 20n })
    chain.top = 25n
    await sync()
    chain.top = 15n
    await sync()
    expect(known.byAddress(tracker.address)?.revoked).toBe(true)
    chain.top = 26n
    await sync()
    expect(known.byAddress(tracker.address)?.revoked).toBe(true)
  })

  test('what changed while it was read is read again', async () => {
    const { chain, known, ports } = await open()
    chain.events_.push(pairedEvent(tracker, alice, 12n))
    chain.top = 12n
    const events = chain.events
    chain.events = async (from, to) => {
      const seen = await events(from, to)
      chain.reorganise(11n, 'b')
      chain.events = events
      return seen
    }
    expect(await syncOnce(ports)).toBe(true)
    expect(known.byAddress(tracker.address)).toBeUndefined()
    await syncOnce(ports)
    expect(known.byAddress(tracker.address)).toBeUndefined()
  })
})
