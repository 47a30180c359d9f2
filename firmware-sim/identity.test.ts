import { describe, expect, test } from 'vitest'
import { openNative } from '../devices/cose.ts'
import { openPebble, sealPebble } from '../devices/pebble/packet.ts'
import { isImei } from '../devices/pebble/topics.ts'
import { readingsOf } from '../devices/readings.ts'
import { recoverKeys, verifySignature } from '../devices/signature.ts'
import { identityOf } from './identity.ts'
import { sensorMessage } from './pebble/message.ts'
import { sealSample } from './tracker/tracker.ts'
import { sense, worldOf } from './world/world.ts'

const NOON = Date.UTC(2026, 2, 1, 12)
const network = new Uint8Array(32).fill(7)
const tracker = identityOf('7', 'tracker', 0, 'secp256k1')
const pebble = identityOf('7', 'pebble', 0, 'secp256k1')
const sampleOf = (seed: string) => sense(worldOf(seed, tracker.address), NOON)

describe('an identity', () => {
  test('is the same for the same seed and another for every other', () => {
    expect(identityOf('7', 'tracker', 0, 'secp256k1')).toEqual(tracker)
    const addresses = [
      tracker,
      pebble,
      identityOf('8', 'tracker', 0, 'secp256k1'),
      identityOf('7', 'tracker', 1, 'secp256k1'),
      identityOf('7', 'tracker', 0, 'p256'),
    ].map(({ address }) => address)
    expect(new Set(addresses).size).toBe(addresses.length)
  })

  test('has an IMEI of its own only as a Pebble', () => {
    expect(tracker.imei).toBeUndefined()
    const imeis = Array.from({ length: 50 }, (_, index) => identityOf('7', 'pebble', index, 'secp256k1').imei ?? '')
    expect(imeis.every(isImei)).toBe(true)
    expect(new Set(imeis).size).toBe(50)
  })
})

describe('a packet', () => {
  test.each(['secp256k1', 'p256'] as const)('of a tracker opens, holds, and reads as it was sensed (%s)', (curve) => {
    const { key, publicKey, address } = identityOf('7', 'tracker', 0, curve)
    const { raw } = sealSample({ seed: '7', key, network }, 42n, sampleOf('7'))
    const opened = openNative(raw, network)
    if (!opened.ok) throw new Error(opened.refusal.code)
    expect(opened.value).toMatchObject({ device: address, sequence: 42n })
    expect(verifySignature({ curve, publicKey }, opened.value.digest, opened.value.signature, 'low-s')).toBe(true)
    const readings = readingsOf(opened.value, NOON + 5)
    expect(readings.ok && readings.value[0]?.at).toBe(NOON)
  })

  test('of a tracker is byte for byte the same for the same seed, and the salt moves with the sequence', () => {
    const seal = (seed: string, sequence: bigint) =>
      sealSample({ seed, key: tracker.key, network }, sequence, sampleOf(seed)).raw
    expect(seal('7', 1n)).toEqual(seal('7', 1n))
    expect(seal('7', 1n)).not.toEqual(seal('7', 2n))
    expect(seal('7', 1n)).not.toEqual(seal('8', 1n))
  })

  test('of a Pebble writes its type 0, holds, and reads coarsely where it was', () => {
    const sample = sampleOf('7')
    const raw = sealPebble({
      key: pebble.key,
      kind: 'data',
      message: sensorMessage(sample, '0011'),
      timestamp: 1_772_366_400,
    })
    expect([...raw.subarray(0, 2)]).toEqual([0x08, 0x00])
    const opened = openPebble(raw, pebble.address)
    if (!opened.ok) throw new Error(opened.refusal.code)
    const keys = recoverKeys(opened.value.digest, opened.value.signature).map(({ publicKey }) => publicKey)
    expect(keys).toContainEqual(pebble.publicKey)
    const readings = readingsOf(opened.value, NOON)
    const values = new Map(
      (readings.ok ? readings.value[0]?.measurements : [])?.map(({ name, value }) => [name, value]),
    )
    expect(values.get('temperature')).toBe(sample.temperature)
    expect(values.get('lat')).toBe(sample.fix && Math.round(sample.fix.latitude * 100) / 100)
  })
})
