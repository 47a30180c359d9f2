import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { deviceTopics } from '../../devices/topics.ts'
import {
  heldPath,
  known,
  onP256,
  pathOf,
  publication,
  startBroker,
  stranger,
  telemetry,
  tracker,
} from '../../test/support/broker.ts'
import { memoryInbox, NOON, nativePacket, testDevice } from '../../test/support/packets.ts'
import {
  connectOf,
  enter,
  isAck,
  openRaw,
  publishOf,
  type Raw,
  returnCode,
  tokenOf,
} from '../../test/support/raw-mqtt.ts'
import { admissionByDefault } from './admission.ts'

describe('CONNECT', () => {
  test('of a device that nobody has registered is let in, so that it hears why it is refused', async () => {
    const inbox = memoryInbox()
    const { port } = await startBroker(pathOf(inbox))
    const device = await enter(port, connectOf(stranger))
    device.send(publishOf(deviceTopics(stranger.device).telemetry, nativePacket(stranger), 1))
    await device.next(isAck(1))
    expect(inbox.stored).toMatchObject([{ outcome: 'UNKNOWN_DEVICE' }])
  })

  test.each(['__proto__', 'constructor', 'hasOwnProperty', 'x', '$SYS'])(
    'as %s is refused, and the gateway lives',
    async (clientId) => {
      const { port } = await startBroker(heldPath())
      const hostile = await enter(port, connectOf(tracker, { clientId }))
      await hostile.closed
      expect(returnCode(hostile)).toEqual([2])
      await enter(port, connectOf(tracker))
    },
  )

  test.each([
    '5',
    'null',
    '[]',
    '{"alg":5,"jwk":{"kty":"EC"}}',
    '{"alg":{"toString":1,"valueOf":1},"jwk":{"kty":"EC"}}',
    '{"alg":"ES256K","typ":{"toString":null},"crit":{"length":-1},"jwk":{"kty":"EC","crv":[],"x":{},"y":null}}',
    '{"__proto__":{"alg":"ES256K"}}',
  ])('with a token whose header is %s is told that its password is bad, never to come later', async (header) => {
    const { port } = await startBroker(heldPath())
    const [, body, signature] = tokenOf(tracker).split('.')
    const password = Buffer.from([Buffer.from(header).toString('base64url'), body, signature].join('.'))
    const hostile = await enter(port, connectOf(tracker, { password }))
    expect(returnCode(hostile)).toEqual([4])
  })

  test('with a will is refused', async () => {
    const { port } = await startBroker(heldPath())
    const will = { topic: telemetry, payload: Buffer.from('x'), qos: 0, retain: false }
    const device = await enter(port, connectOf(tracker, { will }))
    await device.closed
    expect(returnCode(device)).toEqual([5])
  })

  test('with a live session’s id and another key leaves that session alone; with its own key it takes over', async () => {
    const { port } = await startBroker(pathOf(memoryInbox()))
    const first = await enter(port, connectOf(tracker))
    const thief = await enter(port, connectOf(stranger, { clientId: tracker.device }))
    await thief.closed
    expect(returnCode(thief)).toEqual([4])
    first.send(publication(1))
    await first.next(isAck(1))
    const second = await enter(port, connectOf(tracker))
    await first.closed
    second.send(publication(2))
    await second.next(isAck(2))
  })

  test('finds no session kept for it', async () => {
    const { port } = await startBroker(heldPath())
    for (let round = 0; round < 2; round += 1) {
      const device = await openRaw(port)
      device.send(connectOf(tracker, { clean: false }))
      expect(await device.next(({ cmd }) => cmd === 'connack')).toMatchObject({ returnCode: 0, sessionPresent: false })
      device.send({
        cmd: 'subscribe',
        messageId: 1,
        subscriptions: [{ topic: deviceTopics(tracker.device).config, qos: 1 }],
      })
      await device.next(({ cmd }) => cmd === 'suback')
      device.socket.destroy()
      await device.closed
    }
  })

  test('may be followed by packets at once', async () => {
    const { port } = await startBroker(pathOf(memoryInbox()))
    const device = await openRaw(port)
    device.send(connectOf(tracker), ...Array.from({ length: 30 }, (_, index) => publication(index + 1)), {
      cmd: 'pingreq',
    })
    await device.next(isAck(30))
    expect(device.packets.map(({ cmd }) => cmd)).toEqual(expect.arrayContaining(['connack', 'pingresp']))
  })

  test('must come in time, whole, from each of many', async () => {
    const mqtt = await startBroker(heldPath(), { limits: { connectWithin: 60 } })
    const slow = await Promise.all(Array.from({ length: 200 }, () => openRaw(mqtt.port)))
    for (const one of slow) one.send(Uint8Array.of(0x10))
    await Promise.all(slow.map(({ closed }) => closed))
    expect(mqtt.closed.get('NO_CONNECT')).toBe(200)
    while (mqtt.connections() > 0) await turn()
    await enter(mqtt.port, connectOf(tracker))
  })

  test('finds no room above the limit for one address, and room again after', async () => {
    const admission = { ...admissionByDefault, perAddress: 2 }
    const mqtt = await startBroker(heldPath(), { limits: { admission } })
    const [first] = [await enter(mqtt.port, connectOf(tracker)), await enter(mqtt.port, connectOf(onP256))]
    const third = await openRaw(mqtt.port)
    await third.closed
    expect(mqtt.closed.get('NO_ROOM')).toBe(1)
    first.socket.destroy()
    await first.closed
    while (mqtt.connections() > 1) await turn()
    await enter(mqtt.port, connectOf(tracker))
  })

  test('is answered while strangers hold the waiting room full, and those who waited longest go', async () => {
    const admission = { ...admissionByDefault, waiting: 50 }
    const mqtt = await startBroker(pathOf(memoryInbox()), { limits: { admission } })
    const idle: Raw[] = []
    for (let index = 0; index < 120; index += 1) idle.push(await openRaw(mqtt.port, `127.0.0.${2 + (index % 3)}`))
    const device = await enter(mqtt.port, connectOf(tracker))
    device.send(publication(1))
    await device.next(isAck(1))
    await Promise.all(idle.slice(0, 70).map(({ closed }) => closed))
    expect([returnCode(device), mqtt.closed.get('NO_ROOM')]).toEqual([[0], 71])
    expect(mqtt.connections()).toBeLessThanOrEqual(51)
  })

  const some = (burst: number) => ({ burst, perSecond: 1 })

  test('is looked at no more often than its address may ask; sessions stay, and it is told to come later', async () => {
    const connects = { ...admissionByDefault.connects, named: some(2) }
    const clock = { at: NOON, now: () => clock.at }
    const limits = { admission: { ...admissionByDefault, connects } }
    const mqtt = await startBroker(pathOf(memoryInbox()), { clock, limits })
    const session = await enter(mqtt.port, connectOf(tracker))
    for (let thief = 0; thief < 2; thief += 1)
      await enter(mqtt.port, connectOf(stranger, { clientId: tracker.device })).then(({ closed }) => closed)
    const third = await enter(mqtt.port, connectOf(onP256))
    await third.closed
    expect([returnCode(third), mqtt.closed.get('NO_ROOM')]).toEqual([[3], 1])
    session.send(publication(1))
    await session.next(isAck(1))
    clock.at += 1_000
    expect(returnCode(await enter(mqtt.port, connectOf(onP256)))).toEqual([0])
  })

  test('by a registered device is looked at after any number of others’ of its address, and after its own', async () => {
    const connects = { ...admissionByDefault.connects, named: some(3), unnamed: some(3), ofName: some(2) }
    const mqtt = await startBroker(heldPath(), { limits: { admission: { ...admissionByDefault, connects } } })
    const codes: unknown[] = []
    for (let index = 0; index < 5; index += 1)
      codes.push(...returnCode(await enter(mqtt.port, connectOf(testDevice(`made up ${index}`)))))
    // Naming one device by another's key takes that name's part alone.
    for (let index = 0; index < 3; index += 1)
      codes.push(...returnCode(await enter(mqtt.port, connectOf(stranger, { clientId: onP256.device }))))
    expect(codes).toEqual([0, 0, 0, 3, 3, 4, 4, 3])
    for (let round = 0; round < 5; round += 1)
      expect(returnCode(await enter(mqtt.port, connectOf(tracker)))).toEqual([0])
  })

  test('of one registered device is answered as often as a device has reason to connect', async () => {
    const connects = { ...admissionByDefault.connects, ofDevice: some(2) }
    const mqtt = await startBroker(heldPath(), { limits: { admission: { ...admissionByDefault, connects } } })
    const codes: unknown[] = []
    for (let round = 0; round < 3; round += 1) codes.push(...returnCode(await enter(mqtt.port, connectOf(tracker))))
    expect(codes).toEqual([0, 0, 3])
  })

  test('and a frame begun hold no more than there is room for, in all', async () => {
    const admission = { ...admissionByDefault, unfinishedBytes: 150_000 }
    const mqtt = await startBroker(heldPath(), { limits: { admission } })
    const begun = Buffer.from([0x32, 0xfc, 0xff, 0x03, 0])
    const devices = [tracker, onP256, stranger]
    const sessions: Raw[] = []
    for (const device of devices) sessions.push(await enter(mqtt.port, connectOf(device)))
    for (const session of sessions) session.send(begun)
    await Promise.race(sessions.map(({ closed }) => closed))
    expect(mqtt.closed.get('NO_ROOM')).toBe(1)
    expect(mqtt.connections()).toBeGreaterThanOrEqual(2)
  })

  test('never waits: a known that fails is answered "unavailable"', async () => {
    const failing = {
      ...known,
      byAddress: () => {
        throw new Error('a bug')
      },
    }
    const { port } = await startBroker(heldPath(), { known: failing })
    const device = await enter(port, connectOf(tracker))
    await device.closed
    expect(returnCode(device)).toEqual([3])
  })
})
