import { describe, expect, test } from 'vitest'
import type { DeviceKey } from '../../devices/identity.ts'
import { releaseDigest } from '../../devices/pairing.ts'
import {
  domain,
  here,
  imei,
  NOW,
  openPaperRegistry,
  pairedEvent,
  person,
  requestFor,
  walletSignature,
} from '../../test/support/registry.ts'
import type { PairingPolicy } from '../ports.ts'
import { boundPassed, openRequests } from './bounds.ts'
import type { SignedPairing, Standing } from './chain.ts'
import { fold } from './fold.ts'
import { loadKnown } from './known.ts'
import { pairingOf, propose as proposeFrom } from './pair.ts'
import { servedBy } from './policy.ts'
import type { PairingRequest } from './request.ts'
import { advance, pairingKey } from './send.ts'

const [alice, bob] = [person('alice'), person('bob')]
const [tracker, p256, pebble] = [person('tracker'), person('p256', 'p256'), person('pebble')]
const key = pairingKey({ device: tracker.address, owner: alice.address, nonce: 0n })
const propose = (registry: Registry, request: PairingRequest, networks = here) =>
  proposeFrom(registry, request, networks)

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
    expect(registry.known.byImei(imei)).toEqual([pebble.address])
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
    expect((await loadKnown(registry.store)).known.byImei(imei)).toEqual([tracker.address])
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
    expect(after.known.byImei(imei)).toEqual([pebble.address])
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

  test('DEADLINE_PASSED: a deadline that passed, or is more than five minutes away', async () => {
    for (const seconds of [-1, 0, 301, 86_400]) {
      const request = good({ deadline: BigInt(NOW / 1_000 + seconds) })
      expect(await refusalOf(request)).toMatchObject({ code: 'DEADLINE_PASSED' })
    }
  })

  test('ALREADY_PAIRED: another’s device, and one the chain knows better', async () => {
    const code = { code: 'ALREADY_PAIRED' }
    expect(await refusalOf(good(), (registry) => learn(registry, pairedEvent(tracker, bob, 11n)))).toMatchObject(code)
    const held = (registry: Registry) =>
      void registry.standings.set(tracker.address, standing({ nonce: 1n, owner: bob.address }))
    expect(await refusalOf(good(), held)).toMatchObject(code)
  })

  test('WRONG_NONCE: names the one to sign', async () => {
    const given = (registry: Registry) => void registry.standings.set(tracker.address, standing({ nonce: 2n }))
    expect(await refusalOf(good(), given)).toMatchObject({ code: 'WRONG_NONCE', facts: { nonce: '0', next: '2' } })
  })

  test('UNKNOWN_IMEI: one that the manufacturer’s list gives to another, or does not have', async () => {
    const request = requestFor({ owner: alice, device: pebble }, { proof: 'confirm', imei })
    const taken = (registry: Registry) =>
      registry.known.list({ imeis: new Map([[imei, tracker.address]]), devices: new Set([tracker.address]) })
    expect(await refusalOf(request, taken)).toMatchObject({ code: 'UNKNOWN_IMEI' })
    const strict = (registry: Registry) => {
      registry.imeis = 'listed'
    }
    expect(await refusalOf(request, strict)).toMatchObject({ code: 'UNKNOWN_IMEI' })
  })

  test('not for an IMEI under which another has paired a device before', async () => {
    const registry = await openPaperRegistry()
    learn(registry, pairedEvent(tracker, bob, 11n))
    registry.known.learnImei(imei, tracker.address)
    const request = requestFor({ owner: alice, device: pebble }, { proof: 'confirm', imei })
    expect(await propose(registry, request)).toMatchObject({ ok: true, value: { state: 'proposed' } })
  })
})

describe('who may pair', () => {
  const list = (registry: Registry) => registry.known.list({ imeis: new Map(), devices: new Set([tracker.address]) })

  test('NOT_LISTED: a device that is not on the list, whoever signs for it', async () => {
    const listed = (registry: Registry) => {
      registry.policy = 'listed'
      list(registry)
    }
    for (const proof of ['device', 'manufacturer'] as const)
      expect(await refusalOf(requestFor({ owner: alice, device: p256 }, { proof }), listed)).toEqual({
        code: 'NOT_LISTED',
        facts: { device: p256.address, pairing: 'listed' },
      })
    const registry = await openPaperRegistry()
    listed(registry)
    expect(await propose(registry, good())).toMatchObject({ ok: true })
  })

  test('NOT_ATTESTED: a device whose manufacturer did not sign', async () => {
    const attested = (registry: Registry) => {
      registry.policy = 'attested'
    }
    const code = { code: 'NOT_ATTESTED', facts: { pairing: 'attested' } }
    expect(await refusalOf(good(), attested)).toMatchObject(code)
    expect(await refusalOf(good({ proof: 'confirm', imei }), attested)).toMatchObject(code)
    const registry = await openPaperRegistry()
    attested(registry)
    expect(await propose(registry, good({ proof: 'manufacturer' }))).toMatchObject({ ok: true })
  })

  test('a device that was paired past the gateway is expected, not served, and its owner is told so', async () => {
    const registry = await openPaperRegistry()
    learn(registry, pairedEvent(tracker, alice, 11n))
    learn(registry, pairedEvent(p256, alice, 12n, { grade: 'attested' }))
    const servedOf = (policy: PairingPolicy) =>
      [tracker, p256].map(({ address }) => servedBy(policy, registry.known).byAddress(address) !== undefined)
    expect(servedOf('open')).toEqual([true, true])
    expect(servedOf('attested')).toEqual([false, true])
    expect(servedOf('listed')).toEqual([false, false])
    list(registry)
    expect(servedOf('listed')).toEqual([true, false])
    expect(servedBy('attested', registry.known).isProposed(tracker.address), 'NOT_PAIRED, not UNKNOWN_DEVICE').toBe(
      true,
    )
    const told = pairingOf({ ...registry, policy: 'attested' }, tracker.address)
    expect(told).toMatchObject({ state: 'paired', detail: expect.stringContaining('attested devices alone') })
  })
})

describe('a key that was revoked or rotated away', () => {
  const revoked = (registry: Registry) =>
    void registry.standings.set(
      tracker.address,
      standing({ nonce: 1n, last: { owner: bob.address, key: keyOf(tracker), isRevoked: true } }),
    )
  const rotated = (registry: Registry) =>
    void registry.standings.set(
      tracker.address,
      standing({ nonce: 1n, last: { owner: bob.address, key: keyOf(p256), isRevoked: false } }),
    )
  const next = good({ nonce: 1n })

  test.each([
    ['revoked', revoked],
    ['rotated away', rotated],
  ])('RELEASE_MISSING: %s, and costs no gas without its last owner', async (_, prepare) => {
    expect(await refusalOf(next, prepare)).toEqual({
      code: 'RELEASE_MISSING',
      facts: { device: tracker.address, lastOwner: bob.address },
    })
    expect(await refusalOf({ ...next, ...releaseBy(alice) }, prepare)).toMatchObject({
      code: 'BAD_PROOF',
      facts: { of: 'release' },
    })
    expect(await refusalOf({ ...next, ...releaseBy(bob, -1) }, prepare)).toMatchObject({ code: 'DEADLINE_PASSED' })
  })

  test.each([
    ['revoked', revoked],
    ['rotated away', rotated],
  ])('%s, is paired by the word of its last owner', async (_, prepare) => {
    const registry = await openPaperRegistry()
    prepare(registry)
    let sent: SignedPairing | undefined
    registry.chain.pair = (signed) => {
      sent = signed
      return '0xaa'
    }
    expect(await propose(registry, { ...next, ...releaseBy(bob) })).toMatchObject({
      ok: true,
      value: { state: 'sent' },
    })
    expect(sent?.release).toMatchObject({ deadline: BigInt(NOW / 1_000 + 86_400) })
  })

  test('a Pebble’s release waits with its proposal, over a restart too', async () => {
    const registry = await openPaperRegistry()
    revoked(registry)
    const request = requestFor({ owner: alice, device: tracker }, { proof: 'confirm', imei, nonce: 1n })
    expect(await propose(registry, request)).toMatchObject({ ok: false, refusal: { code: 'RELEASE_MISSING' } })
    await propose(registry, { ...request, ...releaseBy(bob) })
    const again = await loadKnown(registry.store)
    expect(again.proposals.of(tracker.address, alice.address)?.release).toMatchObject({
      deadline: BigInt(NOW / 1_000 + 86_400),
    })
  })

  test('the manufacturer’s word pairs no device twice', async () => {
    const request = good({ proof: 'manufacturer', nonce: 1n })
    expect(await refusalOf(request, revoked)).toMatchObject({ code: 'BAD_PROOF', facts: { of: 'manufacturer' } })
  })
})

describe('what strangers may ask', () => {
  const waiting = (name: string, of = pebble) =>
    requestFor({ owner: person(name), device: of }, { proof: 'confirm', imei })
  const limits = {
    unproved: { ofNetwork: { burst: 2, perSecond: 1 / 30 }, perMinute: 3 },
    proved: { ofNetwork: { burst: 4, perSecond: 1 / 15 }, perMinute: 6 },
  }
  const open = async () => ({ ...(await openPaperRegistry()), requests: openRequests(limits) })
  const tooMany = { ok: false, refusal: { code: 'TOO_MANY_REQUESTS' } }

  test('one request at a time is at the elliptic curve, each signature once, however many are asked', async () => {
    const registry = await openPaperRegistry()
    const turns: (() => boolean)[] = []
    let looked = 0
    const busy = {
      ...registry,
      pace: { wait: (_: string, resume: () => boolean) => void turns.push(resume) },
      recover: (...asked: Parameters<Registry['recover']>) => {
        looked += 1
        return registry.recover(...asked)
      },
    }
    const answers = ['a', 'b', 'c'].map((name) => propose(busy, requestFor({ owner: alice, device: person(name) })))
    await expect.poll(() => turns.length).toBe(3)
    expect(looked).toBe(0)
    for (const [index, answer] of answers.entries()) {
      turns[index]?.()
      expect((await answer).ok).toBe(true)
      expect(looked, 'the owner’s and the device’s').toBe(2 * (index + 1))
    }
  })

  test('a network that asks too much keeps no other network out', async () => {
    const registry = await open()
    const ask = (name: 'a' | 'b' | 'c' | 'd', network: string) => {
      const own = `35091606707000${'abcd'.indexOf(name)}`
      const request = requestFor({ owner: alice, device: person(name) }, { proof: 'confirm', imei: own })
      return propose(registry, request, [network])
    }
    expect([(await ask('a', '192.0.2.1')).ok, (await ask('b', '192.0.2.1')).ok]).toEqual([true, true])
    for (let times = 0; times < 5; times++) expect(await ask('c', '192.0.2.1')).toMatchObject(tooMany)
    expect((await ask('d', '192.0.2.2')).ok, 'what was refused took nothing from the others').toBe(true)
    registry.clock.at += 30_000
    expect((await ask('c', '192.0.2.1')).ok).toBe(true)
  })

  test('a device’s proof has its own part, when all of the strangers’ is gone', async () => {
    const registry = await open()
    for (const [index, name] of ['a', 'b', 'c', 'd'].entries())
      await propose(registry, waiting(name, person(name)), [`192.0.2.${index}`])
    expect(await propose(registry, waiting('e', person('e')), ['192.0.2.9'])).toMatchObject(tooMany)
    expect((await propose(registry, good(), ['192.0.2.9'])).ok).toBe(true)
  })

  test('a false proof costs its network that part, and no other’s', async () => {
    const registry = await open()
    const liar = ['2001:db8:0:1::/64', '2001:db8:0::/48']
    const false_ = { ...good(), deviceSignature: spoilt(good().deviceSignature) }
    expect(await propose(registry, false_, liar)).toMatchObject({ ok: false, refusal: { code: 'BAD_PROOF' } })
    const asked = [1, 2, 3].map(() => propose(registry, false_, liar))
    expect((await Promise.all(asked)).map((answer) => !answer.ok && answer.refusal.code)).toEqual([
      'BAD_PROOF',
      'BAD_PROOF',
      'TOO_MANY_REQUESTS',
    ])
    expect((await propose(registry, good(), ['2001:db8:0:2::/64', '2001:db8:0::/48'])).ok).toBe(true)
  })

  test('one network may hold two of a device’s eight places, all networks eight', async () => {
    const registry = await openPaperRegistry()
    const ask = (name: string, network: string) => propose(registry, waiting(name), [network])
    expect([(await ask('a', 'one')).ok, (await ask('b', 'one')).ok]).toEqual([true, true])
    expect(await ask('c', 'one')).toMatchObject({ refusal: { facts: { waitingForThisDeviceFromYourNetwork: 2 } } })
    expect((await ask('a', 'one')).ok, 'its owner may propose it again').toBe(true)
    for (const [index, name] of ['d', 'e', 'f', 'g', 'h', 'i'].entries())
      expect((await ask(name, `network ${index >> 1}`)).ok).toBe(true)
    expect(await ask('j', 'another')).toMatchObject({ refusal: { facts: { waitingForThisDevice: 8 } } })
    const other = requestFor({ owner: person('j'), device: person('other') }, { proof: 'confirm', imei })
    expect(await propose(registry, other, ['another']), 'nor under its IMEI').toMatchObject(tooMany)
    registry.clock.at += 301_000
    await advance(registry)
    expect((await propose(registry, requestFor({ owner: alice, device: pebble }, later), ['another'])).ok).toBe(true)
  })

  test('of one network, one owner and in all no more than so many wait', () => {
    const none = { all: 0, ofDevice: 0, ofImei: 0, ofOwner: 0, ofNetworks: [0, 0], hereOfNetworks: [0, 0] }
    expect(boundPassed(none)).toBeUndefined()
    expect(boundPassed({ ...none, ofNetworks: [255, 1_023], ofOwner: 999, all: 9_999 })).toBeUndefined()
    expect(boundPassed({ ...none, ofNetworks: [256, 256] })).toEqual({ waitingFromYourNetwork: 256 })
    expect(boundPassed({ ...none, ofNetworks: [0, 1_024] })).toEqual({ waitingFromYourNetwork: 256 })
    expect(boundPassed({ ...none, ofOwner: 1_000 })).toEqual({ waitingOfThisOwner: 1_000 })
    expect(boundPassed({ ...none, all: 10_000 })).toEqual({ waiting: 10_000 })
  })

  test('what ended is forgotten ten minutes after its deadline, in the store too', async () => {
    const registry = await openPaperRegistry()
    await propose(registry, waiting('alice'))
    registry.clock.at += 301_000
    await advance(registry)
    await registry.proposals.forget(registry.clock.at)
    expect(pairingOf(registry, pebble.address)?.state).toBe('failed')
    registry.clock.at += 600_000
    await registry.proposals.forget(registry.clock.at)
    expect(pairingOf(registry, pebble.address)).toBeUndefined()
    expect(await registry.store.proposals()).toEqual([])
  })
})

const later = { proof: 'confirm', imei, deadline: BigInt(NOW / 1_000 + 600) } as const
const keyOf = ({ key, publicKey }: typeof tracker): DeviceKey => ({ curve: key.curve, publicKey })
const standing = (rest: Partial<Standing>): Standing => ({ nonce: 0n, owner: undefined, last: undefined, ...rest })

/** For Alice's next pairing of the tracker. */
const releaseBy = (lastOwner: typeof alice, seconds = 86_400) => {
  const deadline = BigInt(NOW / 1_000 + seconds)
  const digest = releaseDigest(domain, { device: tracker.address, to: alice.address, nonce: 1n, deadline })
  return { releaseDeadline: String(deadline), releaseSignature: walletSignature(lastOwner, digest) }
}
