import mqttPacket, { type Packet } from 'mqtt-packet'
import { describe, expect, test } from 'vitest'
import { deviceTopics } from '../../devices/topics.ts'
import { heldPath, onP256, pathOf, startBroker, telemetry, tracker } from '../../test/support/broker.ts'
import { memoryInbox, NOON, nativePacket } from '../../test/support/packets.ts'
import { acked, connectOf, enter, isAck, publishOf } from '../../test/support/raw-mqtt.ts'

describe('a session ends, with nothing stored, when it', () => {
  const others = deviceTopics(onP256.device).telemetry
  const raw = nativePacket(tracker)
  const bytes = (...parts: readonly (number | Uint8Array)[]) =>
    Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : part)))
  const nineFilters = Array.from({ length: 9 }, (_, index) => ({ topic: `f${index}`, qos: 0 as const }))

  test.each<[string, Packet | Uint8Array]>([
    ['publishes to another’s topic', publishOf(others, raw, 1)],
    ['publishes to its own downward topic', publishOf(deviceTopics(tracker.device).config, raw, 1)],
    ['publishes a clip, which nobody takes yet', publishOf(deviceTopics(tracker.device).clips, raw, 1)],
    ['publishes to $SYS', publishOf('$SYS/x/new/clients', Buffer.from(onP256.device), 1)],
    ['publishes to __proto__', publishOf('__proto__', raw, 1)],
    ['publishes retained', publishOf(telemetry, raw, 1, { retain: true })],
    ['publishes at QoS 2', publishOf(telemetry, raw, 1, { qos: 2 })],
    ['publishes to a wildcard', bytes(0x30, 5, 0, 3, Buffer.from('a/#'))],
    ['publishes with packet id 0', bytes(0x32, 5, 0, 1, Buffer.from('a'), 0, 0)],
    ['publishes to a topic that is no UTF-8', bytes(0x30, 3, 0, 1, 0xff)],
    ['announces a frame above 64 KB', bytes(0x30, 0x80, 0x80, 0x04)],
    ['announces 256 MB', bytes(0x30, 0xff, 0xff, 0xff, 0x7f)],
    ['sends a fifth length byte', bytes(0x30, 0x80, 0x80, 0x80, 0x80, 0x01)],
    ['connects a second time', connectOf(tracker)],
    ['sends what only servers send', bytes(0x20, 2, 0, 0)],
    ['sends a reserved type', bytes(0xf0, 0)],
    ['subscribes to nine filters at once', { cmd: 'subscribe', messageId: 1, subscriptions: nineFilters }],
  ])('%s', async (_, packet) => {
    const path = heldPath()
    const { port } = await startBroker(path)
    const device = await enter(port, connectOf(tracker))
    const other = await enter(port, connectOf(onP256))
    device.send(packet)
    await device.closed
    expect([path.taken.length, acked(device)]).toEqual([0, []])
    other.send({ cmd: 'pingreq' })
    await other.next(({ cmd }) => cmd === 'pingresp')
  })

  test('asks for a ninth filter, one by one', async () => {
    const { port } = await startBroker(heldPath())
    const device = await enter(port, connectOf(tracker))
    const subscribe = (index: number): Packet => ({
      cmd: 'subscribe',
      messageId: index + 1,
      subscriptions: [{ topic: `f${index}`, qos: 0 }],
    })
    for (let index = 0; index < 8; index += 1) device.send(subscribe(index), subscribe(index))
    const granted = await device.next((packet) => packet.cmd === 'suback' && packet.messageId === 8)
    expect(granted).toMatchObject({ granted: [128] })
    device.send(subscribe(8))
    await device.closed
  })
})

test('a session may ask for the same filter 32 times at once, and once a second after that', async () => {
  const clock = { at: NOON, now: () => clock.at }
  const { port } = await startBroker(heldPath(), { clock })
  const device = await enter(port, connectOf(tracker))
  const topic = deviceTopics(tracker.device).config
  const subscribe = (messageId: number): Packet => ({ cmd: 'subscribe', messageId, subscriptions: [{ topic, qos: 0 }] })
  const isGranted = (id: number) => (packet: Packet) => packet.cmd === 'suback' && packet.messageId === id
  for (let id = 1; id <= 32; id += 1) device.send(subscribe(id))
  await device.next(isGranted(32))
  clock.at += 1_000
  device.send(subscribe(33))
  await device.next(isGranted(33))
  device.send({ cmd: 'unsubscribe', messageId: 34, unsubscriptions: [topic] })
  await device.closed
})

test('a frame of exactly 64 KB passes the gate and is refused as a packet, acknowledged', async () => {
  const inbox = memoryInbox()
  const { port } = await startBroker(pathOf(inbox))
  const device = await enter(port, connectOf(tracker))
  const payload = new Uint8Array(65_536 - 4 - 2 - telemetry.length - 2)
  const frame = publishOf(telemetry, payload, 1)
  expect(mqttPacket.generate(frame).length).toBe(65_536)
  device.send(frame)
  await device.next(isAck(1))
  expect(inbox.stored).toMatchObject([{ outcome: 'TOO_LARGE' }])
})

describe('a subscription', () => {
  test('is granted to one’s own literal topics and to nothing else', async () => {
    const { port } = await startBroker(heldPath())
    const device = await enter(port, connectOf(tracker))
    const own = deviceTopics(tracker.device)
    const topics = [
      own.receipts,
      own.config,
      own.commands,
      '#',
      '$SYS/#',
      '$share/g/devices',
      deviceTopics(onP256.device).config,
    ]
    device.send({ cmd: 'subscribe', messageId: 1, subscriptions: topics.map((topic) => ({ topic, qos: 1 })) })
    expect(await device.next(({ cmd }) => cmd === 'suback')).toMatchObject({ granted: [1, 1, 1, 128, 128, 128, 128] })
  })

  test('is answered one code for each filter, in order, whichever came before in it', async () => {
    const mqtt = await startBroker(heldPath())
    const device = await enter(mqtt.port, connectOf(tracker))
    const { config, receipts } = deviceTopics(tracker.device)
    const asked = [
      [config, 1],
      ['#', 0],
      [config, 0],
      [receipts, 0],
      ['#', 1],
      [config, 1],
    ] as const
    device.send({ cmd: 'subscribe', messageId: 1, subscriptions: asked.map(([topic, qos]) => ({ topic, qos })) })
    expect(await device.next(({ cmd }) => cmd === 'suback')).toMatchObject({ granted: [1, 128, 0, 0, 128, 1] })
    await mqtt.publish(config, 'once')
    await mqtt.publish(receipts, 'last')
    const sent = (packet: Packet) => packet.cmd === 'publish'
    await device.next((packet) => packet.cmd === 'publish' && packet.topic === receipts)
    // As the last of them asked: at QoS 1.
    expect(device.packets.filter(sent)).toMatchObject([
      { topic: config, qos: 1 },
      { topic: receipts, qos: 0 },
    ])
  })

  test('of a misplaced wildcard ends the session', async () => {
    const { port } = await startBroker(heldPath())
    for (const topic of ['+a', 'a/#/b', '##']) {
      const device = await enter(port, connectOf(tracker))
      device.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 0 }] })
      await device.closed
      expect(device.packets.map(({ cmd }) => cmd)).toEqual(['connack'])
    }
  })

  test('brings what the gateway sends to that device, and to that device alone', async () => {
    const mqtt = await startBroker(heldPath())
    const devices = await Promise.all([enter(mqtt.port, connectOf(tracker)), enter(mqtt.port, connectOf(onP256))])
    for (const [index, device] of devices.entries()) {
      const own = deviceTopics([tracker, onP256][index]?.device ?? tracker.device)
      device.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: own.config, qos: 1 }] })
      await device.next(({ cmd }) => cmd === 'suback')
    }
    await mqtt.publish(deviceTopics(tracker.device).config, 'for the tracker')
    await mqtt.publish(deviceTopics(onP256.device).config, 'for the other')
    const isPublish = ({ cmd }: Packet) => cmd === 'publish'
    expect(String(((await devices[0].next(isPublish)) as { payload: Buffer }).payload)).toBe('for the tracker')
    expect(String(((await devices[1].next(isPublish)) as { payload: Buffer }).payload)).toBe('for the other')
    expect(devices.map(({ packets }) => packets.filter(isPublish).length)).toEqual([1, 1])
  })
})
