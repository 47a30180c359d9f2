import { connect as connectSocket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Packet } from 'mqtt-packet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MAX_PACKET_BYTES, MAX_PACKETS_PER_SECOND } from '../../devices/limits.ts'
import { pebbleTopics } from '../../devices/pebble/topics.ts'
import { sealToken } from '../../devices/token.ts'
import { deviceTopics } from '../../devices/topics.ts'
import { days } from '../../devices/units.ts'
import { mutate, randomOf } from '../support/mutations.ts'
import { measurement, nativePacket, reading, type TestDevice, testDevice } from '../support/packets.ts'
import { acked, connectOf, connectOfPebble, enter, isAck, openRaw, publishOf, returnCode } from '../support/raw-mqtt.ts'
import {
  connectDevice,
  eventually,
  type Json,
  outcomesOf,
  pair,
  sendAll,
  startWhole,
  type Whole,
} from '../support/whole-gateway.ts'

/*
 * One hostile device and its friends against the whole gateway, while an honest one goes on sending beside them.
 */

const honest = testDevice('honest')
const hostile = testDevice('hostile')
const victim = testDevice('victim')
const imei = '350916067000003'

let whole: Whole
let network: Uint8Array
let witness: { stop(): Promise<{ sent: number }> }

beforeAll(async () => {
  whole = await startWhole()
  network = (await whole.network()).networkId
  await Promise.all([honest, hostile, victim].map((device) => pair(whole, device)))
  witness = await bearWitness()
})
afterAll(() => whole?.remove())

const packetOf = (device: TestDevice, sequence: number): Uint8Array =>
  nativePacket(device, {
    network,
    sequence: BigInt(sequence),
    readings: [reading(Date.now(), measurement('temperature', 'Cel', sequence / 100))],
  })

/** Sends one packet after the other, as often as it may, each until it is acknowledged. */
const bearWitness = async () => {
  const session = await connectDevice(whole, honest)
  let isOver = false
  let sent = 0
  const run = async () => {
    while (!isOver) {
      await session.send(packetOf(honest, ++sent))
      await wait(1_000 / MAX_PACKETS_PER_SECOND + 1)
    }
  }
  const running = run()
  // Whoever awaits it hears of it; until then it is no unhandled rejection.
  running.catch(() => {})
  return {
    stop: async () => {
      isOver = true
      await running
      await session.end()
      return { sent }
    },
  }
}

const token = (device: TestDevice) =>
  Buffer.from(sealToken({ key: device.key, network, now: Date.now(), life: days(0.5) }))
const connecting = (device: TestDevice, but: object = {}): Packet =>
  connectOf(device, { password: token(device), ...but })
const enterAs = (device: TestDevice, but: object = {}) => enter(whole.ports.mqtt, connecting(device, but))
const telemetry = deviceTopics(hostile.device).telemetry

const bytes = (...parts: readonly (number | string | Uint8Array)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part))))
const repeated = (count: number, ...cycle: readonly number[]): Uint8Array =>
  Uint8Array.from({ length: count }, (_, at) => cycle[at % cycle.length] ?? 0)

describe('a session ends, and nothing of it is stored, when it', () => {
  test.each<[string, () => Packet | Uint8Array]>([
    ['publishes to another’s topic', () => publishOf(deviceTopics(victim.device).telemetry, packetOf(victim, 1), 1)],
    ['publishes to a Pebble’s topic', () => publishOf(pebbleTopics(imei).data, packetOf(hostile, 1), 1)],
    ['publishes to $SYS', () => publishOf('$SYS/x/new/clients', Buffer.from(victim.device), 1)],
    ['publishes to a wildcard', () => bytes(0x30, 5, 0, 3, 'a/#')],
    ['publishes to devices/+/telemetry', () => bytes(0x30, 21, 0, 19, 'devices/+/telemetry')],
    ['publishes retained', () => publishOf(telemetry, packetOf(hostile, 1), 1, { retain: true })],
    ['publishes to __proto__', () => publishOf('__proto__', packetOf(hostile, 1), 1)],
    ['announces a frame of 256 MB', () => bytes(0x32, 0xff, 0xff, 0xff, 0x7f)],
    ['sends a frame of 64 KB and a byte', () => publishOf(telemetry, new Uint8Array(65_536 - 6 - telemetry.length), 1)],
    ['sends what is no MQTT', () => bytes(`GET / HTTP/1.1\r\nUser-Agent: ${'x'.repeat(100)}\r\n\r\n`)],
  ])('%s', async (_, attack) => {
    const before = await outcomesOf(whole)
    const device = await enterAs(hostile)
    device.send(attack())
    await device.closed
    expect(acked(device)).toEqual([])
    const { ACCEPTED: _honest, ...after } = await outcomesOf(whole)
    const { ACCEPTED: _earlier, ...refused } = before
    expect(after).toEqual(refused)
  })

  test('connects with a will', async () => {
    const will = { topic: telemetry, payload: Buffer.from(packetOf(hostile, 1)), qos: 1, retain: true }
    const device = await enterAs(hostile, { will })
    await device.closed
    expect(returnCode(device)).toEqual([5])
  })

  test.each(['__proto__', 'constructor', 'toString', '', '../../etc/passwd', '+', '#'])(
    'calls itself “%s”',
    async (clientId) => {
      const device = await enterAs(hostile, { clientId })
      await device.closed
      expect(returnCode(device)).toEqual([2])
    },
  )

  test('calls itself by another’s address', async () => {
    const device = await enterAs(hostile, { clientId: victim.device })
    await device.closed
    expect(returnCode(device)).toEqual([4])
  })
})

test('a subscription to another’s topics, to wildcards, $SYS or $share is not granted', async () => {
  const device = await enterAs(hostile)
  const filters = [deviceTopics(victim.device).config, '#', '+/+/+', '$SYS/#', '$share/g/#', `devices/+/config`]
  device.send({ cmd: 'subscribe', messageId: 7, subscriptions: filters.map((topic) => ({ topic, qos: 1 as const })) })
  expect(await device.next(({ cmd }) => cmd === 'suback')).toMatchObject({ granted: filters.map(() => 0x80) })
})

describe('a payload is acknowledged, and refused, that is', () => {
  let known: Readonly<Record<string, number>>
  beforeAll(async () => {
    known = await outcomesOf(whole)
  })
  /** Refusals since the test before. */
  const newOutcomes = async () => {
    const { ACCEPTED: _honest, ...now } = await outcomesOf(whole)
    const grown = Object.entries(now).map(([code, count]) => [code, count - (known[code] ?? 0)] as const)
    known = now
    return Object.fromEntries(grown.filter(([, count]) => count > 0))
  }
  /** Tag 18, array of four, and whatever stands for the protected header. */
  const sign1 = (...header: readonly (number | Uint8Array)[]) =>
    bytes(0xd2, 0x84, ...header, 0xa0, 0x40, 0x58, 64, new Uint8Array(64))
  const half = () => packetOf(hostile, 1).subarray(0, 60)

  test.each<[string, string, () => Uint8Array]>([
    ['MALFORMED', 'cut in the middle', half],
    ['MALFORMED', 'eight thousand arrays deep', () => repeated(8_000, 0x81)],
    ['MALFORMED', 'eight thousand maps deep', () => repeated(8_000, 0xa1)],
    ['MALFORMED', 'eight thousand tags deep', () => repeated(8_000, 0xc1)],
    ['MALFORMED', 'a header with a key twice', () => sign1(0x45, bytes(0xa2, 1, 0x26, 1, 0x26))],
    ['MALFORMED', 'a header whose keys are not in order', () => sign1(0x45, bytes(0xa2, 3, 0x26, 1, 0x26))],
    ['MALFORMED', 'a length that would fit a byte, written in eight', () => bytes(0xd2, 0x9b, 0, 0, 0, 0, 0, 0, 0, 4)],
    ['MALFORMED', 'an array of 2^64 elements', () => bytes(0xd2, 0x9b, repeated(8, 0xff))],
    ['MALFORMED', 'a text of 4 GB', () => bytes(0x7a, 0xff, 0xff, 0xff, 0xff, 'x')],
    ['MALFORMED', 'of indefinite length', () => bytes(0xd2, 0x9f, 0xff)],
    ['MALFORMED', 'a bignum of 16 KB', () => bytes(0xc2, 0x59, 0x3f, 0xf0, repeated(0x3ff0, 0xff))],
    ['MALFORMED', 'a Pebble’s', () => bytes(0x08, 0x00, 0x12, 0x02, 0x08, 0x01)],
    ['TOO_LARGE', 'a byte over 16 KB', () => repeated(MAX_PACKET_BYTES + 1, 0x81)],
    ['TOO_LARGE', '60 KB of bignum', () => bytes(0xc2, 0x59, 0xea, 0x60, repeated(60_000, 0xff))],
  ])('%s: %s', async (code, _, payload) => {
    const device = await enterAs(hostile)
    device.send(publishOf(telemetry, payload(), 1))
    await device.next(isAck(1))
    expect(await newOutcomes()).toEqual({ [code]: 1 })
  })

  test.each<[string, string, () => Uint8Array]>([
    ['MALFORMED', 'protobuf with a length of 2 GB', () => bytes(0x08, 0, 0x12, 0xff, 0xff, 0xff, 0xff, 0x07)],
    ['MALFORMED', 'protobuf with a length of 2^64', () => bytes(0x12, repeated(9, 0xff), 0x01)],
    ['MALFORMED', 'four thousand unknown protobuf fields', () => bytes(0x08, 0, repeated(8_000, 0x78, 0))],
    ['MALFORMED', 'a varint that does not end', () => bytes(0x08, repeated(8_000, 0xff))],
    ['MALFORMED', 'protobuf groups, eight thousand deep', () => repeated(8_000, 0x0b)],
    ['MALFORMED', 'COSE on a Pebble’s topic', () => packetOf(hostile, 1)],
    ['TOO_LARGE', 'protobuf over 16 KB', () => repeated(MAX_PACKET_BYTES + 1, 0x78, 0)],
  ])('%s: %s', async (code, _, payload) => {
    const pebble = await enter(whole.ports.mqtt, { ...connectOfPebble, clientId: imei } as Packet)
    pebble.send(publishOf(pebbleTopics(imei).data, payload(), 1))
    await pebble.next(isAck(1))
    expect(await newOutcomes()).toEqual({ [code]: 1 })
  })
})

describe('REST answers with a code, not with a failure of its own, to', () => {
  test.each([
    '/v1/devices/__proto__',
    '/v1/devices/constructor/readings',
    '/v1/pairings/__proto__',
    '/v1/batches/0/constructor',
    '/log/0/__proto__/bodies',
    '/log/../../keys/operator.key',
    '/log/0/%2e%2e%2f%2e%2e%2fkeys%2foperator.key/bodies',
    '/v1/devices?limit=1e9',
    `/v1/devices/${victim.device}/readings?cursor=__proto__`,
  ])('GET %s', async (route) => {
    const { status, body } = await whole.get(route)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    expect(body).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/) })
  })

  test.each<[string, string]>([
    ['a body of __proto__', '{"__proto__":{"isAdmin":true}}'],
    ['a body of constructor', '{"constructor":{"prototype":{"isAdmin":true}}}'],
    ['a body that is cut', '{"device":"0x'],
    ['a body a hundred thousand arrays deep', '['.repeat(100_000)],
    ['no body', ''],
  ])('POST %s', async (_, text) => {
    const response = await fetch(`${whole.process.url}/v1/pairings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: text,
    })
    const body = (await response.json()) as Json
    expect(response.status).toBeGreaterThanOrEqual(400)
    expect(response.status).toBeLessThan(500)
    expect(body).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/) })
  })
})

describe('sockets that', () => {
  test('connect and say nothing, three hundred at once, keep nobody out', async () => {
    const idle = Array.from({ length: 300 }, () => connectSocket(whole.ports.mqtt, '127.0.0.1').on('error', () => {}))
    await Promise.all(
      idle.map((socket) => new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))),
    )
    const session = await connectDevice(whole, victim)
    await session.send(packetOf(victim, 100))
    await session.end()
    for (const socket of idle) socket.destroy()
  })

  test('are cut in the middle of a packet leave nothing behind', async () => {
    for (let times = 0; times < 50; times++) {
      const raw = await openRaw(whole.ports.mqtt)
      raw.send(connecting(hostile), bytes(0x32, 0xff, 0x7f, 0, telemetry.length, telemetry))
      raw.socket.destroy()
      await raw.closed
    }
  })
})

test('two thousand mutated packets are each acknowledged and counted once (a million: mutations.test.ts)', async () => {
  const random = randomOf(2_000)
  const originals = Array.from({ length: 8 }, (_, index) => packetOf(victim, 200 + index))
  const session = await connectDevice(whole, victim)
  const before = await outcomesOf(whole)
  await sendAll(
    session.send,
    Array.from({ length: 2_000 }, () => mutate(originals[random(originals.length)] as Uint8Array, random)),
  )
  await session.end()
  const { ACCEPTED: _honest, SEQUENCE_CONFLICT, ...after } = await outcomesOf(whole)
  expect(SEQUENCE_CONFLICT).toBeUndefined()
  const refused = Object.entries(after).reduce((sum, [code, count]) => sum + count - (before[code] ?? 0), 0)
  const { body } = await whole.get<{ readings: readonly { sequence: string }[] }>(
    `/v1/devices/${victim.device}/readings`,
  )
  const accepted = body.readings.filter(({ sequence }) => Number(sequence) >= 200)
  expect(refused + accepted.length).toBe(2_000)
  expect(accepted.length).toBeLessThanOrEqual(originals.length)
})

test('meanwhile every packet of an honest device was acknowledged, by the process that started', async () => {
  const { sent } = await witness.stop()
  expect(sent).toBeGreaterThanOrEqual(5)
  // Totals come with the batch.
  await eventually('the count of its packets', async () => {
    const { body } = await whole.get(`/v1/devices/${honest.device}`)
    return body.packets === `${sent}`
  })
  expect((await whole.get('/v1/health', '')).body).toMatchObject({ status: 'ok' })
  expect(whole.process.output()).not.toMatch(/unhandled|uncaught|^\s+at /im)
  expect(await whole.process.stop()).toBe(0)
})
