import { sha256 } from '@noble/hashes/sha2.js'
import { describe, expect, test } from 'vitest'
import { mutate, randomOf } from '../test/support/mutations.ts'
import { cheapest, cpuOf } from '../test/support/speed.ts'
import { openNative, sealNative } from './cose.ts'
import { addressOf, type Curve } from './identity.ts'
import { networkId } from './network.ts'
import type { Envelope, Result } from './packet.ts'
import { openConfirm, openPebble, sealConfirm, sealPebble } from './pebble/packet.ts'
import { encodeSensor } from './pebble/sensor.ts'
import { readingsOf } from './readings.ts'
import { encodeSenml } from './senml.ts'
import { publicKeyOf } from './signature.ts'

const MUTATIONS = 20_000
/** A mutated packet may cost so many times what the whole one does: it holds the gateway's only thread meanwhile. */
const MAX_RATIO = 500

const network = networkId(31_337, '0x5fbdb2315678afecb367f032d93f642f64180aa3')
const keyOf = (curve: Curve) => ({ curve, secret: sha256(Uint8Array.of(21)) })
const device = addressOf(publicKeyOf(keyOf('secp256k1')).publicKey)
const measurements = [
  { name: 'lat', unit: 'lat', value: 49.92 },
  { name: 'lon', unit: 'lon', value: -97.19 },
  { name: 'temperature', unit: 'Cel', value: 20.77 },
  { name: 'door', unit: '', value: true },
  { name: 'station', unit: '', value: 'Großmünster' },
]
const payload = encodeSenml([1_760_000_000_000, 1_760_000_060_500].map((at) => ({ at, clock: 'device', measurements })))
const native = (curve: Curve) =>
  sealNative({ key: keyOf(curve), network, sequence: 77n, salt: new Uint8Array(16), payload })
const pebble = sealPebble({
  key: keyOf('secp256k1'),
  kind: 'data',
  message: encodeSensor(measurements, { temperature: 'zigzag', random: '5da0997414922a8b' }),
  timestamp: 1_760_000_000,
})
const confirm = sealConfirm({ key: keyOf('secp256k1'), owner: device, timestamp: 1_760_000_000, channel: 8_183 })

/** Opens a packet and reads it whether or not its signature holds, so that the readers meet what only a device could send, too. */
const read = (opened: Result<Envelope>) => opened.ok && readingsOf(opened.value, 1_760_000_000_000)

describe.each<[string, Uint8Array, (raw: Uint8Array) => unknown]>([
  ['native packets (ES256K)', native('secp256k1'), (raw) => read(openNative(raw, network))],
  ['native packets (ES256)', native('p256'), (raw) => read(openNative(raw, network))],
  ['SenML payloads', payload, (raw) => readingsOf(envelopeOf(raw), 1_760_000_000_000)],
  ['Pebble packets', pebble, (raw) => read(openPebble(raw, device))],
  ['Pebble confirmations', confirm, openConfirm],
])('mutated %s', (_, packet, open) => {
  test(`${MUTATIONS} of them: nothing thrown, none costs over ${MAX_RATIO} times the whole one`, () => {
    const random = randomOf(2_026)
    const whole = cheapest(() => open(packet), 200)
    const slow: string[] = []
    for (let count = 0; count < MUTATIONS; count++) {
      const mutated = mutate(packet, random)
      // A collection may fall into one call; a packet that is dear by itself is dear each time.
      if (cpuOf(() => open(mutated)) > MAX_RATIO * whole && cheapest(() => open(mutated)) > MAX_RATIO * whole)
        slow.push(Buffer.from(mutated).toString('hex'))
    }
    expect(slow).toEqual([])
  })
})

const envelopeOf = (raw: Uint8Array): Envelope => ({
  format: 'cose-es256k',
  device,
  sequence: 1n,
  digest: new Uint8Array(32),
  signature: new Uint8Array(64),
  payload: raw,
  kind: 'data',
  raw,
})

test('the same seed breaks packets the same way, and mostly breaks them', () => {
  const series = (seed: number) => {
    const random = randomOf(seed)
    return Array.from({ length: 200 }, () => Buffer.from(mutate(pebble, random)).toString('hex'))
  }
  expect(series(1)).toEqual(series(1))
  expect(series(1)).not.toEqual(series(2))
  expect(new Set(series(1)).size).toBeGreaterThan(190)
})
