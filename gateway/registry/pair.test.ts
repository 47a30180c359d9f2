import { describe, expect, test } from 'vitest'
import { domain, imei, NOW, openPaperRegistry, pairedEvent, person, requestFor } from '../../test/support/registry.ts'
import { Allowance } from './allowance.ts'
import { fold } from './fold.ts'
import { loadKnown } from './known.ts'
import { pairingOf, propose } from './pair.ts'
import type { PairingRequest } from './request.ts'
import { advance, pairingKey } from './send.ts'

const [alice, bob] = [person('alice'), person('bob')]
const [tracker, p256, pebble] = [person('tracker'), person('p256', 'p256'), person('pebble')]
const key = pairingKey({ device: tracker.address, nonce: 0n })

const refusalOf = async (request: PairingRequest, prepare?: (registry: Registry) => void | Promise<void>) => {
  const registry = await openPaperRegistry()
  await prepare?.(registry)
  const answer = await propose(registry, request)
  expect(registry.caller.rows.size, 'nothing is sent').toBe(0)
  return answer.ok ? 'accepted' : answer.refusal
}
type Registry = Awaited<ReturnType<typeof openPaperRegistry>>
const learn = (registry: Registry, event: ReturnType<typeof pairedEvent>) =>
  registry.known.learn([...fold(() => undefined, [event]).values()])
const good = (wanted: Parameters<typeof requestFor>[1] = {}) => requestFor({ owner: alice, device: tracker }, wanted)
/** Flips one hex digit. */
const spoilt = (hex: string | undefined, at = 20): string => {
  const text = hex ?? ''
  return text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1)
}

describe('a pairing request', () => {
  test.each([
    ['of a secp256k1 device', requestFor({ owner: alice, device: tracker }), '0xaa'],
    ['of a P-256 device', requestFor({ owner: alice, device: p256 }), '0xaa'],
    ['on the manufacturer’s word', requestFor({ owner: alice, device: tracker }, { proof: 'manufacturer' }), '0xcc'],
  ])('%s goes to the chain once, however often it is asked', async (_, request, data) => {
    const registry = await openPaperRegistry()
    for (let times = 0; times < 3; times++) {
      const answer = await propose(registry, request)
      expect(answer.ok && answer.value.state).toBe('sent')
    }
    expect([...registry.caller.rows.values()].map((row) => [row.to, row.data])).toEqual([[domain.registry, data]])
  })

  test('of a Pebble waits for Enter, and sends nothing', async () => {
    const registry = await openPaperRegistry()
    const request = requestFor({ owner: alice, device: pebble }, { proof: 'confirm', imei })
    expect(await propose(registry, request)).toMatchObject({ ok: true, value: { state: 'proposed' } })
    expect(registry.caller.rows.size).toBe(0)
    expect(registry.known.isProposed(pebble.address)).toBe(true)
    expect(registry.known.byImei(imei)).toBe(pebble.address)
  })

  test('ends paired once the registry names the owner, and its IMEI is learned', async () => {
    const registry = await openPaperRegistry()
    await propose(registry, good({ proof: 'manufacturer', imei }))
    expect(await advance(registry)).toBe(0)
    registry.caller.finish(key, 'mined')
    expect(await advance(registry)).toBe(0)
    learn(registry, pairedEvent(tracker, alice, 11n))
    expect(await advance(registry)).toBe(1)
    expect(pairingOf(registry, tracker.address)?.state).toBe('paired')
    expect((await loadKnown(registry.store)).known.holderOf(imei)).toBe(tracker.address)
  })

  test('ends failed where the registry refused it, and may be sent again', async () => {
    const registry = await openPaperRegistry()
    await propose(registry, good())
    registry.caller.finish(key, 'reverted')
    await advance(registry)
    expect(pairingOf(registry, tracker.address)?.state).toBe('failed')
    expect(await propose(registry, good())).toMatchObject({ ok: true, value: { state: 'sent' } })
    expect(registry.caller.rows.get(key)?.state).toBe('queued')
  })

  test('is still under way after a restart', async () => {
    const before = await openPaperRegistry()
    await propose(before, good())
    await propose(before, requestFor({ owner: alice, device: pebble }, { proof: 'confirm', imei }))
    const after = await openPaperRegistry(before.store)
    expect(pairingOf(after, tracker.address)?.state).toBe('sent')
    expect(after.known.byImei(imei)).toBe(pebble.address)
  })

  test('of its own owner again is answered as paired', async () => {
    const registry = await openPaperRegistry()
    learn(registry, pairedEvent(tracker, alice, 11n))
    expect(await propose(registry, good())).toMatchObject({ ok: true, value: { state: 'paired' } })
    expect(registry.caller.rows.size).toBe(0)
  })

  test('takes any wallet’s v', async () => {
    const request = good()
    const v = Number.parseInt(request.ownerSignature.slice(-2), 16)
    const other = { ...request, ownerSignature: `${request.ownerSignature.slice(0, -2)}0${v - 27}` }
    expect((await propose(await openPaperRegistry(), other)).ok).toBe(true)
  })
})

describe('a pairing request is refused', () => {
  test.each<[string, Partial<PairingRequest>, string]>([
    ['a device that is no address', { device: '0x12' }, 'device'],
    ['a model of control characters', { model: 'tracker\u0000' }, 'model'],
    ['a cell over 64 bits', { cell: `0x1${'0'.repeat(16)}` }, 'cell'],
    ['a negative nonce', { nonce: '-1' }, 'nonce'],
    ['a deadline over 256 bits', { deadline: '9'.repeat(78) }, 'deadline'],
    ['a short owner’s signature', { ownerSignature: '0x12' }, 'ownerSignature'],
    ['an IMEI of letters', { imei: 'abcdefghijklmno' }, 'imei'],
    ['no key beside a signature', { publicKey: undefined }, 'publicKey'],
    ['two proofs', { manufacturerSignature: `0x${'11'.repeat(65)}` }, 'manufacturerSignature'],
    ['no proof and no IMEI', { deviceSignature: undefined }, 'imei'],
  ])('BAD_REQUEST: %s', async (_, change, field) => {
    expect(await refusalOf({ ...good(), ...change })).toMatchObject({ code: 'BAD_REQUEST', facts: { field } })
  })

  test.each(['thermometer-9', 'pebble-', 'Tracker-1', 'tracker-1!', 'constructor'])(
    'UNKNOWN_MODEL: %s, whoever signed for it',
    async (model) => {
      expect(await refusalOf(good({ model }))).toEqual({
        code: 'UNKNOWN_MODEL',
        facts: { model, models: '/v1/models' },
      })
      expect(await refusalOf(good({ model, proof: 'manufacturer' }))).toMatchObject({ code: 'UNKNOWN_MODEL' })
    },
  )

  test('BAD_PROOF: an owner who did not sign', async () => {
    const request = good()
    const refusal = { code: 'BAD_PROOF', facts: { of: 'owner' } }
    expect(await refusalOf({ ...request, ownerSignature: spoilt(request.ownerSignature) })).toMatchObject(refusal)
    expect(await refusalOf({ ...request, owner: bob.address })).toMatchObject(refusal)
    expect(await refusalOf({ ...request, model: 'pebble-gravel' })).toMatchObject(refusal)
    const elsewhere = requestFor({ owner: alice, device: tracker }, {}, { ...domain, chainId: 1 })
    expect(await refusalOf(elsewhere)).toMatchObject(refusal)
  })

  test('BAD_PROOF: a device, or a manufacturer, that did not sign', async () => {
    const [device, attested] = [good(), good({ proof: 'manufacturer' })]
    expect(await refusalOf({ ...device, deviceSignature: spoilt(device.deviceSignature) })).toMatchObject({
      code: 'BAD_PROOF',
      facts: { of: 'device' },
    })
    const word = { ...attested, manufacturerSignature: spoilt(attested.manufacturerSignature) }
    expect(await refusalOf(word)).toMatchObject({ code: 'BAD_PROOF', facts: { of: 'manufacturer' } })
  })

  test('BAD_PROOF: a key that is not the device’s', async () => {
    const stranger = requestFor({ owner: alice, device: { ...person('stranger'), address: tracker.address } })
    expect(await refusalOf(stranger)).toMatchObject({ code: 'BAD_PROOF', facts: { of: 'publicKey' } })
  })

  test('DEADLINE_PASSED: a deadline that passed, or is days away', async () => {
    for (const seconds of [-1, 86_401]) {
      const request = good({ deadline: BigInt(NOW / 1_000 + seconds) })
      expect(await refusalOf(request)).toMatchObject({ code: 'DEADLINE_PASSED' })
    }
  })

  test('ALREADY_PAIRED: another’s device, and one the chain knows better', async () => {
    const code = { code: 'ALREADY_PAIRED' }
    expect(await refusalOf(good(), (registry) => learn(registry, pairedEvent(tracker, bob, 11n)))).toMatchObject(code)
    const held = (registry: Registry) => void registry.standings.set(tracker.address, { nonce: 1n, owner: bob.address })
    expect(await refusalOf(good(), held)).toMatchObject(code)
  })

  test('WRONG_NONCE: names the one to sign', async () => {
    const given = (registry: Registry) => void registry.standings.set(tracker.address, { nonce: 2n, owner: undefined })
    expect(await refusalOf(good(), given)).toMatchObject({ code: 'WRONG_NONCE', facts: { nonce: '0', next: '2' } })
  })

  test('UNKNOWN_IMEI: another’s IMEI, or one that no list has', async () => {
    const request = requestFor({ owner: alice, device: pebble }, { proof: 'confirm', imei })
    const taken = (registry: Registry) => registry.known.learnImei(imei, tracker.address)
    expect(await refusalOf(request, taken)).toMatchObject({ code: 'UNKNOWN_IMEI' })
    const strict = (registry: Registry) => {
      registry.imeis = 'listed'
    }
    expect(await refusalOf(request, strict)).toMatchObject({ code: 'UNKNOWN_IMEI' })
  })

  test('TOO_MANY_REQUESTS: more than so many a minute, whoever asks', async () => {
    const registry = { ...(await openPaperRegistry()), requests: new Allowance(2, 60_000) }
    const ask = (name: string) => propose(registry, requestFor({ owner: alice, device: person(name) }))
    expect([(await ask('a')).ok, (await ask('b')).ok]).toEqual([true, true])
    expect(await ask('c')).toMatchObject({ ok: false, refusal: { code: 'TOO_MANY_REQUESTS' } })
    registry.clock.at += 30_000
    expect((await ask('c')).ok).toBe(true)
  })
})
