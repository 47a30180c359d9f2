import { hexToBytes } from '@noble/hashes/utils.js'
import { sealToken } from '../../../devices/token.ts'
import { deviceTopics } from '../../../devices/topics.ts'
import type { Identity } from '../../../firmware-sim/identity.ts'
import { type Connection, openConnection, publishFrame } from './connection.ts'
import { benchDevice, openSealer } from './packets.ts'
import type { Load } from './plan.ts'

/** A device with all its packets signed ahead. */
export type Device = {
  readonly identity: Identity
  readonly frames: readonly Buffer[]
  /** Frames that have left. */
  sent: number
  /** When each packet that waits for its PUBACK was due, by packet id. */
  readonly waiting: Map<number, number>
  connection: Connection | undefined
}

const TOKEN_LIFE = 6 * 3_600_000
/** Packet ids are 16 bits, and 0 is none. */
const MAX_ID = 65_535

export const networkOf = ({ networkId }: Load): Uint8Array => hexToBytes(networkId.slice(2))

export const makeDevice = (load: Load, index: number, packets: number): Device => {
  const identity = benchDevice(load.seed, index)
  const seal = openSealer(identity, networkOf(load), load.seed, Date.now())
  const { telemetry } = deviceTopics(identity.address)
  const first = BigInt(load.firstSequence)
  const frames = Array.from({ length: packets }, (_, at) => publishFrame(telemetry, seal(first + BigInt(at))))
  return { identity, frames, sent: 0, waiting: new Map(), connection: undefined }
}

export const enter = async (
  load: Load,
  device: Device,
  on: { readonly acknowledged: (due: number) => void; readonly lost: (why: string) => void },
): Promise<void> => {
  const { hostname, port } = new URL(load.mqttUrl)
  const { address, key } = device.identity
  const password = sealToken({ key, network: networkOf(load), now: Date.now(), life: TOKEN_LIFE })
  device.connection = await openConnection(
    { host: hostname, port: Number(port) },
    { clientId: address, password },
    {
      lost: on.lost,
      acknowledged: (id) => {
        const due = device.waiting.get(id)
        if (due === undefined) return on.lost(`PUBACK ${id} for nothing that waits`)
        device.waiting.delete(id)
        on.acknowledged(due)
      },
    },
  )
}

/** Sends the next frame; `due` is when it should have left. */
export const sendNext = (device: Device, due: number): void => {
  const frame = device.frames[device.sent]
  if (!frame || !device.connection) throw new Error('nothing was made ready to send')
  const id = 1 + (device.sent % MAX_ID)
  device.sent++
  device.waiting.set(id, due)
  device.connection.send(frame, id)
}
