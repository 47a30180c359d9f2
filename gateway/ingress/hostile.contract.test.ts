import type { Packet } from 'mqtt-packet'
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
import { memoryInbox, NETWORK, NOON, nativePacket, type TestDevice, testDevice } from '../../test/support/packets.ts'
import {
  acked,
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
import type { Inbox, Incoming, Path, Verdict } from '../ports.ts'
import { admissionByDefault } from './admission.ts'

/*
 * What strangers do to the sockets, and what an honest device notices of it. Counted, never timed.
 */

const { frames } = admissionByDefault
const ofSession = frames.stranger.ofSession.burst
const pings = (count: number) => Buffer.alloc(2 * count, Uint8Array.of(0xc0, 0))
const isPong = ({ cmd }: Packet) => cmd === 'pingresp'
const pongs = ({ packets }: Raw) => packets.filter(isPong).length
const stopped = () => {
  const clock = { at: NOON, now: () => clock.at }
  return clock
}
/** Held back for no time at all, as often as the test likes. */
const patient = { ...admissionByDefault, hold: 1, holds: { burst: 1e9, perSecond: 1 } }

const sendOne = async (device: Raw, sequence: number) => {
  device.send(publication(sequence))
  await device.next(isAck(sequence))
}

describe('twenty sessions of a made-up IMEI that write PINGREQ without end', () => {
  test('have as many answered as their rate allows, and an honest device all of its packets', async () => {
    const clock = stopped()
    const mqtt = await startBroker(pathOf(memoryInbox()), { clock, limits: { admission: patient } })
    const honest = await enter(mqtt.port, connectOf(tracker))
    const flood = await Promise.all(Array.from({ length: 20 }, () => enter(mqtt.port, connectOfPebble)))
    for (const one of flood) one.send(pings(200_000))
    for (let sequence = 1; sequence <= 20; sequence += 1) await sendOne(honest, sequence)
    await Promise.all(flood.map(async (one) => pongs(one) < ofSession && one.next(() => pongs(one) === ofSession)))
    await sendOne(honest, 21)
    expect(flood.map(pongs)).toEqual(Array(20).fill(ofSession))
    clock.at += 1_000
    const after = ofSession + frames.stranger.ofSession.perSecond
    await Promise.all(flood.map((one) => one.next(() => pongs(one) === after)))
    await sendOne(honest, 22)
    expect(flood.map(pongs)).toEqual(Array(20).fill(after))
  })

  test('share what their address may send', async () => {
    const stranger = { ...frames.stranger, ofAddress: { burst: 100, perSecond: 1 } }
    const admission = { ...patient, frames: { ...frames, stranger } }
    const mqtt = await startBroker(pathOf(memoryInbox()), { clock: stopped(), limits: { admission } })
    const flood = await Promise.all(Array.from({ length: 20 }, () => enter(mqtt.port, connectOfPebble)))
    const count = () => flood.reduce((sum, one) => sum + pongs(one), 0)
    for (const one of flood) one.send(pings(1_000))
    await Promise.any(flood.map((one) => one.next(() => count() === 100)))
    const honest = await enter(mqtt.port, connectOf(tracker))
    for (let sequence = 1; sequence <= 20; sequence += 1) await sendOne(honest, sequence)
    expect(count()).toBe(100)
  })

  test('are closed when they go on after they were held back so often', async () => {
    const admission = { ...patient, holds: { burst: 3, perSecond: 0.01 } }
    const mqtt = await startBroker(pathOf(memoryInbox()), { clock: stopped(), limits: { admission } })
    const honest = await enter(mqtt.port, connectOf(tracker))
    const flood = await Promise.all(Array.from({ length: 20 }, () => enter(mqtt.port, connectOfPebble)))
    for (const one of flood) one.send(pings(200_000))
    await Promise.all(flood.map(({ closed }) => closed))
    expect(mqtt.closed.get('TOO_FAST')).toBe(20)
    await sendOne(honest, 1)
  })
})

test('a registered device that writes without end is held to its own rate', async () => {
  const mqtt = await startBroker(pathOf(memoryInbox()), { clock: stopped(), limits: { admission: patient } })
  const [hasty, honest] = [await enter(mqtt.port, connectOf(onP256)), await enter(mqtt.port, connectOf(tracker))]
  const most = frames.registered.ofSession.burst
  hasty.send(pings(100_000))
  await hasty.next(() => pongs(hasty) === most)
  for (let sequence = 1; sequence <= 20; sequence += 1) await sendOne(honest, sequence)
  expect(pongs(hasty)).toBe(most)
  // A new session of the same device is not a new allowance.
  const again = await enter(mqtt.port, connectOf(onP256))
  again.send(pings(10))
  await sendOne(honest, 21)
  expect(pongs(again)).toBe(0)
})

test('one who never reads is not served further, and nobody notices', async () => {
  const rate = { burst: 1e9, perSecond: 1e9 }
  const any = { ofSession: rate, ofAddress: rate }
  const admission = { ...patient, frames: { stranger: any, registered: any } }
  const mqtt = await startBroker(pathOf(memoryInbox()), { limits: { admission } })
  const lazy = await openRaw(mqtt.port)
  lazy.socket.pause()
  lazy.send(connectOf(stranger), pings(4_000_000))
  const honest = await enter(mqtt.port, connectOf(tracker))
  for (let sequence = 1; sequence <= 20; sequence += 1) await sendOne(honest, sequence)
  // It has not got rid of what it wanted to send.
  expect(lazy.socket.writableLength).toBeGreaterThan(0)
})

/** An inbox that is away until the test lets it go on. */
const pausedInbox = () => {
  const inbox = memoryInbox()
  let goOn = () => {}
  const paused = new Promise<void>((resolve) => (goOn = resolve))
  const append = (verdicts: readonly Verdict[]) => paused.then(() => inbox.append(verdicts))
  return { append, goOn: () => goOn(), stored: inbox.stored }
}

const watched = (path: Path) => {
  const taken: Incoming[] = []
  const submit = (incoming: Incoming) => {
    taken.push(incoming)
    return path.submit(incoming)
  }
  return { taken, submit, isFull: path.isFull }
}

const open = (inbox: Inbox, limits: Parameters<typeof openPipeline>[1] = {}) =>
  watched(openPipeline({ inbox, known, network: NETWORK }, { company: 0, perSecond: 1e6, ...limits }))

const room = (packets: number) => ({ packets, bytes: 1e6, waiting: { packets: 1_000, bytes: 1e6 } })

describe('sessions with keys made on the spot', () => {
  const publish = (device: TestDevice, sequence: number) =>
    publishOf(deviceTopics(device.device).telemetry, nativePacket(device, { sequence: BigInt(sequence) }), sequence)

  test('wait for room of their own, one packet each, while registered devices are answered', async () => {
    const inbox = memoryInbox()
    const path = open(inbox, { strangers: { ...room(8), perSlice: 1, pause: 1e6, company: 0 } })
    const mqtt = await startBroker(path)
    const made = Array.from({ length: 60 }, (_, index) => testDevice(`made on the spot ${index}`))
    const sessions = await Promise.all(made.map((device) => enter(mqtt.port, connectOf(device))))
    const honest = await enter(mqtt.port, connectOf(tracker))
    sessions.forEach((session, index) => {
      const device = made[index] as TestDevice
      session.send(...[1, 2, 3].map((sequence) => publish(device, sequence)))
    })
    for (let sequence = 1; sequence <= 20; sequence += 1) await sendOne(honest, sequence)
    const strangers = path.taken.filter(({ isRegistered }) => !isRegistered)
    // Of 180: what came before the path was full, and one of each session after that.
    expect(strangers.length).toBeLessThanOrEqual(60 + 8)
    expect(inbox.stored.filter(({ outcome }) => outcome === 'ACCEPTED').length).toBe(20)
    expect(inbox.stored.length).toBeLessThanOrEqual(21)
  }, 120_000)

  test('are never taken for a device’s, until the registry says so', async () => {
    const registered = new Set<string>()
    const learning: typeof known = {
      ...known,
      byAddress: (device) => {
        const registration = known.byAddress(tracker.device)
        return registered.has(device) && registration ? { ...registration, device, key: stranger.publicKey } : undefined
      },
    }
    const path = watched({ ...heldPath(), submit: async () => 'ACCEPTED', isFull: () => false })
    const mqtt = await startBroker(path, { known: learning })
    const session = await enter(mqtt.port, connectOf(stranger))
    for (const sequence of [1, 2]) {
      session.send(publish(stranger, sequence))
      await session.next(isAck(sequence))
      registered.add(stranger.device)
    }
    expect(path.taken.map(({ isRegistered }) => isRegistered)).toEqual([false, true])
  })
})

describe('a path without room', () => {
  test('holds registered devices back, by turns, and ends no session', async () => {
    const inbox = pausedInbox()
    const path = open(inbox, { registered: room(2) })
    const mqtt = await startBroker(path)
    const devices = [tracker, onP256] as const
    const sessions = await Promise.all(devices.map((device) => enter(mqtt.port, connectOf(device))))
    sessions.forEach((session, index) => {
      const device = devices[index] as TestDevice
      const topic = deviceTopics(device.device).telemetry
      const packet = (id: number) => publishOf(topic, nativePacket(device, { sequence: BigInt(id) }), id)
      session.send(...Array.from({ length: 30 }, (_, id) => packet(id + 1)))
    })
    while (path.taken.length < 4) await new Promise((resume) => setImmediate(resume))
    inbox.goOn()
    await Promise.all(sessions.map((session) => session.next(isAck(30))))
    expect(sessions.map(acked)).toEqual(Array(2).fill(Array.from({ length: 30 }, (_, id) => id + 1)))
    expect(new Set(inbox.stored.map(({ outcome }) => outcome))).toEqual(new Set(['ACCEPTED']))
  })
})

test('frames that strangers began and never end make room for one that ends', async () => {
  const admission = { ...admissionByDefault, unfinishedBytes: 3 * 65_536 + 100 }
  const mqtt = await startBroker(pathOf(memoryInbox()), { limits: { admission } })
  const honest = await enter(mqtt.port, connectOf(tracker))
  const begun = Buffer.from([0x32, 0xfc, 0xff, 0x03, 0])
  for (let index = 0; index < 10; index += 1) {
    const idle = await enter(mqtt.port, connectOfPebble)
    idle.send(begun)
  }
  while ((mqtt.closed.get('NO_ROOM') ?? 0) < 7) await new Promise((resume) => setImmediate(resume))
  const frame = nativePacket(tracker, { sequence: 1n })
  const whole = Buffer.concat([
    Buffer.from([
      0x32,
      0x80 | ((frame.length + telemetry.length + 4) % 128),
      (frame.length + telemetry.length + 4) >> 7,
    ]),
    Buffer.from([0, telemetry.length]),
    Buffer.from(telemetry),
    Buffer.from([0, 1]),
    frame,
  ])
  honest.send(whole.subarray(0, 40))
  while ((mqtt.closed.get('NO_ROOM') ?? 0) < 8) await new Promise((resume) => setImmediate(resume))
  honest.send(whole.subarray(40))
  await honest.next(isAck(1))
})

test('4,500 sockets that say nothing keep nobody’s CONNECT out', async () => {
  const admission = { ...admissionByDefault, waiting: 300 }
  const mqtt = await startBroker(pathOf(memoryInbox()), { limits: { admission } })
  const codes: unknown[] = []
  for (let round = 0; round < 9; round += 1) {
    await Promise.all(Array.from({ length: 500 }, (_, index) => openRaw(mqtt.port, `127.0.0.${2 + (index % 3)}`)))
    codes.push(...returnCode(await enter(mqtt.port, connectOf(tracker))))
  }
  expect(codes).toEqual(Array(9).fill(0))
  expect(mqtt.connections()).toBeLessThanOrEqual(301)
}, 120_000)

test('a session that is silent for longer than it said ends; one that is held back does not', async () => {
  const mqtt = await startBroker(pathOf(memoryInbox()), { clock: stopped() })
  const busy = await enter(mqtt.port, connectOf(onP256, { keepalive: 1 }))
  busy.send(pings(1_000))
  const silent = await enter(mqtt.port, connectOf(tracker, { keepalive: 1 }))
  await silent.closed
  expect([mqtt.closed.get('SILENT'), busy.socket.destroyed]).toEqual([1, false])
})

test('CONNECTs of what no registry knows wait for each other, and a registered device’s for none of them', async () => {
  const admission = { ...admissionByDefault, strangersPause: 1e6 }
  const mqtt = await startBroker(pathOf(memoryInbox()), { limits: { admission } })
  const first = await enter(mqtt.port, connectOfPebble)
  const waiting = await Promise.all(Array.from({ length: 50 }, () => openRaw(mqtt.port)))
  for (const one of waiting) one.send(connectOfPebble)
  for (let round = 0; round < 5; round += 1) expect(returnCode(await enter(mqtt.port, connectOf(tracker)))).toEqual([0])
  expect([first, ...waiting].map(returnCode)).toEqual([[0], ...Array(50).fill([])])
})
