import { secp256k1 } from '@noble/curves/secp256k1.js'
import { concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { describe, expect, test } from 'vitest'
import { openConfirm, sealConfirm } from '../../devices/pebble/packet.ts'
import { imei, openPaperRegistry, type Person, pairedEvent, person, requestFor } from '../../test/support/registry.ts'
import { openDesk } from './desk.ts'
import { fold } from './fold.ts'
import { propose } from './pair.ts'
import { advance, pairingKey } from './send.ts'

const [alice, bob] = [person('alice'), person('bob')]
const pebble = person('pebble')
const key = pairingKey({ device: pebble.address, nonce: 0n })

const open = async () => {
  const registry = await openPaperRegistry()
  const desk = openDesk(registry)
  const proposed = (owner: Person) =>
    propose(registry, requestFor({ owner, device: pebble }, { proof: 'confirm', imei }))
  return { ...registry, registry, desk, proposed }
}
const enter = (owner: Person, device = pebble, timestamp = 1_772_366_400) =>
  sealConfirm({ key: device.key, owner: owner.address, timestamp, channel: 8_183 })

describe('what a Pebble hears', () => {
  test('nothing, then its proposer, then nothing until the chain spoke, then that it is paired', async () => {
    const { registry, desk, proposed, caller, known } = await open()
    const heard = [desk.statusOf(imei)]
    await proposed(alice)
    heard.push(desk.statusOf(imei))
    await desk.confirm(imei, enter(alice))
    heard.push(desk.statusOf(imei))
    caller.finish(key, 'mined')
    known.learn([...fold(() => undefined, [pairedEvent(pebble, alice, 11n)]).values()])
    await advance(registry)
    heard.push(desk.statusOf(imei))
    expect(heard).toEqual([
      { status: 0 },
      { status: 1, proposer: alice.address },
      { status: 0 },
      { status: 2, proposer: alice.address },
    ])
  })

  test('the newest proposer, until one is confirmed', async () => {
    const { desk, proposed } = await open()
    await proposed(alice)
    await proposed(bob)
    expect(desk.statusOf(imei)).toEqual({ status: 1, proposer: bob.address })
    await desk.confirm(imei, enter(bob))
    await proposed(alice)
    expect(desk.statusOf(imei)).toEqual({ status: 0 })
  })

  test('nothing of a proposal whose deadline passed', async () => {
    const { registry, desk, proposed, clock, proposals } = await open()
    await proposed(alice)
    clock.at += 601_000
    await advance(registry)
    expect(desk.statusOf(imei)).toEqual({ status: 0 })
    expect(proposals.of(pebble.address)).toMatchObject({ state: 'failed', detail: /deadline/ })
  })

  test('the same after a restart', async () => {
    const { store, proposed } = await open()
    await proposed(alice)
    const desk = openDesk(await openPaperRegistry(store))
    expect(desk.statusOf(imei)).toEqual({ status: 1, proposer: alice.address })
  })
})

describe('Enter', () => {
  test('pressed twice is sent once', async () => {
    const { desk, proposed, caller } = await open()
    await proposed(alice)
    await desk.confirm(imei, enter(alice))
    await desk.confirm(imei, enter(alice, pebble, 1_772_366_401))
    expect([...caller.rows.keys()]).toEqual([key])
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
    ['for another owner', enter(bob), { code: 'BAD_PROOF', owner: bob.address }],
    ['by another device', enter(alice, person('another')), { code: 'BAD_PROOF', device: pebble.address }],
    ['that is no confirm', Uint8Array.of(1, 2, 3), { code: 'BAD_REQUEST' }],
  ])('%s is noted, and changes nothing', async (_, raw, note) => {
    const { desk, proposed, caller, notes } = await open()
    await proposed(alice)
    await desk.confirm(imei, raw)
    expect(notes).toMatchObject([{ imei, ...note }])
    expect(caller.rows.size).toBe(0)
    expect(desk.statusOf(imei).status).toBe(1)
  })

  test('of a stranger whom nobody proposed costs no curve', async () => {
    const { desk, notes } = await open()
    await desk.confirm(imei, enter(alice))
    expect(notes).toMatchObject([{ code: 'NOT_FOUND' }])
  })

  test('pressed without end is bounded', async () => {
    const { desk, proposed, notes } = await open()
    await proposed(alice)
    for (let times = 0; times < 12; times++) await desk.confirm(imei, enter(bob))
    expect(notes.filter((note) => 'code' in note && note.code === 'TOO_MANY_REQUESTS')).toHaveLength(2)
  })
})
