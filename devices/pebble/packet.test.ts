import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { describe, expect, test } from 'vitest'
import { addressOf } from '../identity.ts'
import { MAX_PACKET_BYTES } from '../limits.ts'
import { readingsOf } from '../readings.ts'
import { publicKeyOf, recoverKeys, verifySignature } from '../signature.ts'
import { openConfirm, openPebble, sealConfirm, sealPebble } from './packet.ts'
import { encodeConfig, encodeSensor, encodeState } from './sensor.ts'

/** A real Pebble’s packet, Riverrock 1.0.14, topic device/350916067070535/data. Its signature is high-S. */
const capture = Uint8Array.from(
  atob(
    'CAASRAjMCBDkAhiAwIncAyC/kfCeByj0l6ABMLogOID+BUD+JUgAUJ0QWgMsDwZiBTXmf+ICahA1ZGEwOTk3NDE0OTIyYThiGLbUyLMGIkC4zqnDST/KDHLihv8Nbks5gu6/XZ8kB/ytvF0YUA0bQoL7QbuPbmNeROcBKNj4ePkKihnjI373E8NaybO0wmte',
  ),
  (character) => character.charCodeAt(0),
)
const signer = '0x7c6d376b125b43ea5ba5dd0f84e00a4f0c3ad63f'

const key = { curve: 'secp256k1', secret: sha256(Uint8Array.of(3)) } as const
const device = addressOf(publicKeyOf(key).publicKey)
const message = encodeSensor([{ name: 'temperature', unit: 'Cel', value: 20.77 }], {
  temperature: 'zigzag',
  random: 'f00d',
})

const refusalOf = (raw: Uint8Array) => {
  const opened = openPebble(raw, device)
  return opened.ok ? undefined : opened.refusal
}

describe('the capture', () => {
  const opened = openPebble(capture, signer)
  if (!opened.ok) throw new Error(JSON.stringify(opened.refusal))
  const { value: envelope } = opened

  test('opens to its digest, its signer and its timestamp', () => {
    expect(capture).toHaveLength(144)
    expect(envelope).toMatchObject({ format: 'pebble', kind: 'data', device: signer, sequence: 1_718_757_942n })
    expect(envelope.digest).toEqual(hexToBytes('43a75c272ad7332835344e935c2fbfaa0e58b0342de949c6e2642d24efad22f6'))
    const signers = recoverKeys(envelope.digest, envelope.signature).map(({ publicKey }) => addressOf(publicKey))
    expect(signers).toContain(signer)
  })

  test('has the larger s in its bytes and the smaller one in its envelope, as contracts ask', () => {
    const received = capture.slice(-64)
    const keys = recoverKeys(envelope.digest, received)
    const pebbleKey = keys.find(({ publicKey }) => addressOf(publicKey) === signer)
    if (!pebbleKey) throw new Error('no key')
    expect(verifySignature(pebbleKey, envelope.digest, received, 'any-s')).toBe(true)
    expect(verifySignature(pebbleKey, envelope.digest, received, 'low-s')).toBe(false)
    expect(verifySignature(pebbleKey, envelope.digest, envelope.signature, 'low-s')).toBe(true)
    expect(envelope.raw).toEqual(capture)
  })

  test('reads as what it measured', () => {
    const readings = readingsOf(envelope, 0)
    if (!readings.ok) throw new Error(JSON.stringify(readings.refusal))
    const [reading] = readings.value
    expect(reading).toMatchObject({ at: Date.UTC(2024, 5, 19, 0, 45, 42), clock: 'device' })
    expect(reading?.measurements.map(({ name, unit, value }) => `${name} ${value} ${unit}`.trim())).toEqual([
      'fix true',
      'lat 49.92 lat',
      'lon -97.19 lon',
      'temperature 20.77 Cel',
      'humidity 48.62 %RH',
      'pressure 980.48 hPa',
      'gas 26245 Ohm',
      'light 0 lx',
      'temperature2 20.77 Cel',
      'battery 3.56 V',
      'snr 11 dB',
      'gyroscope/x 22 count',
      'gyroscope/y -8 count',
      'gyroscope/z 3 count',
      'accelerometer/x -27 count',
      'accelerometer/y 8179 count',
      'accelerometer/z 177 count',
    ])
  })

  test('is refused, or no longer signed, whichever one of its 1152 bits flips', () => {
    const [, pebbleKey] = recoverKeys(envelope.digest, envelope.signature)
    if (!pebbleKey) throw new Error('no key')
    const fates = { malformed: 0, unsigned: 0 }
    for (let bit = 0; bit < 8 * capture.length; bit++) {
      const flipped = capture.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
      const result = openPebble(flipped, signer)
      if (!result.ok) {
        expect(result.refusal.code).toBe('MALFORMED')
        fates.malformed++
      } else {
        expect(verifySignature(pebbleKey, result.value.digest, result.value.signature, 'any-s'), `bit ${bit}`).toBe(
          false,
        )
        fates.unsigned++
      }
    }
    expect(fates.malformed + fates.unsigned).toBe(1_152)
    expect(fates.malformed).toBeGreaterThan(50)
  }, 30_000)
})

const settings = { dataChannel: 8_183, uploadPeriod: 300, firmware: 'Riverrock 1.0.14' }

describe('a sealed packet', () => {
  test.each([
    ['data', message],
    ['config', encodeConfig(settings)],
    ['state', encodeState(1)],
  ] as const)('%s opens to what was sealed, signed by its key', (kind, content) => {
    const raw = sealPebble({ key, kind, message: content, timestamp: 1_700_000_000 })
    const opened = openPebble(raw, device)
    if (!opened.ok) throw new Error(JSON.stringify(opened.refusal))
    expect(opened.value).toMatchObject({ kind, sequence: 1_700_000_000n, payload: content, raw })
    const { digest, signature } = opened.value
    expect(verifySignature(publicKeyOf(key), digest, signature, 'any-s')).toBe(true)
  })

  test('writes type 0, as the firmware does', () => {
    expect([...sealPebble({ key, kind: 'data', message, timestamp: 1 }).subarray(0, 3)]).toEqual([0x08, 0x00, 0x12])
  })

  test('holds readings only if it is data', () => {
    const opened = openPebble(sealPebble({ key, kind: 'state', message: encodeState(1), timestamp: 5 }), device)
    expect(opened.ok && readingsOf(opened.value, 0)).toEqual({ ok: true, value: [] })
  })

  const configOf = (...bytes: number[]) => Uint8Array.from([...encodeConfig(settings), ...bytes])

  test.each<[string, 'config' | 'state', Uint8Array]>([
    ['a CONFIG of nothing', 'config', new Uint8Array()],
    ['a STATE of nothing', 'state', new Uint8Array()],
    [
      'a CONFIG that is DATA',
      'config',
      encodeSensor([{ name: 'pressure', unit: 'hPa', value: 980 }], { temperature: 'zigzag', random: '' }),
    ],
    ['a CONFIG cut short', 'config', encodeConfig(settings).slice(0, -1)],
    ['a CONFIG with a field twice', 'config', configOf(0x10, 0x01)],
    ['a CONFIG whose firmware is no text', 'config', Uint8Array.of(0x3a, 0x01, 0xff)],
    ['a CONFIG whose period is text', 'config', Uint8Array.of(0x1a, 0x01, 0x35)],
    ['a CONFIG with a group', 'config', configOf(0x4b, 0x4c)],
    ['a STATE of 33 bits', 'state', Uint8Array.of(0x08, 0x80, 0x80, 0x80, 0x80, 0x10)],
    ['a STATE that is text', 'state', Uint8Array.of(0x0a, 0x01, 0x31)],
    ['a STATE with none of its fields', 'state', Uint8Array.of(0x10, 0x01)],
    ['a STATE of rubbish', 'state', Uint8Array.of(0xff, 0xff, 0xff)],
  ])('is opened before it is accepted: %s is malformed', (_, kind, content) => {
    const opened = openPebble(sealPebble({ key, kind, message: content, timestamp: 5 }), device)
    expect(opened.ok && readingsOf(opened.value, 0)).toMatchObject({ ok: false, refusal: { code: 'MALFORMED' } })
  })

  test.each<[string, 'config' | 'state', Uint8Array]>([
    ['a CONFIG of a newer firmware', 'config', configOf(0x48, 0x01, 0x52, 0x01, 0xff)],
    ['a CONFIG of some fields', 'config', Uint8Array.of(0x18, 0x05)],
    ['a STATE of a newer firmware', 'state', Uint8Array.of(0x08, 0x00, 0x10, 0x01)],
  ])('%s is read', (_, kind, content) => {
    const opened = openPebble(sealPebble({ key, kind, message: content, timestamp: 5 }), device)
    expect(opened.ok && readingsOf(opened.value, 0)).toEqual({ ok: true, value: [] })
  })

  test('with timestamp 0 is out of range', () => {
    expect(refusalOf(sealPebble({ key, kind: 'data', message, timestamp: 0 }))?.code).toBe('OUT_OF_RANGE')
  })

  test.each([-1, 0, 1])('of 16 KB and %i byte', (excess) => {
    const overhead = sealPebble({ key, kind: 'data', message: new Uint8Array(8_000), timestamp: 1 }).length - 8_000
    const content = new Uint8Array(MAX_PACKET_BYTES + excess - overhead)
    expect(refusalOf(sealPebble({ key, kind: 'data', message: content, timestamp: 1 }))?.code).toBe(
      excess > 0 ? 'TOO_LARGE' : undefined,
    )
  })
})

describe('refuses as malformed', () => {
  const type = [0x08, 0x00]
  const data = [0x12, 0x01, 0x00]
  const timestamp = [0x18, 0x05]
  const signature = [0x22, 0x40, ...new Uint8Array(64)]
  const bytes = (...parts: readonly (readonly number[])[]) => Uint8Array.from(parts.flat())

  test('(the same without a fault is taken)', () => {
    expect(refusalOf(bytes(type, data, timestamp, signature))).toBeUndefined()
  })

  test.each<[string, Uint8Array]>([
    ['nothing', bytes()],
    ['no type', bytes(data, timestamp, signature)],
    ['no data', bytes(type, timestamp, signature)],
    ['no timestamp', bytes(type, data, signature)],
    ['no signature', bytes(type, data, timestamp)],
    ['two types', bytes(type, type, data, timestamp, signature)],
    ['two timestamps', bytes(type, data, timestamp, timestamp, signature)],
    ['fields in another order', bytes(type, timestamp, data, signature)],
    ['an unknown field', bytes(type, data, timestamp, signature, [0x28, 0x00])],
    ['an unknown package type', bytes([0x08, 0x03], data, timestamp, signature)],
    ['a type of another wire type', bytes([0x0a, 0x00], data, timestamp, signature)],
    ['a fixed-size timestamp', bytes(type, data, [0x1d, 5, 0, 0, 0], signature)],
    ['a padded type', bytes([0x08, 0x80, 0x00], data, timestamp, signature)],
    ['a padded tag', bytes([0x88, 0x00, 0x00], data, timestamp, signature)],
    ['a padded length', bytes(type, [0x12, 0x81, 0x00, 0x00], timestamp, signature)],
    ['a timestamp over 32 bits', bytes(type, data, [0x18, 0xff, 0xff, 0xff, 0xff, 0x1f], signature)],
    ['an endless varint', bytes(type, data, [0x18, ...new Uint8Array(100).fill(0xff)])],
    ['a signature of 63 bytes', bytes(type, data, timestamp, [0x22, 0x3f, ...new Uint8Array(63)])],
    ['a signature of 65 bytes', bytes(type, data, timestamp, [0x22, 0x41, ...new Uint8Array(65)])],
    ['data of 2 GB', bytes(type, [0x12, 0xff, 0xff, 0xff, 0xff, 0x07])],
    ['data of 4 GB', bytes(type, [0x12, 0xff, 0xff, 0xff, 0xff, 0x0f])],
    ['field 0', bytes(type, data, timestamp, signature, [0x00, 0x00])],
    ['nested groups', new Uint8Array(8_000).fill(0x0b)],
    ['a flood of unknown fields', Uint8Array.from({ length: 8_000 }, (_, at) => (at % 2 ? 0 : 0x28))],
  ])('%s', (_, raw) => {
    expect(refusalOf(raw)).toMatchObject({ code: 'MALFORMED', facts: { reason: expect.any(String) } })
  })

  test('every shorter beginning of a packet', () => {
    for (let length = 0; length < capture.length; length++) {
      expect(refusalOf(capture.subarray(0, length))?.code).toBe('MALFORMED')
    }
  })
})

describe('a confirmation', () => {
  const owner = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
  const raw = sealConfirm({ key, owner, timestamp: 1_700_000_000, channel: 8_183 })

  test('opens to owner, time and channel, signed by the device', () => {
    const opened = openConfirm(raw)
    if (!opened.ok) throw new Error(JSON.stringify(opened.refusal))
    expect(opened.value).toMatchObject({ owner, timestamp: 1_700_000_000, channel: 8_183 })
    const { digest, signature } = opened.value
    expect(digest).toEqual(sha256(concatBytes(hexToBytes(owner.slice(2)), hexToBytes('6553f100'))))
    expect(verifySignature(publicKeyOf(key), digest, signature, 'any-s')).toBe(true)
  })

  test('is no data packet, and a data packet is no confirmation', () => {
    expect(refusalOf(raw)?.code).toBe('MALFORMED')
    expect(openConfirm(capture)).toMatchObject({ ok: false, refusal: { code: 'MALFORMED' } })
  })

  test('with an owner of 19 bytes is malformed', () => {
    const short = sealConfirm({ key, owner: `0x${'11'.repeat(19)}`, timestamp: 1, channel: 0 })
    expect(openConfirm(short)).toMatchObject({ ok: false, refusal: { code: 'MALFORMED' } })
  })
})
