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

/** Resolves with CONNACK; rejects on any other answer. `onLost` is told when the session ends before `end` is called. */
export const openConnection = async (
  place: { readonly host: string; readonly port: number },
  login: { readonly clientId: string; readonly password: string },
  on: { readonly acknowledged: (id: number) => void; readonly lost: (why: string) => void },
): Promise<Connection> => {
  const socket = connect({ ...place, noDelay: true })
  await once(socket, 'connect')
  socket.write(
    mqttPacket.generate({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      keepalive: 0,
      clientId: login.clientId,
      username: 'device',
      password: Buffer.from(login.password),
    }),
  )
  let isEnding = false
  socket.on('error', () => undefined)
  await new Promise<void>((resolve, reject) => {
    readAcks(socket, (type, code) => {
      if (type === PUBACK) return on.acknowledged(code)
      if (type === CONNACK && (code & 0xff) === 0) return resolve()
      reject(new Error(`the gateway answered CONNECT with ${type} ${code}`))
    })
    socket.once('close', () => {
      reject(new Error('the gateway closed before CONNACK'))
      if (!isEnding) on.lost('the gateway closed the session')
    })
  })
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
