import { createPublicClient, http } from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readLane } from '../../chain/client.ts'
import { sealConfirm, sealPebble } from '../../devices/pebble/packet.ts'
import { encodeSensor } from '../../devices/pebble/sensor.ts'
import { pebbleTopics } from '../../devices/pebble/topics.ts'
import { measurement, nativePacket, reading, type TestDevice, testDevice } from '../support/packets.ts'
import {
  batchesOf,
  connectDevice,
  connectPebble,
  eventually,
  isPaired,
  pair,
  proposePebble,
  sendAll,
  startWhole,
  type Whole,
} from '../support/whole-gateway.ts'

/*
 * Counted once: whatever comes again, by whichever door, before and after the gateway's own end.
 */

/** Fewer than half of what a device may send at once: by two doors at the same time they stay within its quota. */
const PACKETS = 8
const trackers = [testDevice('first'), testDevice('second'), testDevice('third', 'p256')]
const pebble = testDevice('pebble')
const imei = '350916067000002'
/** Unix seconds: a confirm lives ten minutes, and packets come after it. */
const confirmedAt = Math.floor(Date.now() / 1_000)

let whole: Whole
/** What each device has sent, in its order. */
let sent: ReadonlyMap<TestDevice, readonly Uint8Array[]>

const pairPebble = async (): Promise<void> => {
  await proposePebble(whole, pebble, imei)
  const { address } = await whole.owner()
  const session = await connectPebble(whole, imei)
  const confirm = sealConfirm({ key: pebble.key, owner: address, timestamp: confirmedAt, channel: 8_183 })
  await session.publish(pebbleTopics(imei).confirm, confirm, 1)
  await isPaired(whole, pebble.device)
  await session.end()
}

const pebblePacket = (index: number): Uint8Array => {
  const message = encodeSensor([measurement('temperature', 'Cel', 20 + index / 100)], {
    temperature: 'zigzag',
    random: '',
  })
  return sealPebble({ key: pebble.key, kind: 'data', message, timestamp: confirmedAt + 1 + index })
}

const trackerPacket = (device: TestDevice, network: Uint8Array, index: number): Uint8Array =>
  nativePacket(device, {
    network,
    sequence: BigInt(index + 1),
    readings: [reading(Date.now(), measurement('temperature', 'Cel', 20 + index / 100))],
  })

beforeAll(async () => {
  whole = await startWhole()
  const { networkId } = await whole.network()
  await Promise.all([...trackers.map((device) => pair(whole, device)), pairPebble()])
  const numbers = Array.from({ length: PACKETS }, (_, index) => index)
  sent = new Map([
    ...trackers.map((device) => [device, numbers.map((index) => trackerPacket(device, networkId, index))] as const),
    [pebble, numbers.map(pebblePacket)],
  ])
})
afterAll(() => whole?.remove())

const sendOverMqtt = async (device: TestDevice): Promise<void> => {
  const packets = sent.get(device) ?? []
  if (device === pebble) {
    const session = await connectPebble(whole, imei)
    await sendAll((raw) => session.publish(pebbleTopics(imei).data, raw, 1), packets)
    return session.end()
  }
  const session = await connectDevice(whole, device)
  await sendAll(session.send, packets)
  return session.end()
}

const statuses: number[] = []
const sendOverHttp = async (device: TestDevice): Promise<void> => {
  for (const raw of sent.get(device) ?? []) {
    const headers = { 'content-type': 'application/cbor' }
    const { status } = await fetch(`${whole.process.url}/v1/packets`, {
      method: 'POST',
      headers,
      body: Buffer.from(raw),
    })
    statuses.push(status)
  }
}

/** Every packet by MQTT and, where that is a way, by HTTP, all at once. Resolves when each is acknowledged. */
const sendEverything = async (): Promise<void> => {
  statuses.length = 0
  await Promise.all([...[...trackers, pebble].map(sendOverMqtt), ...trackers.map(sendOverHttp)])
}

const batches = () => batchesOf(whole)

/** All that the world can see of the log. */
const seen = async () => {
  const { ledger } = await whole.network()
  const lane = await readLane(createPublicClient({ transport: http(whole.process.rpcUrl) }), ledger, 0)
  const counts = (await whole.get<{ packets: string; batches: string }>('/v1/counts', '')).body
  const served = await Promise.all(
    [...sent.keys()].map(
      async ({ device }) => (await whole.get<{ readings: object[] }>(`/v1/devices/${device}/readings`)).body.readings,
    ),
  )
  return { lane, packets: counts.packets, batches: await batches(), readings: served.flat() }
}

const STORED = 4 * PACKETS
const allSettled = () =>
  eventually('every packet’s settlement', async () => {
    const rows = await batches()
    const records = rows.reduce((sum, batch) => sum + (batch.state === 'settled' ? Number(batch.records) : 0), 0)
    return records >= STORED && rows.every(({ state }) => state === 'settled')
  })

let before: Awaited<ReturnType<typeof seen>>

test('a packet that comes by two doors at once is stored once, and both are told that it is', async () => {
  await sendEverything()
  await allSettled()
  before = await seen()
  expect(before.packets).toBe(String(STORED))
  expect(before.lane.size).toBe(BigInt(STORED))
  expect(before.readings).toHaveLength(STORED)
  expect(statuses).toHaveLength(3 * PACKETS)
  expect(statuses.every((status) => status === 200 || status === 201)).toBe(true)
})

test.each(['first', 'second', 'third'])(
  'every stored packet again, the %s time, from all sides: acknowledged, and nothing new',
  async () => {
    await sendEverything()
    expect(statuses).toEqual(Array(3 * PACKETS).fill(200))
    expect(await seen()).toEqual(before)
  },
)

test.each([
  ['was ended by Ctrl-C', async () => expect(await whole.process.stop()).toBe(0)],
  ['was killed', () => whole.process.kill()],
])('and again to a gateway that %s and started anew: acknowledged, and nothing new', async (_, end) => {
  await end()
  await whole.start()
  await sendEverything()
  expect(statuses).toEqual(Array(3 * PACKETS).fill(200))
  expect(await seen()).toEqual(before)
})
