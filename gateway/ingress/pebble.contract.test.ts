import mqttPacket, { type Packet } from 'mqtt-packet'
import { describe, expect, test } from 'vitest'
import { sealPebble } from '../../devices/pebble/packet.ts'
import { encodeState } from '../../devices/pebble/sensor.ts'
import { pebbleTopics } from '../../devices/pebble/topics.ts'
import { deviceTopics } from '../../devices/topics.ts'
import {
  heldPath,
  nobodyAtTheDesk,
  pathOf,
  publication,
  startBroker,
  stranger,
  tracker,
} from '../../test/support/broker.ts'
import { mutate, randomOf } from '../../test/support/mutations.ts'
import {
  CAPTURE,
  knownOf,
  memoryInbox,
  NETWORK,
  NOON,
  registrationOf,
  type TestDevice,
  testDevice,
} from '../../test/support/packets.ts'
import {
  acked,
  connectOf,
  connectOfPebble,
  enter,
  isAck,
  openRaw,
  publishOf,
  returnCode,
} from '../../test/support/raw-mqtt.ts'
import { openPipeline } from '../pipeline.ts'
import type { PebbleDesk } from '../ports.ts'
import { admissionByDefault } from './admission.ts'

describe('a Pebble', () => {
  const OWNER = `0x${'ab'.repeat(20)}` as const
  const topics = pebbleTopics(CAPTURE.imei)
  const subscribe: Packet = {
    cmd: 'subscribe',
    messageId: 1,
    subscriptions: [topics.status, topics.config].map((topic) => ({ topic, qos: 1 })),
  }

  test('hears on its query who proposed it, and on the next, changed, that it is paired, with its settings', async () => {
    let answer: ReturnType<PebbleDesk['statusOf']> = { status: 1, proposer: OWNER }
    const confirmed: Uint8Array[] = []
    const desk: PebbleDesk = {
      statusOf: () => answer,
      confirm: async (_, raw) => {
        confirmed.push(raw)
        answer = { status: 2, proposer: OWNER }
      },
    }
    const config = { dataChannel: 8_183, uploadSeconds: 300, isGpsPrecise: false }
    const { port } = await startBroker(heldPath(), { pebbles: { areLetIn: true, desk, config } })
    const pebble = await enter(port, connectOfPebble)
    const query = publishOf(topics.query, new Uint8Array(0), 0, { qos: 0, messageId: undefined })
    const hears = (text: string) =>
      pebble.next((packet) => packet.cmd === 'publish' && String(packet.payload).includes(text))
    pebble.send(subscribe, query, query)
    expect(await hears('"status":1')).toMatchObject({ topic: topics.status, qos: 1 })
    pebble.send(publishOf(topics.confirm, Uint8Array.of(7), 0, { qos: 0, messageId: undefined }), query)
    await hears('"status":2')
    expect(await hears('Riverrock')).toMatchObject({ topic: topics.config })
    expect(confirmed).toEqual([Uint8Array.of(7)])
    expect(pebble.packets.filter(({ cmd }) => cmd === 'publish').length).toBe(3)
  })

  test('is sent packet ids from 1 to 255 and then from 1 again', async () => {
    const mqtt = await startBroker(heldPath())
    const pebble = await enter(mqtt.port, connectOfPebble)
    pebble.send(subscribe)
    await pebble.next(({ cmd }) => cmd === 'suback')
    const ids: (number | undefined)[] = []
    for (let index = 0; index < 300; index += 1) {
      await mqtt.publish(topics.status, `${index}`)
      const sent = await pebble.next((packet) => packet.cmd === 'publish' && String(packet.payload) === `${index}`)
      ids.push(sent.messageId)
      pebble.send({ cmd: 'puback', messageId: sent.messageId ?? 0 })
    }
    expect(ids).toEqual(Array.from({ length: 300 }, (_, index) => 1 + (index % 255)))
  })

  test('that says CONNECT, DATA and DISCONNECT in one breath is heard', async () => {
    const path = heldPath()
    const { port } = await startBroker(path)
    const pebble = await openRaw(port)
    pebble.send(connectOfPebble, publishOf(topics.data, CAPTURE.raw, 0, { qos: 0, messageId: undefined }), {
      cmd: 'disconnect',
    })
    pebble.socket.end()
    await path.has(1)
    expect(path.taken[0]?.raw).toEqual(CAPTURE.raw)
    path.taken[0]?.answer('ACCEPTED')
    await pebble.closed
  })

  test('without a certificate stays out where the operator says so', async () => {
    const { port } = await startBroker(heldPath(), { pebbles: { areLetIn: false, desk: nobodyAtTheDesk } })
    const pebble = await enter(port, connectOfPebble)
    await pebble.closed
    expect(returnCode(pebble)).toEqual([5])
  })

  test('does not publish for another IMEI', async () => {
    const path = heldPath()
    const { port } = await startBroker(path)
    const pebble = await enter(port, connectOfPebble)
    pebble.send(publishOf(pebbleTopics('350916067070536').data, CAPTURE.raw, 1))
    await pebble.closed
    expect(path.taken).toEqual([])
  })
})

describe('a stranger under a Pebble’s IMEI', () => {
  const pebble = testDevice('pebble')
  const paired = knownOf([registrationOf(pebble, { model: 'pebble-riverrock' })], {
    imeis: { [CAPTURE.imei]: pebble.device },
  })
  const { data } = pebbleTopics(CAPTURE.imei)
  let timestamp = NOON / 1_000
  const packetOf = ({ key }: TestDevice, id: number) => {
    timestamp += 1
    return publishOf(data, sealPebble({ key, kind: 'state', message: encodeState(1), timestamp }), id)
  }
  const many = (device: TestDevice, count: number, first = 1) =>
    Array.from({ length: count }, (_, index) => packetOf(device, first + index))
  const codesOf = ({ stored }: ReturnType<typeof memoryInbox>) => stored.map(({ outcome }) => outcome)

  test('does not end its session, and takes nothing of its quota', async () => {
    const inbox = memoryInbox()
    const pipeline = openPipeline({ inbox, known: paired, network: NETWORK }, { company: 0 })
    const { port } = await startBroker(pipeline, { known: paired })
    const own = await enter(port, connectOfPebble)
    for (let round = 0; round < 3; round += 1) {
      const thief = await enter(port, connectOfPebble)
      thief.send(...many(stranger, 20))
      await thief.next(isAck(20))
    }
    own.send(...many(pebble, 21))
    await own.next(isAck(21))
    expect(codesOf(inbox)).toEqual([
      ...Array(60).fill('BAD_SIGNATURE'),
      ...Array(20).fill('ACCEPTED'),
      'QUOTA_EXCEEDED',
    ])
  })

  test('takes nothing of what it may have under way', async () => {
    const path = heldPath()
    const { port } = await startBroker(path)
    const own = await enter(port, connectOfPebble)
    const thief = await enter(port, connectOfPebble)
    thief.send(...many(stranger, 32))
    await path.has(32)
    own.send(packetOf(pebble, 1))
    await path.has(33)
    path.taken[32]?.answer('ACCEPTED')
    await own.next(isAck(1))
    for (const { answer } of path.taken) answer('BAD_SIGNATURE')
  })

  test('is cut off after 40 packets at once, and its address after as many as that may send', async () => {
    const inbox = memoryInbox()
    const { unproven } = admissionByDefault
    const admission = { ...admissionByDefault, unproven: { ...unproven, ofAddress: { burst: 50, perSecond: 1 } } }
    const pipeline = openPipeline({ inbox, known: paired, network: NETWORK }, { company: 0 })
    const { port } = await startBroker(pipeline, { known: paired, limits: { admission } })
    const flood = async () => {
      const thief = await enter(port, connectOfPebble)
      for (let first = 1; first <= 60; first += 15) {
        thief.send(...many(stranger, 15, first))
        await thief.next(isAck(first + 14)).catch(() => thief.closed)
      }
      await thief.closed
      return acked(thief).length
    }
    expect([await flood(), await flood()]).toEqual([40, 10])
    expect(codesOf(inbox)).toEqual(Array(50).fill('BAD_SIGNATURE'))
  })
})

test('three hundred sessions of mutated bytes end, and the gateway lives', async () => {
  const { port } = await startBroker(pathOf(memoryInbox()))
  const random = randomOf(20_260_601)
  const filters = [{ topic: deviceTopics(tracker.device).config, qos: 1 as const }]
  const session = [
    connectOf(tracker),
    { cmd: 'subscribe', messageId: 1, subscriptions: filters } as const,
    publication(1),
    publication(2),
  ]
  const [connect = new Uint8Array(0), ...rest] = session.map((packet) => new Uint8Array(mqttPacket.generate(packet)))
  const one = async (index: number) => {
    const raw = await openRaw(port)
    // Two of three keep their CONNECT whole, to get past the gate's first door.
    const mutated = mutate(index % 3 === 0 ? Buffer.concat([connect, ...rest]) : Buffer.concat(rest), random)
    raw.socket.end(index % 3 === 0 ? mutated : Buffer.concat([connect, mutated]))
    await raw.closed
  }
  for (let round = 0; round < 30; round += 1)
    await Promise.all(Array.from({ length: 10 }, (_, index) => one(10 * round + index)))
  await enter(port, connectOf(tracker))
})
