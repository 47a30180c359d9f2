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
  connectOf,
  connectOfPebble,
  enter,
  isAck,
  openRaw,
  publishOf,
  type Raw,
  returnCode,
} from '../../test/support/raw-mqtt.ts'
import { openPipeline } from '../pipeline.ts'
import type { Path, PebbleDesk } from '../ports.ts'
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

  test('is held back after 40 frames at once, and its address after as many as that may send', async () => {
    const inbox = memoryInbox()
    const { stranger: rates } = admissionByDefault.frames
    const frames = { ...admissionByDefault.frames, stranger: { ...rates, ofAddress: { burst: 50, perSecond: 50 } } }
    const admission = { ...admissionByDefault, frames, hold: 1, holds: { burst: 1e6, perSecond: 1 } }
    const pipeline = openPipeline({ inbox, known: paired, network: NETWORK }, { company: 0 })
    const clock = { at: NOON, now: () => clock.at }
    const { port } = await startBroker(pipeline, { known: paired, clock, limits: { admission } })
    const thieves = [await enter(port, connectOfPebble), await enter(port, connectOfPebble)] as const
    thieves[0].send(...many(stranger, 60))
    await thieves[0].next(isAck(40))
    thieves[1].send(...many(stranger, 20))
    await thieves[1].next(isAck(10))
    clock.at += 1_000
    await Promise.all([thieves[0].next(isAck(60)), thieves[1].next(isAck(20))])
    expect(codesOf(inbox)).toEqual(Array(80).fill('BAD_SIGNATURE'))
  })

  test('answers its own query alone', async () => {
    const topics = pebbleTopics(CAPTURE.imei)
    const desk: PebbleDesk = { statusOf: () => ({ status: 2 }), confirm: async () => {} }
    const { port } = await startBroker(heldPath(), { known: paired, pebbles: { areLetIn: true, desk } })
    const sessions = [await enter(port, connectOfPebble), await enter(port, connectOfPebble)] as const
    for (const session of sessions) {
      session.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: topics.status, qos: 0 }] })
      await session.next(({ cmd }) => cmd === 'suback')
    }
    const query = publishOf(topics.query, new Uint8Array(0), 0, { qos: 0, messageId: undefined })
    const answers = () => sessions.map(({ packets }) => packets.filter(({ cmd }) => cmd === 'publish').length)
    sessions[0].send(query)
    await sessions[0].next(({ cmd }) => cmd === 'publish')
    sessions[1].send({ cmd: 'pingreq' })
    await sessions[1].next(({ cmd }) => cmd === 'pingresp')
    expect(answers()).toEqual([1, 0])
    sessions[1].send(query)
    await sessions[1].next(({ cmd }) => cmd === 'publish')
    expect(answers()).toEqual([1, 1])
  })
})

describe('a Pebble’s session', () => {
  const pebble = testDevice('pebble')
  const paired = knownOf([registrationOf(pebble)], { imeis: { [CAPTURE.imei]: pebble.device } })
  const { data } = pebbleTopics(CAPTURE.imei)
  const packetAt = (after: number) =>
    sealPebble({ key: pebble.key, kind: 'state', message: encodeState(1), timestamp: NOON / 1_000 + after })

  /** Submits, and tells for each packet whether it counted as a registered device’s. */
  const setUp = async () => {
    const standings: boolean[] = []
    const pipeline = openPipeline({ inbox: memoryInbox(), known: paired, network: NETWORK }, { company: 0 })
    const path: Path = {
      isFull: pipeline.isFull,
      submit: (incoming) => {
        standings.push(incoming.isRegistered)
        return pipeline.submit(incoming)
      },
    }
    const { port } = await startBroker(path, { known: paired })
    const say = async (session: Raw, raw: Uint8Array, id: number) => {
      session.send(publishOf(data, raw, id))
      await session.next(isAck(id))
    }
    return { standings, say, open: () => enter(port, connectOfPebble) }
  }

  test('counts as its device’s from the first packet on that was accepted', async () => {
    const { standings, say, open } = await setUp()
    const session = await open()
    for (let id = 1; id <= 3; id += 1) await say(session, packetAt(id), id)
    expect(standings).toEqual([false, true, true])
  })

  test('stays a stranger’s where it sends what was sent before, or what is not signed', async () => {
    const { standings, say, open } = await setUp()
    await say(await open(), packetAt(1), 1)
    const thief = await open()
    for (const [index, raw] of [packetAt(1), packetAt(1), Uint8Array.of(1), packetAt(1)].entries())
      await say(thief, raw, index + 1)
    expect(standings).toEqual([false, false, false, false, false])
  })

  test('counts so one at a time: the one that proved itself last', async () => {
    const { standings, say, open } = await setUp()
    const [first, second] = [await open(), await open()]
    await say(first, packetAt(1), 1)
    await say(second, packetAt(2), 1)
    await say(first, packetAt(3), 2)
    await say(second, packetAt(4), 2)
    expect(standings).toEqual([false, false, false, false])
    await say(second, packetAt(5), 3)
    expect(standings.at(-1)).toBe(true)
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
