import { concatBytes } from '@noble/hashes/utils.js'
import { describe, expect, test } from 'vitest'
import { openNative } from '../../devices/cose.ts'
import { addressOf } from '../../devices/identity.ts'
import { MAX_PACKET_BYTES } from '../../devices/limits.ts'
import { openPebble, sealPebble } from '../../devices/pebble/packet.ts'
import { encodeSensor } from '../../devices/pebble/sensor.ts'
import { recoverKeys } from '../../devices/signature.ts'
import { encodeAnyhow, headOf, RFC8428_PACK } from '../../test/support/cbor.ts'
import { randomOf } from '../../test/support/mutations.ts'
import {
  CAPTURE,
  incomingOf,
  knownOf,
  measurement,
  NETWORK,
  NOON,
  nativePacket,
  OTHER_NETWORK,
  place,
  reading,
  registrationOf,
  rotated,
  type TestDevice,
  testDevice,
  withOtherS,
} from '../../test/support/packets.ts'
import type { Incoming, Known, Verdict } from '../ports.ts'
import { openJudge } from './judge.ts'
import { openQuota } from './quota.ts'
import { openRecent } from './recent.ts'
import { verify } from './verify.ts'

const tracker = testDevice('tracker')
const onP256 = testDevice('p256', 'p256')
const stranger = testDevice('stranger')
const known = knownOf([registrationOf(tracker), registrationOf(onP256)])

const portsOf = (but: { known?: Known; perSecond?: number } = {}) => ({
  known: but.known ?? known,
  network: NETWORK,
  otherNetworks: [OTHER_NETWORK],
  quota: openQuota(but.perSecond),
  recent: openRecent(),
  judge: openJudge(),
})

const verifyOne = async (incoming: Incoming, ports = portsOf()): Promise<Verdict> =>
  (await verify(ports, [incoming]))[0] as Verdict

const codeOf = (verdict: Verdict) => (verdict.status === 'refused' ? verdict.code : 'ACCEPTED')

const flip = (raw: Uint8Array, at: number) => raw.map((byte, index) => (index === at ? byte ^ 1 : byte))

const envelopeOf = (raw: Uint8Array) => {
  const opened = openNative(raw, NETWORK)
  if (!opened.ok) throw new Error(opened.refusal.code)
  return opened.value
}

describe('a native packet', () => {
  test.each([tracker, onP256])('is accepted from a paired device on $publicKey.curve', async (device) => {
    const raw = nativePacket(device, {
      sequence: 9n,
      readings: [reading(NOON - 60_000, ...place(1, 2)), reading(NOON, ...place(1, 2))],
    })
    expect(await verifyOne(incomingOf(device, raw))).toMatchObject({
      status: 'accepted',
      envelope: { device: device.device, sequence: 9n },
      term: 1,
      readings: 2,
      from: NOON - 60_000,
      to: NOON,
      flags: [],
      quality: 10_000,
    })
  })

  test('above 16 KB is TOO_LARGE, and not kept whole', async () => {
    const raw = new Uint8Array(MAX_PACKET_BYTES + 1)
    const verdict = await verifyOne(incomingOf(tracker, raw))
    expect(verdict).toMatchObject({ code: 'TOO_LARGE', facts: { bytes: 16_385, limit: 16_384 } })
    expect(verdict).toHaveProperty('raw.length', MAX_PACKET_BYTES)
  })

  test('of 16 KB is not too large', async () => {
    expect(codeOf(await verifyOne(incomingOf(tracker, new Uint8Array(MAX_PACKET_BYTES))))).toBe('MALFORMED')
  })

  test('that is no packet is MALFORMED', async () => {
    expect(await verifyOne(incomingOf(tracker, Uint8Array.of(1, 2, 3)))).toMatchObject({
      code: 'MALFORMED',
      source: tracker.device,
      digest: undefined,
    })
  })

  test('of one device on another’s topic is MALFORMED', async () => {
    const verdict = await verifyOne(incomingOf(tracker, nativePacket(onP256)))
    expect(verdict).toMatchObject({ code: 'MALFORMED', facts: { kid: onP256.device, sender: tracker.device } })
  })

  test('of a device nobody knows is UNKNOWN_DEVICE', async () => {
    expect(codeOf(await verifyOne(incomingOf(stranger, nativePacket(stranger))))).toBe('UNKNOWN_DEVICE')
  })

  test('of a device with an open proposal is NOT_PAIRED', async () => {
    const ports = portsOf({ known: knownOf([], { proposed: [stranger.device] }) })
    expect(codeOf(await verifyOne(incomingOf(stranger, nativePacket(stranger)), ports))).toBe('NOT_PAIRED')
  })

  test('of a revoked key is KEY_REVOKED, with the block', async () => {
    const ports = portsOf({ known: knownOf([registrationOf(tracker, { revoked: true })]) })
    const verdict = await verifyOne(incomingOf(tracker, nativePacket(tracker)), ports)
    expect(verdict).toMatchObject({ code: 'KEY_REVOKED', facts: { block: '7' } })
  })

  test.each([tracker, onP256])('for another network is WRONG_NETWORK on $publicKey.curve', async (device) => {
    const verdict = await verifyOne(incomingOf(device, nativePacket(device, { network: OTHER_NETWORK })))
    expect(verdict).toMatchObject({
      code: 'WRONG_NETWORK',
      facts: { signedFor: `0x${Buffer.from(OTHER_NETWORK).toString('hex')}` },
    })
  })

  test.each([tracker, onP256])('for no network at all is WRONG_NETWORK on $publicKey.curve', async (device) => {
    const verdict = await verifyOne(incomingOf(device, nativePacket(device, { network: new Uint8Array(0) })))
    expect(verdict).toMatchObject({ code: 'WRONG_NETWORK', facts: { signedFor: 'no network' } })
  })

  test('with a flipped signature bit is BAD_SIGNATURE, even right after the good one was stored', async () => {
    const ports = portsOf()
    const raw = nativePacket(tracker)
    ports.recent.add(envelopeOf(raw))
    expect(codeOf(await verifyOne(incomingOf(tracker, flip(raw, raw.length - 1)), ports))).toBe('BAD_SIGNATURE')
  })

  test.each([tracker, onP256])(
    'with the larger s is accepted with the smaller one, on $publicKey.curve',
    async (device) => {
      const raw = nativePacket(device)
      const high = withOtherS(device.key.curve, raw)
      const verdict = await verifyOne(incomingOf(device, high))
      expect(verdict).toMatchObject({ status: 'accepted', envelope: { raw: high } })
      if (verdict.status !== 'accepted') return
      expect(Buffer.from(verdict.envelope.signature)).toEqual(Buffer.from(envelopeOf(raw).signature))
      expect(verdict.envelope.digest).toEqual(envelopeOf(raw).digest)
    },
  )

  test.each([tracker, onP256])('with an r below 2^129 is BAD_SIGNATURE, on $publicKey.curve', async (device) => {
    const raw = nativePacket(device)
    const small = raw.slice()
    small.fill(0, raw.length - 64, raw.length - 48)
    small[raw.length - 49] = 1
    expect(await verifyOne(incomingOf(device, small))).toMatchObject({
      code: 'BAD_SIGNATURE',
      facts: { reason: 'r below 2^129' },
    })
  })

  test.each([tracker, onP256])('is accepted in a frame of any width, on $publicKey.curve', async (device) => {
    const { protectedHeader = new Uint8Array(), payload, signature } = envelopeOf(nativePacket(device))
    const parts = [protectedHeader, new Map(), payload, signature]
    for (let seed = 0; seed < 20; seed++) {
      const raw = concatBytes(headOf(6, 18, 1), encodeAnyhow(parts, randomOf(seed)))
      expect(codeOf(await verifyOne(incomingOf(device, raw)))).toBe('ACCEPTED')
    }
  })

  test('that is stored already is SEQUENCE_SEEN with the other s too', async () => {
    const ports = portsOf({ perSecond: 0 })
    const raw = nativePacket(tracker)
    ports.recent.add(envelopeOf(raw))
    expect(codeOf(await verifyOne(incomingOf(tracker, withOtherS('secp256k1', raw)), ports))).toBe('SEQUENCE_SEEN')
  })

  test('signed on another curve than the paired key’s is BAD_SIGNATURE', async () => {
    const ports = portsOf({ known: knownOf([registrationOf(tracker, { key: onP256.publicKey })]) })
    expect(codeOf(await verifyOne(incomingOf(tracker, nativePacket(tracker)), ports))).toBe('BAD_SIGNATURE')
  })

  test.each([stranger, onP256])('of a device whose key was rotated is judged by its new key alone', async (newKey) => {
    const ports = portsOf({ known: knownOf([registrationOf(tracker, { key: newKey.publicKey })]) })
    const incoming = (device: typeof tracker) => incomingOf(tracker, nativePacket(device))
    expect(codeOf(await verifyOne(incoming(rotated(tracker, newKey)), ports))).toBe('ACCEPTED')
    expect(codeOf(await verifyOne(incoming(tracker), ports))).toBe('BAD_SIGNATURE')
    // Before the gateway has heard of the rotation.
    expect(codeOf(await verifyOne(incoming(rotated(tracker, newKey))))).toBe('BAD_SIGNATURE')
  })

  test('that is stored already is SEQUENCE_SEEN without being verified again', async () => {
    const ports = portsOf({ perSecond: 0 })
    const raw = nativePacket(tracker, { sequence: 4n })
    ports.recent.add(envelopeOf(raw))
    const verdict = await verifyOne(incomingOf(tracker, raw), ports)
    expect(verdict).toMatchObject({ code: 'SEQUENCE_SEEN', facts: { sequence: '4' } })
  })

  test('above the quota is QUOTA_EXCEEDED: 20 in a second are not, the 21st is', async () => {
    const packets = Array.from({ length: 21 }, (_, index) =>
      incomingOf(tracker, nativePacket(tracker, { sequence: BigInt(index + 1) })),
    )
    const codes = (await verify(portsOf(), packets)).map(codeOf)
    expect(codes).toEqual([...Array(20).fill('ACCEPTED'), 'QUOTA_EXCEEDED'])
  })

  test('of a proven source reaches the curve no more than 20 times a second; forgeries count too', async () => {
    const forgeries = Array.from({ length: 21 }, (_, index) =>
      incomingOf(tracker, nativePacket(rotated(tracker, stranger), { sequence: BigInt(index + 1) })),
    )
    const codes = (await verify(portsOf(), forgeries)).map(codeOf)
    expect(codes).toEqual([...Array(20).fill('BAD_SIGNATURE'), 'QUOTA_EXCEEDED'])
  })

  test.each([true, false])('finds its quota whole after strangers named the device (proven: %s)', async (isProven) => {
    const ports = portsOf()
    const many = (device: typeof tracker, first: number, but: Partial<Incoming>) =>
      Array.from({ length: 21 }, (_, index) =>
        incomingOf(tracker, nativePacket(device, { sequence: BigInt(first + index) }), but),
      )
    const forged = await verify(ports, many(rotated(tracker, stranger), 1, { isProven: false }))
    expect(new Set(forged.map(codeOf))).toEqual(new Set(['BAD_SIGNATURE']))
    const own = await verify(ports, many(tracker, 100, { isProven }))
    expect(own.map(codeOf)).toEqual([...Array(20).fill('ACCEPTED'), 'QUOTA_EXCEEDED'])
  })

  test('finds its quota whole in a proven session, whatever of the device’s own a stranger hands in again', async () => {
    const ports = portsOf()
    const own = Array.from({ length: 21 }, (_, index) =>
      incomingOf(tracker, nativePacket(tracker, { sequence: BigInt(index + 1) })),
    )
    await verify(
      ports,
      own.map((incoming) => ({ ...incoming, isProven: false })),
    )
    expect((await verify(ports, own.slice(0, 20))).map(codeOf)).toEqual(Array(20).fill('ACCEPTED'))
  })

  test('with a sequence of 0 is OUT_OF_RANGE', async () => {
    expect(codeOf(await verifyOne(incomingOf(tracker, nativePacket(tracker, { sequence: 0n }))))).toBe('OUT_OF_RANGE')
  })

  test('with a payload that is no SenML is MALFORMED, once its signature holds', async () => {
    const raw = nativePacket(tracker, { payload: Uint8Array.of(0xf6) })
    expect(codeOf(await verifyOne(incomingOf(tracker, raw)))).toBe('MALFORMED')
    expect(codeOf(await verifyOne(incomingOf(tracker, flip(raw, raw.length - 1))))).toBe('BAD_SIGNATURE')
  })

  test('of the pack that RFC 8428 publishes in CBOR is accepted, with its six times', async () => {
    const verdict = await verifyOne(incomingOf(tracker, nativePacket(tracker, { payload: RFC8428_PACK })))
    expect(verdict).toMatchObject({ status: 'accepted', readings: 6, from: 1_276_020_071_001, to: 1_276_020_076_001 })
  })

  test('above 512 measurements is TOO_LARGE', async () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => reading(NOON - 1_000 * index, measurement('a', '', 1)))
    const codes = [512, 513].map(async (count) =>
      codeOf(await verifyOne(incomingOf(tracker, nativePacket(tracker, { readings: many(count) })))),
    )
    expect(await Promise.all(codes)).toEqual(['ACCEPTED', 'TOO_LARGE'])
  })

  test('is judged alone: rubbish beside it changes nothing', async () => {
    const good = incomingOf(tracker, nativePacket(tracker))
    const rubbish = incomingOf(tracker, Uint8Array.of(0))
    const forged = incomingOf(tracker, flip(nativePacket(tracker), 100))
    const codes = (await verify(portsOf(), [rubbish, good, forged])).map(codeOf)
    expect(codes).toEqual(['MALFORMED', 'ACCEPTED', expect.stringMatching(/MALFORMED|BAD_SIGNATURE/)])
  })

  test('with one bit flipped anywhere is never accepted', async () => {
    const raw = nativePacket(tracker, { sequence: 6n })
    const ports = portsOf({ perSecond: 1e9 })
    const flipped = [...raw.keys()].map((at) => incomingOf(tracker, flip(raw, at)))
    const codes = new Set((await verify(ports, flipped)).map(codeOf))
    expect(codes).not.toContain('ACCEPTED')
    expect([...codes].sort()).toEqual(['BAD_SIGNATURE', 'MALFORMED'])
  })
})

describe('a Pebble packet', () => {
  const opened = openPebble(CAPTURE.raw, CAPTURE.device)
  if (!opened.ok) throw new Error('the capture does not open')
  const key = recoverKeys(opened.value.digest, opened.value.signature).find(
    ({ publicKey }) => addressOf(publicKey) === CAPTURE.device,
  )
  if (!key) throw new Error('the capture is not signed by its device')
  const registration = registrationOf(tracker, { device: CAPTURE.device, key, model: 'pebble-riverrock' })
  const imeis = { [CAPTURE.imei]: CAPTURE.device }
  const paired = knownOf([registration], { imeis })
  const capture: Incoming = {
    source: `imei:${CAPTURE.imei}`,
    isProven: false,
    isRegistered: false,
    party: CAPTURE.imei,
    framing: 'pebble',
    raw: CAPTURE.raw,
    receivedAt: NOON,
  }

  test('captured from real hardware in 2024 is accepted, high s and all, and earns nothing two years later', async () => {
    expect(await verifyOne(capture, portsOf({ known: paired }))).toMatchObject({
      status: 'accepted',
      envelope: { device: CAPTURE.device, sequence: 1_718_757_942n },
      from: 1_718_757_942_000,
      readings: 1,
      flags: ['CLOCK_SKEWED', 'STALE'],
      quality: 0,
    })
  })

  test('with one bit flipped anywhere is BAD_SIGNATURE or MALFORMED, filed under its device', async () => {
    const ports = portsOf({ known: paired, perSecond: 1e9 })
    const bits = Array.from({ length: 8 * CAPTURE.raw.length }, (_, bit) => ({
      ...capture,
      raw: CAPTURE.raw.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)),
    }))
    const verdicts = await verify(ports, bits)
    expect([...new Set(verdicts.map(codeOf))].sort()).toEqual(['BAD_SIGNATURE', 'MALFORMED'])
    expect(new Set(verdicts.map((verdict) => verdict.status === 'refused' && verdict.source))).toEqual(
      new Set([CAPTURE.device]),
    )
  })

  test('of an IMEI nobody knows is UNKNOWN_DEVICE, filed under the IMEI', async () => {
    const verdict = await verifyOne(capture, portsOf({ known: knownOf([]) }))
    expect(verdict).toMatchObject({ code: 'UNKNOWN_DEVICE', source: `imei:${CAPTURE.imei}` })
  })

  test('of a known IMEI without a registration is NOT_PAIRED', async () => {
    const verdict = await verifyOne(capture, portsOf({ known: knownOf([], { imeis }) }))
    expect(verdict).toMatchObject({ code: 'NOT_PAIRED', source: CAPTURE.device })
  })

  test('that is rubbish is MALFORMED, whoever sends it', async () => {
    const verdict = await verifyOne({ ...capture, raw: Uint8Array.of(255) }, portsOf({ known: knownOf([]) }))
    expect(codeOf(verdict)).toBe('MALFORMED')
  })
})

describe('a Pebble whose IMEI others go by too', () => {
  const imei = '350916067070543'
  const makers = ['squatter', 'pebble', 'unnamed'].map((name) => testDevice(`IMEI of several: ${name}`))
  const [squatter, pebble, unnamed] = makers as [TestDevice, TestDevice, TestDevice]
  const known = knownOf(
    makers.map((device) => registrationOf(device, { model: 'pebble-riverrock' })),
    { imeis: { [imei]: [squatter.device, pebble.device] } },
  )
  const packetOf = ({ key }: TestDevice): Incoming => {
    const message = encodeSensor([measurement('temperature', 'Cel', 20)], { temperature: 'zigzag', random: 'aa' })
    const raw = sealPebble({ key, kind: 'data', message, timestamp: Math.floor(NOON / 1_000) })
    return incomingOf(squatter, raw, { source: `imei:${imei}`, isProven: false, framing: 'pebble' })
  }

  test.each([
    ['the one that came second', pebble],
    ['the one that came first', squatter],
    ['one that is registered, and not remembered for the IMEI', unnamed],
  ])('is told from them by its signature: %s', async (_, device) => {
    expect(await verifyOne(packetOf(device), portsOf({ known }))).toMatchObject({
      status: 'accepted',
      envelope: { device: device.device },
    })
  })

  test('is not given what nobody registered has signed', async () => {
    const verdict = await verifyOne(packetOf(testDevice('IMEI of several: nobody')), portsOf({ known }))
    expect(verdict).toMatchObject({ code: 'BAD_SIGNATURE', source: `imei:${imei}`, standing: 'stranger' })
  })
})

describe('whose a refusal is', () => {
  const imei = '350916067070535'
  const registry = knownOf([registrationOf(tracker)], { imeis: { [imei]: tracker.device } })
  const rubbish = Uint8Array.of(255)
  const standingOf = async (incoming: Incoming) => {
    const verdict = await verifyOne(incoming, portsOf({ known: registry }))
    return verdict.status === 'refused' ? [verdict.code, verdict.standing] : 'accepted'
  }
  const fromImei = (digits: string): Incoming =>
    incomingOf(tracker, rubbish, { source: `imei:${digits}`, isProven: false, framing: 'pebble' })

  test('a session of a key that was made on the spot is a stranger’s, whatever its address looks like', async () => {
    expect(await standingOf(incomingOf(stranger, rubbish))).toEqual(['MALFORMED', 'stranger'])
    expect(await standingOf(incomingOf(stranger, new Uint8Array(65_536)))).toEqual(['TOO_LARGE', 'stranger'])
    expect(await standingOf(incomingOf(stranger, nativePacket(stranger)))).toEqual(['UNKNOWN_DEVICE', 'stranger'])
  })

  test('a registered device’s session speaks for the device', async () => {
    expect(await standingOf(incomingOf(tracker, rubbish))).toEqual(['MALFORMED', 'device'])
  })

  test('whoever names a registered device without proof is told apart from it', async () => {
    expect(await standingOf(fromImei(imei))).toEqual(['MALFORMED', 'named'])
    expect(await standingOf(fromImei('000000000000000'))).toEqual(['MALFORMED', 'stranger'])
    const forged = flip(nativePacket(tracker), 200)
    expect(await standingOf(incomingOf(tracker, forged, { isProven: false }))).toEqual(['BAD_SIGNATURE', 'named'])
  })

  test('the device’s signature is proof where the session is none', async () => {
    const signed = nativePacket(tracker, { payload: Uint8Array.of(0x01) })
    expect(await standingOf(incomingOf(tracker, signed, { isProven: false }))).toEqual(['MALFORMED', 'device'])
  })
})
