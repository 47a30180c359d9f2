import { setTimeout as wait } from 'node:timers/promises'
import { type Connection, type Login, openConnection, type Place, publishFrame } from '../../bench/load/connection.ts'
import type { Told } from '../plan.ts'

/*
 * One honest device: a packet a second at QoS 1, sent again after a lost session, and a new session now and then.
 */

export type HonestDevice = {
  readonly number: number
  readonly place: Place
  readonly topic: string
  readonly login: () => Login
  /** The n-th packet, from 1. */
  readonly seal: (packet: number) => Uint8Array
}

const SEND_EVERY = 1_000
/** Each device ends its session and connects anew so often: twenty of them make two CONNECTs a second. */
const RECONNECT_EVERY = 10_000
const TRY_AGAIN = 500
/** Told of each device, for whoever replays them. */
const CAPTURED = 20

type Tell = (told: Told) => void

export const runDevice = async ({ number, place, topic, login, seal }: HonestDevice, tell: Tell): Promise<never> => {
  /** Frames that wait for PUBACK, by packet id; ids follow packets, which are fewer than 65,536. */
  const waiting = new Map<number, Buffer>()
  let connection: Connection | undefined
  let connectedAt = 0
  let last = 0

  const enter = async (): Promise<void> => {
    for (;;) {
      try {
        connection = await openConnection(place, login(), {
          acknowledged: (packet) => {
            if (waiting.delete(packet)) tell({ kind: 'acknowledged', at: Date.now(), device: number, packet })
          },
          lost: (why) => {
            connection = undefined
            tell({ kind: 'ended', at: Date.now(), device: number, why })
            void wait(TRY_AGAIN).then(enter)
          },
        })
        break
      } catch (error) {
        tell({ kind: 'refused', at: Date.now(), device: number, why: (error as Error).message })
        await wait(TRY_AGAIN)
      }
    }
    connectedAt = Date.now()
    tell({ kind: 'connected', at: connectedAt, device: number })
    // MQTT 3.1.1 §4.4: what was not acknowledged is sent again, in its order.
    for (const [packet, frame] of waiting) connection?.send(frame, packet)
  }

  /** Only where nothing waits: else the device itself would make its packets late. */
  const enterAnew = async (): Promise<void> => {
    const before = connection
    connection = undefined
    await before?.end()
    await enter()
  }

  const sendNext = (): void => {
    last++
    const raw = seal(last)
    const frame = publishFrame(topic, raw)
    waiting.set(last, frame)
    if (last <= CAPTURED) tell({ kind: 'captured', device: number, raw: Buffer.from(raw).toString('hex') })
    tell({ kind: 'sent', at: Date.now(), device: number, packet: last })
    connection?.send(frame, last)
  }

  await enter()
  // Each begins at its own moment, and so it stays.
  connectedAt -= (number * RECONNECT_EVERY) / 20
  await wait((number * SEND_EVERY) / 20)
  for (let due = performance.now(); ; due += SEND_EVERY) {
    await wait(Math.max(0, due - performance.now()))
    sendNext()
    await wait(SEND_EVERY / 2)
    if (waiting.size === 0 && connection && Date.now() - connectedAt >= RECONNECT_EVERY) void enterAnew()
  }
}
