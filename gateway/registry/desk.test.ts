import { secp256k1 } from '@noble/curves/secp256k1.js'
import { concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { describe, expect, test } from 'vitest'
import { openConfirm, sealConfirm } from '../../devices/pebble/packet.ts'
import {
  here,
  imei,
  NOW,
  openPaperRegistry,
  type Person,
  pairedEvent,
  person,
  requestFor,
} from '../../test/support/registry.ts'
import { openDesk } from './desk.ts'
import { fold } from './fold.ts'
import { propose } from './pair.ts'
import { servedBy } from './policy.ts'
import { advance, pairingKey } from './send.ts'

const [alice, bob, mallory] = [person('alice'), person('bob'), person('mallory')]
const pebble = person('pebble')
const keyOf = (owner: Person) => pairingKey({ device: pebble.address, owner: owner.address, nonce: 0n })
const TURN = 20_000

type Registry = Awaited<ReturnType<typeof openPaperRegistry>>
const learn = (registry: Registry, ...events: ReturnType<typeof pairedEvent>[]) =>
  registry.known.learn([...fold(() => undefined, events).values()])

const open = async () => {
  const registry = await openPaperRegistry()
  const desk = openDesk(registry)
  const proposed = (owner: Person, device = pebble, seconds = 300) => {
    const deadline = BigInt(Math.floor(registry.clock.at / 1_000) + seconds)
    return propose(registry, requestFor({ owner, device }, { proof: 'confirm', imei, deadline }), here)
  }
  /** What is heard in each of so many turns. */
  const turns = (count: number) =>
    Array.from({ length: count }, () => {
      const heard = desk.statusOf(imei)
      registry.clock.at += TURN
      return heard
    })
  return { ...registry, registry, desk, proposed, turns }
}
const enter = (owner: Person, device = pebble, timestamp = NOW / 1_000) =>
  sealConfirm({ key: device.key, owner: owner.address, timestamp, channel: 8_183 })
const shown = (owner: Person) => ({ status: 1, proposer: owner.address })

describe('what a Pebble hears', () => {
  test('nothing, then its proposer, then nothing until the chain spoke, then that it is paired and not to whom', async () => {
    const { registry, desk, proposed, caller } = await open()
    const heard = [desk.statusOf(imei)]
    await proposed(alice)
    heard.push(desk.statusOf(imei))
    await desk.confirm(imei, enter(alice))
    heard.push(desk.statusOf(imei))
    caller.finish(keyOf(alice), 'mined')
    learn(registry, pairedEvent(pebble, alice, 11n))
    await advance(registry)
    heard.push(desk.statusOf(imei))
    expect(heard).toEqual([{ status: 0 }, shown(alice), { status: 0 }, { status: 2 }])
  })

  test('each proposer in turn, oldest first, whoever proposed before or after', async () => {
    const { proposed, registry, turns } = await open()
    await proposed(mallory)
    registry.clock.at += 1
    await proposed(alice)
    const heard = turns(4)
    expect(new Set(heard.map(({ proposer }) => proposer))).toEqual(new Set([alice.address, mallory.address]))
    expect(heard[0]).not.toEqual(heard[1])
    expect(heard.slice(2)).toEqual(heard.slice(0, 2))
  })

  test('the same proposer for its whole turn', async () => {
    const { proposed, registry, desk } = await open()
    await proposed(alice)
    await proposed(bob)
    registry.clock.at = Math.ceil(registry.clock.at / TURN) * TURN
    const first = desk.statusOf(imei)
    registry.clock.at += TURN - 1
    expect(desk.statusOf(imei)).toEqual(first)
  })

  test('nothing of a proposal whose deadline passed, before anything else noticed', async () => {
    const { registry, desk, proposed, proposals } = await open()
    await proposed(alice)
    registry.clock.at += 300_000
    expect(desk.statusOf(imei)).toEqual({ status: 0 })
    await advance(registry)
    expect(proposals.of(pebble.address, alice.address)).toMatchObject({ state: 'failed', detail: /deadline/ })
  })

  test('the same after a restart', async () => {
    const { store, proposed } = await open()
    await proposed(alice)
    const desk = openDesk(await openPaperRegistry(store))
    expect(desk.statusOf(imei)).toEqual(shown(alice))
  })

  test('that it is paired in a turn of its own, while a stranger proposes another device for its IMEI', async () => {
    const { registry, proposed, turns } = await open()
    learn(registry, pairedEvent(pebble, alice, 11n))
    registry.known.learnImei(imei, pebble.address)
    await proposed(mallory, person('mallory’s'))
    expect(turns(2)).toEqual(expect.arrayContaining([{ status: 2 }, shown(mallory)]))
  })

  test('its proposer in a turn of its own, where a stranger has paired another device under its IMEI', async () => {
    const { registry, proposed, turns } = await open()
    learn(registry, pairedEvent(person('mallory’s'), mallory, 11n))
    registry.known.learnImei(imei, person('mallory’s').address)
    await proposed(alice)
    expect(turns(2)).toEqual(expect.arrayContaining([{ status: 2 }, shown(alice)]))
  })

  test('nothing, where its registration is not one that this gateway serves', async () => {
    const { registry } = await open()
    learn(registry, pairedEvent(pebble, alice, 11n))
    registry.known.learnImei(imei, pebble.address)
    const desk = openDesk({ ...registry, served: servedBy('listed', registry.known) })
    expect(desk.statusOf(imei)).toEqual({ status: 0 })
  })
})

describe('Enter', () => {
  test('decides among the owners that proposed, whoever was first', async () => {
    const { registry, desk, proposed, caller } = await open()
    await proposed(alice)
    await proposed(mallory)
    await desk.confirm(imei, enter(alice))
    expect([...caller.rows.keys()]).toEqual([keyOf(alice)])
    caller.finish(keyOf(alice), 'mined')
    learn(registry, pairedEvent(pebble, alice, 11n))
    await advance(registry)
    expect(registry.proposals.of(pebble.address, alice.address)?.state).toBe('paired')
    expect(registry.proposals.of(pebble.address, mallory.address)?.state).toBe('failed')
  })

  test('decides among the devices that are proposed for its IMEI', async () => {
    const { desk, proposed, caller } = await open()
    await proposed(alice, person('squatter'))
    await proposed(alice)
    await desk.confirm(imei, enter(alice))
    expect([...caller.rows.keys()]).toEqual([keyOf(alice)])
  })

  test('leaves an open proposal to its owner, when another comes before it is pressed', async () => {
    const { desk, proposed, caller } = await open()
    await proposed(alice)
    await proposed(mallory)
    await desk.confirm(imei, enter(alice))
    await desk.confirm(imei, enter(mallory, pebble, NOW / 1_000 + 1))
    expect([...caller.rows.keys()], 'and the first that was pressed is on its way').toEqual([keyOf(alice)])
  })

  test('pressed twice is sent once', async () => {
    const { desk, proposed, caller } = await open()
    await proposed(alice)
    await desk.confirm(imei, enter(alice))
    await desk.confirm(imei, enter(alice, pebble, NOW / 1_000 + 1))
    expect([...caller.rows.keys()]).toEqual([keyOf(alice)])
  })

  test('counts with a high s too, and the contract gets the low one', async () => {
    const { registry, desk, proposed } = await open()
    await proposed(alice)
    const signatures: Uint8Array[] = []
    registry.chain.pairByConfirm = ({ signature }) => {
      signatures.push(signature)
      return '0xbb'
    }
    const raw = enter(alice)
    const opened = openConfirm(raw)
    if (!opened.ok) throw new Error('own confirm does not open')
    const { signature } = opened.value
    const s = secp256k1.Point.Fn.ORDER - BigInt(`0x${Buffer.from(signature.subarray(32)).toString('hex')}`)
    const high = concatBytes(signature.subarray(0, 32), hexToBytes(s.toString(16).padStart(64, '0')))
    const at = Buffer.from(raw).indexOf(Buffer.from(signature))
    await desk.confirm(imei, concatBytes(raw.subarray(0, at), high, raw.subarray(at + 64)))
    expect(signatures).toEqual([signature])
  })

  test.each<[string, Uint8Array, object]>([
    ['for an owner who did not propose', enter(bob), { code: 'NOT_FOUND', owner: bob.address }],
    ['by another device', enter(alice, person('another')), { code: 'BAD_PROOF', of: 'confirm' }],
    ['that is no confirm', Uint8Array.of(1, 2, 3), { code: 'BAD_REQUEST' }],
    ['of two years ago', enter(alice, pebble, NOW / 1_000 - 2 * 31_536_000), { code: 'BAD_PROOF', of: 'confirm' }],
    ['of nine minutes and a second ago', enter(alice, pebble, NOW / 1_000 - 541), { code: 'BAD_PROOF' }],
    ['of the end of the clock', enter(alice, pebble, 2 ** 32 - 1), { code: 'BAD_PROOF', timestamp: 2 ** 32 - 1 }],
  ])('%s is noted, costs no gas, and changes nothing', async (_, raw, note) => {
    const { desk, proposed, caller, notes } = await open()
    await proposed(alice)
    await desk.confirm(imei, raw)
    expect(notes).toMatchObject([{ imei, ...note }])
    expect(caller.rows.size).toBe(0)
    expect(desk.statusOf(imei).status).toBe(1)
    await desk.confirm(imei, enter(alice))
    expect([...caller.rows.keys()]).toEqual([keyOf(alice)])
  })

  test('of a stranger whom nobody proposed costs no curve', async () => {
    const { registry, notes } = await open()
    const recover = () => {
      throw new Error('it cost a curve')
    }
    await openDesk({ ...registry, recover }).confirm(imei, enter(alice))
    expect(notes).toMatchObject([{ code: 'NOT_FOUND' }])
  })

  test('pressed without end is bounded', async () => {
    const { desk, proposed, notes } = await open()
    await proposed(alice)
    for (let times = 0; times < 12; times++) await desk.confirm(imei, enter(alice, person('another')))
    expect(notes.filter((note) => 'code' in note && note.code === 'TOO_MANY_REQUESTS')).toHaveLength(2)
  })
})

describe('an IMEI', () => {
  const others = Array.from({ length: 9 }, (_, index) => person(`squatter ${index}`))

  test('remembers eight devices, and those that are paired before those that are not', async () => {
    const { registry } = await open()
    learn(registry, ...others.map((device, index) => pairedEvent(device, mallory, BigInt(11 + index))))
    for (const device of others) registry.known.learnImei(imei, device.address)
    expect(registry.known.byImei(imei)).toHaveLength(8)

    const [first] = others
    if (!first) throw new Error('nobody')
    const before = registry.known.byAddress(first.address)
    if (before) registry.known.learn([{ ...before, revoked: true }])
    learn(registry, pairedEvent(pebble, alice, 30n))
    registry.known.learnImei(imei, pebble.address)
    expect(registry.known.byImei(imei)).toContain(pebble.address)
    expect(registry.known.byImei(imei)).not.toContain(first.address)
  })
})
