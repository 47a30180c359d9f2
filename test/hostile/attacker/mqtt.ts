import { connect, type Socket } from 'node:net'
import mqttPacket, { type Packet } from 'mqtt-packet'
import type { Tools } from './attack.ts'
import { addressOf } from './attack.ts'

/*
 * MQTT as an attacker speaks it: bytes, with no care for what comes back.
 */

export const frameOf = (packet: Packet): Buffer => mqttPacket.generate(packet)

export const publish = (topic: string, payload: Uint8Array, messageId: number, qos: 1 | 2 = 1): Buffer =>
  frameOf({ cmd: 'publish', topic, payload: Buffer.from(payload), qos, messageId, retain: false, dup: false })

/** Opens a socket to the MQTT port. It resolves once it is open; each end is counted. */
export const openSocket = ({ target, count }: Pick<Tools, 'target' | 'count'>, attacker: number): Promise<Socket> =>
  openTo(target.mqttUrl, { count }, attacker)

export const openTo = (url: string, { count }: Pick<Tools, 'count'>, attacker: number): Promise<Socket> => {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), localAddress: addressOf(attacker), noDelay: true })
  socket.on('close', () => count('closed'))
  return new Promise((resolve, reject) => {
    socket.once('connect', () => {
      count('sockets')
      resolve(socket)
    })
    socket.on('error', reject)
  })
}

/** A session, once CONNACK says that it is one. What comes later is counted as answers and dropped. */
export const openSession = async (tools: Tools, attacker: number, login: Buffer): Promise<Socket> => {
  const socket = await openSocket(tools, attacker)
  return new Promise((resolve, reject) => {
    socket.once('data', (bytes) => {
      if (bytes[0] !== 0x20 || bytes[3] !== 0) {
        socket.destroy()
        return reject(Object.assign(new Error('refused'), { code: 'refused' }))
      }
      tools.count('sessions')
      socket.on('data', (more) => tools.count('answer bytes', more.length))
      resolve(socket)
    })
    socket.once('close', () => reject(Object.assign(new Error('closed'), { code: 'closed before CONNACK' })))
    socket.write(login)
  })
}

export const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => (socket.destroyed ? resolve() : socket.once('close', () => resolve())))

/** Writes, and resolves when the kernel took it: an attacker's memory is no part of the attack. Rejects once the socket is gone. */
export const write = (socket: Socket, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    if (socket.destroyed) return reject(Object.assign(new Error('closed'), { code: 'found closed' }))
    socket.write(bytes, (error) => (error ? reject(error) : resolve()))
  })

/** A session by `login` that writes `next` again and again, and comes again when it is closed. */
export const sessionLoop = (
  tools: Tools,
  login: (index: number) => Buffer,
  attacker: (index: number) => number,
  next: (index: number, round: number) => Uint8Array,
): ((index: number, round: number) => Promise<void>) => {
  const sockets = new Map<number, Socket>()
  return async (index, round) => {
    const standing = sockets.get(index)
    const socket = standing && !standing.destroyed ? standing : await openSession(tools, attacker(index), login(index))
    sockets.set(index, socket)
    await write(socket, next(index, round))
    tools.count('frames')
  }
}
