import { connect as connectSocket, type Socket } from 'node:net'
import mqttPacket, { type Packet } from 'mqtt-packet'
import { onTestFinished } from 'vitest'
import { sealToken } from '../../devices/token.ts'
import { days } from '../../devices/units.ts'
import { CAPTURE, NETWORK, NOON, type TestDevice } from './packets.ts'

/*
 * An MQTT client that does what it is told, byte by byte, and keeps all that it hears. Each ends with its test.
 */

export type Raw = {
  readonly socket: Socket
  readonly packets: Packet[]
  send(...packets: readonly (Packet | Uint8Array)[]): void
  /** The first received packet that fits, once it is there; rejects when the socket closes first. */
  next(fits: (packet: Packet) => boolean): Promise<Packet>
  readonly closed: Promise<void>
}

/** `from` is an address of this machine: all of 127.0.0.0/8 on Linux. */
export const openRaw = async (port: number, from = '127.0.0.1'): Promise<Raw> => {
  const socket = connectSocket({ host: '127.0.0.1', port, localAddress: from })
  const parser = mqttPacket.parser({ protocolVersion: 4 })
  const packets: Packet[] = []
  const waiting = new Set<() => void>()
  let isClosed = false
  parser.on('packet', (packet) => packets.push(packet))
  const look = () => {
    for (const check of waiting) check()
  }
  socket.on('data', (chunk) => {
    parser.parse(chunk)
    look()
  })
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) =>
    socket.on('close', () => {
      isClosed = true
      look()
      resolve()
    }),
  )
  onTestFinished(() => void socket.destroy())
  await Promise.race([new Promise((resolve) => socket.once('connect', resolve)), closed])
  return {
    socket,
    packets,
    closed,
    send: (...sent) =>
      void socket.write(Buffer.concat(sent.map((one) => (one instanceof Uint8Array ? one : mqttPacket.generate(one))))),
    next: (fits) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const found = packets.find(fits)
          if (found) resolve(found)
          else if (isClosed) reject(new Error(`closed after ${JSON.stringify(packets)}`))
          if (found || isClosed) waiting.delete(check)
        }
        waiting.add(check)
        check()
      }),
  }
}

export const tokenOf = ({ key, device }: TestDevice, { network = NETWORK, now = NOON } = {}) =>
  sealToken({ key, device, network, now, life: days(1) })

export const connectOf = (device: TestDevice, but: object = {}): Packet => ({
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clean: true,
  clientId: device.device,
  keepalive: 0,
  username: 'device',
  password: Buffer.from(tokenOf(device)),
  ...but,
})

export const connectOfPebble: Packet = {
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clean: true,
  clientId: CAPTURE.imei,
  keepalive: 20,
}

export const publishOf = (topic: string, payload: Uint8Array, messageId: number, but: object = {}): Packet => ({
  cmd: 'publish',
  topic,
  payload: Buffer.from(payload),
  qos: 1,
  messageId,
  retain: false,
  dup: false,
  ...but,
})

export const enter = async (port: number, connect: Packet): Promise<Raw> => {
  const raw = await openRaw(port)
  raw.send(connect)
  await raw.next(({ cmd }) => cmd === 'connack')
  return raw
}

export const isAck = (id: number) => (packet: Packet) => packet.cmd === 'puback' && packet.messageId === id
export const acked = ({ packets }: Raw) =>
  packets.flatMap((packet) => (packet.cmd === 'puback' ? [packet.messageId] : []))
export const returnCode = ({ packets }: Raw) =>
  packets.flatMap((packet) => (packet.cmd === 'connack' ? [packet.returnCode] : []))
