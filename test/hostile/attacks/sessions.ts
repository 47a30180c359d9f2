import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { pebbleTopics } from '../../../devices/pebble/topics.ts'
import { deviceTopics } from '../../../devices/topics.ts'
import { connectFrame } from '../../bench/load/connection.ts'
import { type Attack, crowd, type Tools } from '../attacker/attack.ts'
import { noise, type Stranger, spoiled, strangers } from '../attacker/keys.ts'
import { closed, frameOf, openSession, publish, sessionLoop, write } from '../attacker/mqtt.ts'

/*
 * What a session may do that anyone can open: by a made-up IMEI, or by a key made on the spot.
 */

const MADE_UP_IMEIS = 20
const imeiOf = (index: number): string => `86${String(1_000_000_000_000 + index)}`
const pebbleLogin = (imei: string): Buffer => connectFrame({ clientId: imei })

const repeated = (frame: Uint8Array, bytes: number): Buffer =>
  Buffer.concat(Array.from({ length: Math.max(1, Math.floor(bytes / frame.length)) }, () => frame))

/** 64 KB at a time: more than a turn of the gateway's loop should ever take from one socket. */
const CHUNK = 65_536

const pingreq: Attack = {
  what: '20 sessions with made-up IMEIs write PINGREQ as fast as they can',
  prepare: (tools) => {
    const chunk = repeated(frameOf({ cmd: 'pingreq' }), CHUNK)
    const loop = sessionLoop(
      tools,
      (index) => pebbleLogin(imeiOf(index)),
      () => 0,
      () => chunk,
    )
    return () => crowd(tools, { many: MADE_UP_IMEIS, perSecond: 2_000 }, loop)
  },
}

const STRANGERS = 200
/** Packets of each stranger, sent over and over. */
const SIGNED_AHEAD = 48
const BURST = 8

/** A frame's own work differs; that the session is a stranger's does not. */
const bySession =
  (
    many: number,
    perSecond: number,
    next: (stranger: Stranger, round: number, tools: Tools) => Uint8Array,
    addresses = 4,
  ): Attack['prepare'] =>
  (tools) => {
    const keys = strangers(tools, many)
    const of = (index: number) => keys[index] as Stranger
    const loop = sessionLoop(
      tools,
      (index) => of(index).login,
      (index) => index % addresses,
      (index, round) => next(of(index), round, tools),
    )
    return () => crowd(tools, { many, perSecond }, loop)
  }

const id = (round: number): number => 1 + (round % 65_535)

const strangersSessions: Attack = {
  what: '200 sessions by valid tokens of keys made on the spot publish validly signed packets, from 4 addresses',
  prepare: (tools) => {
    const keys = strangers(tools, STRANGERS)
    // Signed ahead, and several in a write: an attacker's own signing would bound the attack.
    const bursts = keys.map(({ topic, seal }) =>
      Array.from({ length: SIGNED_AHEAD / BURST }, (_, burst) =>
        Buffer.concat(
          Array.from({ length: BURST }, (_, at) => {
            const packet = burst * BURST + at
            return publish(topic, seal(BigInt(packet + 1)), id(packet))
          }),
        ),
      ),
    )
    const loop = sessionLoop(
      tools,
      (index) => (keys[index] as Stranger).login,
      (index) => index % 4,
      (index, round) => bursts[index]?.[round % (SIGNED_AHEAD / BURST)] as Buffer,
    )
    return () => crowd(tools, { many: STRANGERS, perSecond: 3_000 }, loop)
  },
}

const malformed: Attack = {
  what: '200 sessions of made-up keys publish what is no packet, 8 KB each and never the same: evidence to keep',
  prepare: bySession(STRANGERS, 3_000, ({ topic, identity }, round) =>
    publish(topic, noise(8_000, identity.address, round), id(round)),
  ),
}

/** Packets of one made-up IMEI; then the next one's. */
const PACKETS_EACH = 10

const madeUpSources: Attack = {
  what: 'sessions with ever new IMEIs publish ten times 8 KB of what is no packet: a new source of refusals each',
  prepare: (tools) => {
    let imeis = MADE_UP_IMEIS
    return () =>
      crowd(tools, { many: 100, perSecond: 400 }, async (index) => {
        const imei = imeiOf(imeis++)
        const socket = await openSession(tools, index % 16, pebbleLogin(imei))
        const { data } = pebbleTopics(imei)
        for (let packet = 0; packet < PACKETS_EACH; packet++) {
          await write(socket, publish(data, noise(8_000, imei, packet), 1 + packet))
          tools.count('frames')
        }
        // Their refusals are stored before the socket goes.
        await Promise.race([closed(socket), wait(300)])
        socket.destroy()
      })
  },
}

const subscribe: Attack = {
  what: '20 sessions of made-up keys SUBSCRIBE and UNSUBSCRIBE as fast as they can',
  prepare: bySession(20, 2_000, ({ identity }, round) => {
    const topics = Object.values(deviceTopics(identity.address)).slice(2)
    const subscriptions = topics.map((topic) => ({ topic, qos: 1 as const }))
    const pair = [
      frameOf({ cmd: 'subscribe', messageId: id(round), subscriptions }),
      frameOf({ cmd: 'unsubscribe', messageId: id(round), unsubscriptions: topics }),
    ]
    return repeated(Buffer.concat(pair), CHUNK / 8)
  }),
}

const largeFrames: Attack = {
  what: '20 sessions of made-up keys publish frames of 64 KB',
  prepare: (tools) => {
    const payload = noise(65_536 - 256, 'large')
    return bySession(20, 1_000, ({ topic }, round) => publish(topic, payload, id(round)))(tools)
  },
}

const misbehave: Attack = {
  what: '50 sessions of made-up keys do in turn what ends a session: another’s topic, QoS 2, $SYS, retain, broken frames',
  prepare: bySession(50, 1_000, ({ topic, seal }, round, { target, random }) => {
    const raw = seal(BigInt(round + 1))
    const other = deviceTopics(target.devices[random(target.devices.length)] ?? '0x').telemetry
    const frames = [
      publish(other, raw, id(round)),
      publish(topic, raw, id(round), 2),
      publish('$SYS/broker/new/clients', raw, id(round)),
      frameOf({ cmd: 'publish', topic, payload: Buffer.from(raw), qos: 1, messageId: 7, retain: true, dup: false }),
      Buffer.of(0x32, 0xff, 0xff, 0xff, 0x7f),
      Buffer.of(0xf0, 0x00),
      Buffer.concat([Buffer.of(0x62, 0x02, 0x00), noise(64, 'broken', round)]),
    ]
    return frames[round % frames.length] as Buffer
  }),
}

const sameIds: Attack = {
  what: '20 sessions of made-up keys send PUBLISH, PUBACK, PUBREL and PUBCOMP under one packet id, as fast as they can',
  prepare: bySession(20, 2_000, ({ topic, seal }, round) =>
    repeated(
      Buffer.concat([
        publish(topic, seal(1n + BigInt(round >> 4)), 1),
        ...(['puback', 'pubrel', 'pubcomp', 'pubrec'] as const).map((cmd) => frameOf({ cmd, messageId: 1 })),
      ]),
      CHUNK / 16,
    ),
  ),
}

const twin: Attack = {
  what: 'sessions with the honest Pebble’s IMEI send garbage, spoiled packets and replays of its own',
  prepare: (tools) => {
    const { imei, captured } = tools.target
    const { data, query, confirm } = pebbleTopics(imei)
    const packets = captured.pebble.map((raw) => Buffer.from(raw, 'hex'))
    const next = (index: number, round: number): Uint8Array => {
      const packet = packets[round % Math.max(1, packets.length)] ?? Buffer.alloc(0)
      const kinds = [
        () => publish(data, packet, id(round)),
        () => publish(data, spoiled(packet), id(round)),
        () => publish(data, noise(300, 'twin', index, round), id(round)),
        () => publish(confirm, noise(100, 'confirm', index, round), id(round)),
        () => publish(query, Buffer.from('{}'), id(round)),
      ]
      return (kinds[round % kinds.length] as () => Buffer)()
    }
    const loop = sessionLoop(
      tools,
      () => pebbleLogin(imei),
      (index) => index % 4,
      next,
    )
    return () => crowd(tools, { many: 40, perSecond: 4_000 }, loop)
  },
}

const neverReads: Attack = {
  what: '100 sessions of made-up keys ask for answers, as much as is taken, and never read any',
  prepare: (tools) => {
    const keys = strangers(tools, 100)
    const sockets = new Map<number, Socket>()
    const chunk = repeated(frameOf({ cmd: 'pingreq' }), 4_096)
    return () =>
      crowd(tools, { many: keys.length, perSecond: 2_000 }, async (index, round) => {
        let socket = sockets.get(index)
        if (!socket || socket.destroyed) {
          socket = await openSession(tools, index % 4, (keys[index] as Stranger).login)
          socket.removeAllListeners('data').pause()
          sockets.set(index, socket)
        }
        const { topic, seal } = keys[index] as Stranger
        await write(socket, Buffer.concat([publish(topic, seal(BigInt(round + 1)), id(round)), chunk]))
        tools.count('frames')
      })
  },
}

export const sessionAttacks = {
  pingreq,
  strangers: strangersSessions,
  malformed,
  'made-up-sources': madeUpSources,
  subscribe,
  'large-frames': largeFrames,
  misbehave,
  'same-ids': sameIds,
  twin,
  'never-reads': neverReads,
}
