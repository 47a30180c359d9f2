import mqtt, { type IPublishPacket, type MqttClient } from 'mqtt'
import { type Millis, seconds } from '../devices/units.ts'

/** One MQTT connection, from CONNACK to its end. It does not reconnect: the device decides when, and with which password. */
export type Session = {
  /** Resolves on PUBACK (QoS 1) or once written (QoS 0); rejects when the session ends first. */
  publish(topic: string, payload: Uint8Array, qos: 0 | 1): Promise<void>
  subscribe(topics: readonly string[], qos: 0 | 1): Promise<void>
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>
  /** Sends DISCONNECT and closes; `force` just closes. */
  end(force?: boolean): Promise<void>
}

export type SessionOptions = {
  readonly url: string
  readonly clientId: string
  readonly username?: string
  readonly password?: string
  readonly keepAliveSeconds: number
  readonly onMessage?: (topic: string, payload: Uint8Array, packet: IPublishPacket) => void
}

/** A Pebble's firmware gives up then, and a tracker has no reason to wait longer. */
const CONNACK_WITHIN: Millis = seconds(5)

/** Rejects when no CONNACK comes, or one that refuses. */
export const openSession = (options: SessionOptions): Promise<Session> => {
  const client = mqtt.connect(options.url, {
    protocolVersion: 4,
    clean: true,
    clientId: options.clientId,
    keepalive: options.keepAliveSeconds,
    connectTimeout: CONNACK_WITHIN,
    // 0: a new session is the device's own decision.
    reconnectPeriod: 0,
    queueQoSZero: false,
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
  })
  const { onMessage } = options
  if (onMessage) client.on('message', (topic, payload, packet) => onMessage(topic, payload, packet))
  return new Promise((resolve, reject) => {
    // Without a listener an error would end the process; the promises tell it.
    client.on('error', (error) => fail(error))
    client.once('close', () => fail(new Error('connection closed before CONNACK')))
    client.once('connect', () => resolve(sessionOf(client)))
    const fail = (error: Error) => {
      client.end(true)
      reject(error)
    }
  })
}

const sessionOf = (client: MqttClient): Session => {
  let isOver = false
  // Not Promise.race against `closed`: each race would stay on it until the session's end.
  const waiting = new Set<(error: Error) => void>()
  const untilDone = (start: (done: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      if (isOver) return reject(new Error('connection closed'))
      waiting.add(reject)
      start((error) => {
        waiting.delete(reject)
        if (error) reject(error)
        else resolve()
      })
    })
  const closed = new Promise<void>((resolve) => {
    client.once('close', () => {
      isOver = true
      for (const reject of waiting) reject(new Error('connection closed'))
      waiting.clear()
      resolve()
    })
  })
  return {
    closed,
    publish: (topic, payload, qos) =>
      untilDone((done) =>
        client.publish(topic, Buffer.from(payload.buffer, payload.byteOffset, payload.length), { qos }, done),
      ),
    subscribe: (topics, qos) => untilDone((done) => client.subscribe([...topics], { qos }, done)),
    end: async (force = false) => {
      client.end(force)
      // mqtt.js ignores a second `end`, so one that waits for a PUBACK that never comes would wait for ever.
      if (force) client.stream.destroy()
      await closed
    },
  }
}
