import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { hexToBytes } from '@noble/hashes/utils.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addressOf, type DeviceKey } from '../../devices/identity.ts'
import { MAX_PACKETS_PER_SECOND } from '../../devices/limits.ts'
import { openPebble } from '../../devices/pebble/packet.ts'
import { pebbleTopics } from '../../devices/pebble/topics.ts'
import { publicKeyOf, recoverKeys } from '../../devices/signature.ts'
import { randomOf } from '../support/mutations.ts'
import { CAPTURE } from '../support/packets.ts'
import { requestFor } from '../support/registry.ts'
import {
  connectPebble,
  deadline,
  eventually,
  explain,
  isPaired,
  type Json,
  outcomesOf,
  refusalsOf,
  startWhole,
  type Whole,
} from '../support/whole-gateway.ts'

/*
 * The one packet here that no code of ours made: a Pebble Tracker signed it in 2024. Nobody has its key; its signature gives away the
 * public half, and its manufacturer vouches for it.
 */

const { device, imei, raw } = CAPTURE
const { data } = pebbleTopics(imei)
const root = fileURLToPath(new URL('../..', import.meta.url))

let whole: Whole
beforeAll(async () => {
  // A day's epoch, so that one explanation holds every packet.
  whole = await startWhole({ CAIRN_EPOCH_SECONDS: '86400' })
})
afterAll(() => whole?.remove())

const recovered = (): DeviceKey => {
  const opened = openPebble(raw, device)
  if (!opened.ok) throw new Error('the capture does not open')
  const keys = recoverKeys(opened.value.digest, opened.value.signature)
  const key = keys.find(({ publicKey }) => addressOf(publicKey) === device)
  if (!key) throw new Error('the capture gives no key of its device')
  return key
}

const personOf = (secretHex: string) => {
  const key = { curve: 'secp256k1', secret: hexToBytes(secretHex.slice(2)) } as const
  const { publicKey } = publicKeyOf(key)
  return { key, publicKey, address: addressOf(publicKey) }
}

type Readings = { readonly readings: readonly (Json & { readonly proof?: Json | null })[] }
const readings = async () => (await whole.get<Readings>(`/v1/devices/${device}/readings?proof=1`)).body.readings

const run = (command: string, args: readonly string[]): Promise<{ code: number; output: string }> =>
  new Promise((resolve) => {
    execFile(command, args, { cwd: root }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
    )
  })

/** One bit of each byte, so that no field is left out; which one, the seed says. */
const flipped = (): readonly Uint8Array[] => {
  const random = randomOf(2_024)
  return Array.from(raw, (byte, at) => {
    const copy = raw.slice()
    copy[at] = byte ^ (1 << random(8))
    return copy
  })
}

describe('a packet that a real Pebble signed in 2024', () => {
  test('is refused as UNKNOWN_DEVICE while nobody paired the device, and acknowledged', async () => {
    const pebble = await connectPebble(whole, imei)
    await pebble.publish(data, raw, 1)
    await pebble.end()
    expect(await outcomesOf(whole)).toEqual({ UNKNOWN_DEVICE: 1 })
  })

  test('belongs to an owner once its manufacturer vouches for the device', async () => {
    const { domain } = await whole.network()
    const request = requestFor(
      {
        owner: personOf(whole.secret('demo-owner.key')),
        device: {
          key: personOf(whole.secret('demo-owner.key')).key,
          address: device,
          publicKey: recovered().publicKey,
        },
        manufacturer: personOf(whole.secret('manufacturer.key')),
      },
      { proof: 'manufacturer', imei, model: 'pebble-riverrock', cell: 0n, deadline: deadline() },
      domain,
    )
    expect(await whole.post('/v1/pairings', request)).toMatchObject({ status: 202 })
    await isPaired(whole, device)
    expect((await whole.get(`/v1/devices/${device}`)).body).toMatchObject({
      grade: 'attested',
      model: 'pebble-riverrock',
      imei,
    })
  })

  test('with a bit flipped in any of its 144 bytes is BAD_SIGNATURE or MALFORMED, and its owner sees each (all 1,152 flips: verify.test.ts)', async () => {
    const pebble = await connectPebble(whole, imei)
    for (const wrong of flipped()) {
      await pebble.publish(data, wrong, 1)
      // As fast as a device may send.
      await wait(1_000 / MAX_PACKETS_PER_SECOND + 1)
    }
    await pebble.end()
    const { BAD_SIGNATURE = 0, MALFORMED = 0, UNKNOWN_DEVICE, ...others } = await outcomesOf(whole)
    expect(others).toEqual({})
    expect(UNKNOWN_DEVICE).toBe(1)
    expect(BAD_SIGNATURE + MALFORMED).toBe(144)
    expect(BAD_SIGNATURE).toBeGreaterThan(MALFORMED)
    expect(await refusalsOf(whole, device)).toEqual({ BAD_SIGNATURE, MALFORMED, UNKNOWN_DEVICE })
    expect(await explain(whole, device)).toEqual({
      counts: { BAD_SIGNATURE, MALFORMED, UNKNOWN_DEVICE },
      basisPoints: 10_000,
    })
    expect(await readings()).toEqual([])
  })

  test('is accepted as the device sends it, at QoS 0, whatever its clock says', async () => {
    const pebble = await connectPebble(whole, imei)
    await pebble.publish(data, raw, 0)
    await pebble.end()
    const [reading] = await eventually('the reading', async () => {
      const found = await readings()
      return found.length > 0 && found
    })
    expect(reading).toMatchObject({
      sequence: '1718757942',
      flags: ['CLOCK_SKEWED', 'STALE'],
      quality: 0,
      grade: 'attested',
    })
  })

  test('is acknowledged when it comes again at QoS 1, and counted once', async () => {
    const pebble = await connectPebble(whole, imei)
    await pebble.publish(data, raw, 1)
    await pebble.end()
    expect(await outcomesOf(whole)).toMatchObject({ ACCEPTED: 1, SEQUENCE_SEEN: 1 })
    expect(await readings()).toHaveLength(1)
  })

  test('is served back with every value that it was made of', async () => {
    const [reading] = await readings()
    const measurements = reading?.measurements as readonly { name: string; unit: string; value: unknown }[]
    expect(reading).toMatchObject({ at: Date.UTC(2024, 5, 19, 0, 45, 42), clock: 'device' })
    expect(measurements.map(({ name, unit, value }) => `${name} ${value} ${unit}`.trim()).sort()).toEqual([
      'accelerometer/x -27 count',
      'accelerometer/y 8179 count',
      'accelerometer/z 177 count',
      'battery 3.56 V',
      'fix true',
      'gas 26245 Ohm',
      'gyroscope/x 22 count',
      'gyroscope/y -8 count',
      'gyroscope/z 3 count',
      'humidity 48.62 %RH',
      'lat 49.92 lat',
      'light 0 lx',
      'lon -97.19 lon',
      'pressure 980.48 hPa',
      'snr 11 dB',
      'temperature 20.77 Cel',
      'temperature2 20.77 Cel',
    ])
  })

  test('is settled, and its proof holds from the device’s signature to the chain', async () => {
    const proven = await eventually('a settled proof', async () => {
      const page = await readings()
      return page[0]?.proof ? page : undefined
    })
    expect(proven[0]).toMatchObject({ settled: true })
    const file = path.join(whole.dataDir, 'reading.json')
    writeFileSync(file, JSON.stringify({ device, readings: proven, next: null }))
    const { code, output } = await run('npx', ['cairn', 'verify', file, '--rpc', whole.process.rpcUrl])
    expect(output).toContain('proven')
    expect(output).not.toContain('✗')
    expect(code).toBe(0)
  })

  test('no longer proves anything once a digit of its value is changed', async () => {
    const text = JSON.stringify({ device, readings: await readings(), next: null })
    const file = path.join(whole.dataDir, 'changed.json')
    writeFileSync(file, text.replace('20.77', '20.78'))
    const { code, output } = await run('node', ['sdk/cairn.mjs', 'verify', file, '--rpc', whole.process.rpcUrl])
    expect(output).toContain('✗')
    expect(code).toBe(1)
  })
})
