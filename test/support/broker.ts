import { onTestFinished } from 'vitest'
import { deviceTopics } from '../../devices/topics.ts'
import { type Mqtt, type MqttOptions, startMqtt } from '../../gateway/ingress/mqtt.ts'
import { openPipeline } from '../../gateway/pipeline.ts'
import type { Inbox, Outcome, Path, PebbleDesk } from '../../gateway/ports.ts'
import { holds } from '../../gateway/verify/signature.ts'
import { knownOf, NETWORK, NOON, nativePacket, registrationOf, testDevice } from './packets.ts'
import { publishOf } from './raw-mqtt.ts'

/*
 * A broker of one's own for each test, with two paired devices; it stops when the test ends.
 */

export const tracker = testDevice('tracker')
export const onP256 = testDevice('p256', 'p256')
export const stranger = testDevice('stranger')
export const known = knownOf([registrationOf(tracker), registrationOf(onP256)])
const clock = { now: () => NOON }
export const nobodyAtTheDesk: PebbleDesk = { statusOf: () => ({ status: 0 }), confirm: async () => {} }

type SomePath = Pick<Path, 'submit'> & Partial<Path>

export const startBroker = async (path: SomePath, but: Partial<MqttOptions> = {}): Promise<Mqtt> => {
  const mqtt = await startMqtt({
    host: '127.0.0.1',
    port: 0,
    pipeline: { isFull: () => false, ...path },
    known,
    network: NETWORK,
    clock,
    holds,
    pebbles: { areLetIn: true, desk: nobodyAtTheDesk },
    ...but,
  })
  onTestFinished(() => mqtt.stop())
  return mqtt
}

export const pathOf = (inbox: Inbox) => openPipeline({ inbox, known, network: NETWORK }, { company: 0, perSecond: 1e6 })

/** A path that answers when the test says so, in any order. */
export const heldPath = () => {
  const taken: { raw: Uint8Array; answer: (outcome: Outcome) => void; fail: (reason: Error) => void }[] = []
  let check = () => {}
  return {
    taken,
    /** Resolves once that many have come. */
    has: (count: number) =>
      new Promise<void>((resolve) => {
        check = () => taken.length >= count && resolve()
        check()
      }),
    submit: ({ raw }: { raw: Uint8Array }) =>
      new Promise<Outcome>((answer, fail) => {
        taken.push({ raw, answer, fail })
        check()
      }),
  }
}

export const telemetry = deviceTopics(tracker.device).telemetry

export const publication = (sequence: number, but: object = {}) =>
  publishOf(telemetry, nativePacket(tracker, { sequence: BigInt(sequence) }), sequence, but)
