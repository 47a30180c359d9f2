import { setImmediate as turn } from 'node:timers/promises'
import { connectAsync } from 'mqtt'
import { describe, expect, onTestFinished, test } from 'vitest'
import { deviceTopics } from '../../devices/topics.ts'
import { heldPath, onP256, pathOf, publication, startBroker, telemetry, tracker } from '../../test/support/broker.ts'
import { memoryInbox, nativePacket } from '../../test/support/packets.ts'
import { acked, connectOf, enter, isAck, publishOf, returnCode, tokenOf } from '../../test/support/raw-mqtt.ts'
import type { Verdict } from '../ports.ts'
import { admissionByDefault } from './admission.ts'

describe('PUBACK', () => {
  test.each([tracker, onP256])('means stored, for a device with a stock client on $publicKey.curve', async (device) => {
    const inbox = memoryInbox()
    const { port } = await startBroker(pathOf(inbox))
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
      clientId: device.device,
      username: 'device',
      password: tokenOf(device),
      reconnectPeriod: 0,
    })
    onTestFinished(() => client.endAsync(true))
    await client.publishAsync(deviceTopics(device.device).telemetry, Buffer.from(nativePacket(device)), { qos: 1 })
    expect(inbox.stored).toMatchObject([{ outcome: 'ACCEPTED', verdict: { envelope: { device: device.device } } }])
  })

  test('waits for the outcome, while CONNACK and PINGRESP do not', async () => {
    const path = heldPath()
    const { port } = await startBroker(path)
    const device = await enter(port, connectOf(tracker))
    device.send(publication(1))
    await path.has(1)
    await enter(port, connectOf(onP256))
    expect(acked(device)).toEqual([])
    path.taken[0]?.answer('ACCEPTED')
    await device.next(isAck(1))
  })

  test('comes for a bad packet too, which is recorded', async () => {
    const inbox = memoryInbox()
    const { port } = await startBroker(pathOf(inbox))
    const device = await enter(port, connectOf(tracker))
    device.send(publishOf(telemetry, Uint8Array.of(1, 2, 3), 1))
    await device.next(isAck(1))
    expect(inbox.stored).toMatchObject([{ outcome: 'MALFORMED', verdict: { source: tracker.device } }])
  })

  test('does not come when nothing could be stored: the socket closes, and the resend is accepted', async () => {
    const inbox = memoryInbox()
    let isAway = true
    const append = (verdicts: readonly Verdict[]) => {
      if (isAway) return Promise.reject(new Error('the database is away'))
      return inbox.append(verdicts)
    }
    const { port } = await startBroker(pathOf({ append }))
    const device = await enter(port, connectOf(tracker))
    device.send(publication(1), publication(2))
    await device.closed
    expect(acked(device)).toEqual([])
    isAway = false
    const again = await enter(port, connectOf(tracker))
    again.send(publication(1, { dup: true }), publication(2, { dup: true }))
    await again.next(isAck(2))
    expect(inbox.stored.map(({ outcome }) => outcome)).toEqual(['ACCEPTED', 'ACCEPTED'])
  })

  test('comes in the order of arrival with 32 in flight, in whatever order their work ends', async () => {
    const path = heldPath()
    const { port } = await startBroker(path)
    const device = await enter(port, connectOf(tracker))
    device.send(...Array.from({ length: 32 }, (_, index) => publication(index + 1)))
    await path.has(32)
    for (const { answer } of [...path.taken].reverse()) {
      answer('ACCEPTED')
      await turn()
    }
    await device.next(isAck(32))
    expect(acked(device)).toEqual(Array.from({ length: 32 }, (_, index) => index + 1))
  })

  test('of the 33rd in flight waits: it is taken once one of the 32 before it is answered', async () => {
    const path = heldPath()
    const { port } = await startBroker(path)
    const device = await enter(port, connectOf(tracker))
    device.send(...Array.from({ length: 40 }, (_, index) => publication(index + 1)))
    await path.has(32)
    await turn()
    expect(path.taken.length).toBe(32)
    for (const { answer } of path.taken) answer('ACCEPTED')
    await path.has(40)
    for (const { answer } of path.taken.slice(32)) answer('ACCEPTED')
    await device.next(isAck(40))
    expect(acked(device)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
  })

  test('comes again for a packet that is sent again', async () => {
    const inbox = memoryInbox()
    const { port } = await startBroker(pathOf(inbox))
    const device = await enter(port, connectOf(tracker))
    device.send(
      publication(1),
      publication(1, { dup: true, messageId: 7 }),
      publication(1, { dup: true, messageId: 8 }),
    )
    await device.next(isAck(8))
    expect(acked(device)).toEqual([1, 7, 8])
    expect(inbox.stored.map(({ outcome }) => outcome)).toEqual(['ACCEPTED', 'SEQUENCE_SEEN', 'SEQUENCE_SEEN'])
  })

  test('is not missed by others when a socket dies while its packet is under way', async () => {
    const path = heldPath()
    const { port } = await startBroker(path)
    const dying = await enter(port, connectOf(tracker))
    dying.send(publication(1))
    await path.has(1)
    dying.socket.resetAndDestroy()
    await dying.closed
    path.taken[0]?.answer('ACCEPTED')
    const device = await enter(port, connectOf(tracker))
    device.send(publication(2))
    await path.has(2)
    path.taken[1]?.answer('ACCEPTED')
    await device.next(isAck(2))
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('a bug')
      },
    ],
    ['rejects with nothing', () => Promise.reject(undefined)],
  ] as const)('does not come from a path that %s, and the gateway lives', async (_, submit) => {
    const { port } = await startBroker({ submit })
    const device = await enter(port, connectOf(tracker))
    device.send(publication(1))
    await device.closed
    expect(acked(device)).toEqual([])
    await enter(port, connectOf(tracker))
  })

  test('does not come once its owner has had enough stored today: the socket is paused, then closed, and CONNECT put off', async () => {
    const inbox = memoryInbox()
    const spent = { is: false }
    const daily = { waitOf: (device: string) => (spent.is && device === tracker.device ? 1_000 : undefined) }
    const admission = { ...admissionByDefault, hold: 1, holds: { burst: 3, perSecond: 0.01 } }
    const mqtt = await startBroker(pathOf(inbox), { daily, limits: { admission } })
    const [device, other] = [await enter(mqtt.port, connectOf(tracker)), await enter(mqtt.port, connectOf(onP256))]
    device.send(publication(1))
    await device.next(isAck(1))
    spent.is = true
    device.send(publication(2))
    await device.closed
    const again = await enter(mqtt.port, connectOf(tracker))
    expect([acked(device), returnCode(again), mqtt.closed.get('SPENT')]).toEqual([[1], [3], 2])
    expect(inbox.stored.length).toBe(1)
    other.send(publishOf(deviceTopics(onP256.device).telemetry, nativePacket(onP256), 1))
    await other.next(isAck(1))
    spent.is = false
    const tomorrow = await enter(mqtt.port, connectOf(tracker))
    tomorrow.send(publication(2))
    await tomorrow.next(isAck(2))
  })
})
