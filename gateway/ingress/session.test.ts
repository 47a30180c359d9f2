import { sha256 } from '@noble/hashes/sha2.js'
import { describe, expect, test } from 'vitest'
import { pebbleTopics } from '../../devices/pebble/topics.ts'
import { verifySignature } from '../../devices/signature.ts'
import { sealToken } from '../../devices/token.ts'
import { deviceTopics } from '../../devices/topics.ts'
import { days, minutes } from '../../devices/units.ts'
import {
  CAPTURE,
  knownOf,
  NETWORK,
  NOON,
  OTHER_NETWORK,
  registrationOf,
  testDevice,
  withOtherS,
} from '../../test/support/packets.ts'
import { holds } from '../verify/signature.ts'
import { mayReceive, purposeOf } from './acl.ts'
import type { Connect } from './control-packets.ts'
import { authenticate, type DoorPorts, isStanding } from './session.ts'

const tracker = testDevice('tracker')
const onP256 = testDevice('p256', 'p256')
const stranger = testDevice('stranger')

const door: DoorPorts = {
  known: knownOf([registrationOf(tracker)]),
  network: NETWORK,
  clock: { now: () => NOON },
  // The reference, hashing the message itself, as the native one does for P-256.
  holds: ({ key, message, signature }) => verifySignature(key, sha256(message), signature, 'any-s'),
  letsPebblesIn: true,
}

const tokenOf = (device: typeof tracker, but: Partial<Parameters<typeof sealToken>[0]> = {}) =>
  Buffer.from(sealToken({ key: device.key, network: NETWORK, now: NOON, life: days(1), ...but }))

const withHeader = (changes: object) => {
  const [header = '', ...rest] = tokenOf(tracker).toString().split('.')
  const changed = { ...JSON.parse(Buffer.from(header, 'base64url').toString()), ...changes }
  return Buffer.from([Buffer.from(JSON.stringify(changed)).toString('base64url'), ...rest].join('.'))
}

const connect = (but: Partial<Connect>): Connect => ({
  clientId: tracker.device,
  hasWill: false,
  isClean: true,
  keepAlive: 0,
  username: 'device',
  password: tokenOf(tracker),
  ...but,
})

describe('a native device', () => {
  test.each([tracker, onP256, stranger])('enters with a token of its own key, registered or not', (device) => {
    const session = authenticate(door, connect({ clientId: device.device, password: tokenOf(device) }))
    expect(session).toEqual({ kind: 'native', id: device.device, key: device.publicKey, expiresAt: NOON + days(1) })
  })

  test.each([
    ['without a password', { password: undefined }, 4],
    ['by another user name', { username: 'admin' }, 4],
    ['with another device’s token', { password: tokenOf(stranger) }, 4],
    ['with a token for another network', { password: tokenOf(tracker, { network: OTHER_NETWORK }) }, 4],
    ['with an expired token', { password: tokenOf(tracker, { now: NOON - days(2) }) }, 4],
    ['with a token for more than a day', { password: tokenOf(tracker, { life: days(1) + minutes(1) }) }, 4],
    ['with a token in its name by another key', { password: tokenOf(stranger, { device: tracker.device }) }, 5],
    ['with rubbish', { password: Buffer.from('rubbish') }, 4],
    // Neither can be turned into text: the reader that tried threw, and the device was told to come again later.
    ['with an algorithm that is an object', { password: withHeader({ alg: { toString: 1 } }) }, 4],
    ['with a type that is an object', { password: withHeader({ typ: { toString: 1 } }) }, 4],
    ['with an extension that must be understood', { password: withHeader({ crit: ['b64'] }) }, 4],
    ['with a will', { hasWill: true }, 5],
    ['in capitals', { clientId: tracker.device.toUpperCase() }, 2],
  ] as const)('does not enter %s', (_, but, returnCode) => {
    expect(authenticate(door, connect(but))).toMatchObject({ returnCode })
  })

  test.each([tracker, onP256])('enters with the larger s, as half of a stock library’s tokens have it', (device) => {
    const [header, body, signature = ''] = tokenOf(device).toString().split('.')
    const high = withOtherS(device.key.curve, Buffer.from(signature, 'base64url'))
    const password = Buffer.from(`${header}.${body}.${Buffer.from(high).toString('base64url')}`)
    for (const ports of [door, { ...door, holds }])
      expect(authenticate(ports, connect({ clientId: device.device, password }))).toMatchObject({ kind: 'native' })
  })

  test('does not enter with one bit of the token’s signature flipped', () => {
    const [header, body, signature = ''] = tokenOf(tracker).toString().split('.')
    const bytes = Buffer.from(signature, 'base64url').map((byte, index) => (index === 40 ? byte ^ 1 : byte))
    const password = Buffer.from(`${header}.${body}.${Buffer.from(bytes).toString('base64url')}`)
    expect(authenticate(door, connect({ password }))).toMatchObject({ returnCode: 4, why: /signature/ })
  })

  test('that nobody has registered does not enter by another key than the one it is named after', () => {
    const password = tokenOf(stranger, { device: onP256.device })
    expect(authenticate(door, connect({ clientId: onP256.device, password }))).toMatchObject({ returnCode: 4 })
  })

  test('costs no signature unless the key is its own', () => {
    let verified = 0
    const holds = () => ++verified > 0
    for (const clientId of [tracker.device, onP256.device])
      authenticate({ ...door, holds }, connect({ clientId, password: tokenOf(stranger, { device: clientId }) }))
    expect(verified).toBe(0)
    authenticate({ ...door, holds }, connect({}))
    expect(verified).toBe(1)
  })
})

describe('a native device whose key was rotated', () => {
  const known = knownOf([registrationOf(tracker, { key: onP256.publicKey })])
  const byNewKey = connect({ password: tokenOf(onP256, { device: tracker.device }) })

  test('enters in its old name with its new key, on whichever curve', () => {
    expect(authenticate({ ...door, known }, byNewKey)).toMatchObject({ kind: 'native', id: tracker.device })
  })

  test('enters neither with its old key nor by the new key’s own name', () => {
    expect(authenticate({ ...door, known }, connect({}))).toMatchObject({ returnCode: 5 })
    expect(authenticate({ ...door, known }, { ...byNewKey, clientId: onP256.device })).toMatchObject({ returnCode: 4 })
  })

  test('has no session of its old key any more', () => {
    const session = authenticate(door, connect({}))
    if (!('kind' in session)) throw new Error(session.why)
    expect(isStanding(door, session)).toBe(true)
    expect(isStanding({ ...door, known }, session)).toBe(false)
    expect(isStanding({ ...door, clock: { now: () => NOON + days(1) } }, session)).toBe(false)
  })
})

describe('a Pebble', () => {
  const pebble = connect({ clientId: CAPTURE.imei, username: undefined, password: undefined })

  test('enters by its IMEI where the operator lets it', () => {
    expect(authenticate(door, pebble)).toEqual({ kind: 'pebble', id: CAPTURE.imei })
    expect(authenticate({ ...door, letsPebblesIn: false }, pebble)).toMatchObject({ returnCode: 5 })
  })

  test('has no user name', () => {
    expect(authenticate(door, { ...pebble, username: 'device' })).toMatchObject({ returnCode: 4 })
  })
})

test.each([
  '__proto__',
  'constructor',
  'toString',
  '',
  '35091606707053',
  '3509160670705355',
  'aedes_1',
  '$SYS',
  '#',
  `${CAPTURE.imei}\n`,
])('nobody enters as %j', (clientId) => {
  expect(authenticate(door, connect({ clientId }))).toMatchObject({ returnCode: 2 })
})

describe('the access list', () => {
  const native = { kind: 'native', id: tracker.device, key: tracker.publicKey, expiresAt: NOON } as const
  const pebble = { kind: 'pebble', id: CAPTURE.imei } as const
  const own = deviceTopics(tracker.device)
  const others = deviceTopics(stranger.device)
  const backend = pebbleTopics(CAPTURE.imei)
  const hostile = [
    '#',
    '+',
    'devices/#',
    `devices/+/telemetry`,
    `devices/${tracker.device}/#`,
    `devices/${tracker.device}/+`,
    `$share/g/${own.config}`,
    '$SYS/#',
    '$SYS/x/new/clients',
    `/${own.telemetry}`,
    `${own.telemetry}/`,
    own.telemetry.toUpperCase(),
    `devices//telemetry`,
    '__proto__',
    'devices/__proto__/telemetry',
    'constructor',
    '',
    ...Object.values(others),
    ...Object.values(pebbleTopics('350916067070536')),
  ]

  test('a native device publishes packets to its telemetry topic and nowhere else', () => {
    expect(purposeOf(native, own.telemetry)).toBe('packet')
    for (const topic of [own.clips, own.receipts, own.config, own.commands, ...Object.values(backend), ...hostile])
      expect(purposeOf(native, topic)).toBeUndefined()
  })

  test('a native device hears its own receipts, config and commands and nothing else', () => {
    expect([own.receipts, own.config, own.commands].every((topic) => mayReceive(native, topic))).toBe(true)
    for (const topic of [own.telemetry, own.clips, ...Object.values(backend), ...hostile])
      expect(mayReceive(native, topic)).toBe(false)
  })

  test('a Pebble publishes data, query and confirm, and hears status, firmware and config', () => {
    expect([backend.data, backend.query, backend.confirm].map((topic) => purposeOf(pebble, topic))).toEqual([
      'packet',
      'query',
      'confirm',
    ])
    expect([backend.status, backend.firmware, backend.config].every((topic) => mayReceive(pebble, topic))).toBe(true)
    for (const topic of [...Object.values(own), ...hostile]) {
      expect(purposeOf(pebble, topic)).toBeUndefined()
      expect(mayReceive(pebble, topic)).toBe(false)
    }
    expect([backend.status, backend.config].map((topic) => purposeOf(pebble, topic))).toEqual([undefined, undefined])
    expect([backend.data, backend.query].map((topic) => mayReceive(pebble, topic))).toEqual([false, false])
  })
})
