import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import mqttPacket from 'mqtt-packet'

/*
 * The least of MQTT 3.1.1 that a device needs to publish at QoS 1. A whole client would cost the load generator more than the gateway takes.
 */

const CONNACK = 0x20
const PUBACK = 0x40
const ACK_BYTES = 4

export type Connection = {
  /** Sends a frame of `publishFrame` under this packet id. */
  send(frame: Buffer, id: number): void
  end(): Promise<void>
}

/** A whole PUBLISH, made ahead; its packet id is filled in when it leaves. */
export const publishFrame = (topic: string, payload: Uint8Array): Buffer =>
  mqttPacket.generate({
    cmd: 'publish',
    topic,
    payload: Buffer.from(payload.buffer, payload.byteOffset, payload.length),
    qos: 1,
    messageId: 1,
    retain: false,
    dup: false,
  })

/** Fixed header, then the topic with its length, then the packet id (MQTT 3.1.1 §3.3.2). */
const idAt = (frame: Buffer): number => {
  let at = 1
  while ((frame[at] as number) >= 0x80) at++
  return at + 1 + 2 + frame.readUInt16BE(at + 1)
}

export type Place = { readonly host: string; readonly port: number; readonly localAddress?: string }
/** A Pebble has no password. */
export type Login = { readonly clientId: string; readonly password?: string }

export const connectFrame = ({ clientId, password }: Login): Buffer =>
  mqttPacket.generate({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    keepalive: 0,
    clientId,
    ...(password === undefined ? {} : { username: 'device', password: Buffer.from(password) }),
  })

/** From the first SYN to CONNACK: longer than the gateway itself gives a CONNECT, so that only silence is told. */
const CONNACK_WITHIN = 15_000

/** Resolves with CONNACK; rejects on any other answer and on none. `lost` is told when the session ends before `end` is called. */
export const openConnection = async (
  place: Place,
  login: Login,
  on: { readonly acknowledged: (id: number) => void; readonly lost: (why: string) => void },
): Promise<Connection> => {
  const socket = connect({ ...place, noDelay: true })
  const impatience = setTimeout(() => socket.destroy(new Error('the gateway did not answer CONNECT')), CONNACK_WITHIN)
  let isEnding = false
  let isOpen = false
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => socket.write(connectFrame(login)))
    readAcks(socket, (type, code) => {
      if (type === PUBACK) return on.acknowledged(code)
      if (type !== CONNACK || (code & 0xff) !== 0)
        return reject(new Error(`the gateway answered CONNECT with ${type} ${code}`))
      isOpen = true
      resolve()
    })
    socket.on('error', reject)
    socket.once('close', () => {
      reject(new Error('the gateway closed before CONNACK'))
      if (isOpen && !isEnding) on.lost('the gateway closed the session')
    })
  }).finally(() => clearTimeout(impatience))
  return {
    send: (frame, id) => {
      frame.writeUInt16BE(id, idAt(frame))
      socket.write(frame)
    },
    end: async () => {
      isEnding = true
      if (socket.destroyed) return
      socket.end(Buffer.of(0xe0, 0))
      await once(socket, 'close')
    },
  }
}

/** CONNACK and PUBACK are all that a publisher hears; both have four bytes. */
const readAcks = (socket: Socket, onAck: (type: number, code: number) => void): void => {
  let rest = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    let at = 0
    for (; at + ACK_BYTES <= bytes.length; at += ACK_BYTES) onAck(bytes[at] as number, bytes.readUInt16BE(at + 2))
    rest = Buffer.from(bytes.subarray(at))
  })
}
