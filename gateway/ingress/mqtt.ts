import { setTimeout as wait } from 'node:timers/promises'
import { Aedes, type Client } from 'aedes'
import { isAddress } from '../../devices/identity.ts'
import { CONNECT_WITHIN } from '../../devices/limits.ts'
import { isImei } from '../../devices/pebble/topics.ts'
import { seconds } from '../../devices/units.ts'
import type { Clock, Daily, Known, Log, Path, PebbleDesk } from '../ports.ts'
import { admissionByDefault } from './admission.ts'
import { gateOf, openHooks, openProofs, roomOf } from './hooks.ts'
import { openLanes } from './lanes.ts'
import { type Listener, type ListenerLimits, listen } from './listener.ts'
import { keepPacketIdsLow } from './packet-ids.ts'
import { openPebbleTalk, type PebbleConfig } from './pebble.ts'
import { authenticate, type HoldsSignature, isRegistered, isSpent } from './session.ts'

export type MqttOptions = {
  readonly host: string
  /** 0 for any free one. */
  readonly port: number
  readonly pipeline: Path
  readonly known: Known
  /** Which devices' owners have had enough stored today; nobody's, where it is missing. */
  readonly daily?: Daily
  readonly network: Uint8Array
  readonly clock: Clock
  /** Native verification of a device token's signature: `holds` of verify/signature.ts. */
  readonly holds: HoldsSignature
  readonly pebbles: {
    /** Whether Pebbles may come without a certificate. */
    readonly areLetIn: boolean
    readonly desk: PebbleDesk
    readonly config?: PebbleConfig
  }
  readonly log?: Log
  readonly limits?: Partial<ListenerLimits>
}

export type Mqtt = {
  readonly port: number
  /** Sends at QoS 1 to whoever may have that topic and is subscribed now; nothing is kept for later. */
  publish(topic: string, payload: Uint8Array | string): Promise<void>
  /** Sockets open now. */
  connections(): number
  /** Sockets closed on our side before or between packets, by reason. */
  readonly closed: Listener['closed']
  /** Takes nothing more in, answers what is under way, then closes. */
  stop(): Promise<void>
}

/** A subscriber that does not read is let go, so that it holds up nobody else. */
const DRAIN_WITHIN = seconds(10)
/** What is not answered by then, its device sends again. */
const STOP_WITHIN = seconds(10)

export const startMqtt = async (options: MqttOptions): Promise<Mqtt> => {
  const { pipeline: path, known, clock, log, pebbles } = options
  const limits = { connectWithin: CONNECT_WITHIN, admission: admissionByDefault, ...options.limits }
  const lanes = openLanes()
  const talk = openPebbleTalk({ desk: pebbles.desk, clock }, pebbles.config)
  const broker = await openBroker(
    { ...openHooks({ path, known, clock, lanes, talk, proofs: openProofs(), log }), drainTimeout: DRAIN_WITHIN },
    log,
  )
  const door = { ...options, letsPebblesIn: pebbles.areLetIn }
  const listener = await listen(
    options,
    {
      authenticate: (connect) => authenticate(door, connect),
      isRegistered: ({ session, hasSigned }) => session !== undefined && isRegistered(door, session, hasSigned),
      isKnown: (clientId) => isAddress(clientId) && known.byAddress(clientId) !== undefined,
      isExpected: (clientId) =>
        isImei(clientId) && known.byImei(clientId).some((device) => known.byAddress(device)?.revoked === false),
      isSpent: ({ session }) => session !== undefined && isSpent(options, session),
      failed: (error) => log?.error({ err: error }, 'a connection failed'),
      room: (gate) => roomOf({ path, lanes }, gate),
      letIn: (gate) => void broker.handle(gate),
      clock,
    },
    limits,
  ).catch(async (error) => {
    await close(broker)
    throw error
  })
  return {
    port: listener.port,
    publish: (topic, payload) => publish(broker, topic, payload),
    connections: () => listener.gates.size,
    closed: listener.closed,
    stop: async () => {
      listener.close()
      for (const gate of listener.gates) gate.stopReading()
      await Promise.race([lanes.idle(), wait(STOP_WITHIN, undefined, { ref: false })])
      // One turn, in which the last answers leave their cork.
      await new Promise((resume) => setImmediate(resume))
      await close(broker)
      // Those that the broker has not registered yet.
      for (const gate of listener.gates) gate.destroy()
    },
  }
}

const openBroker = async (options: ConstructorParameters<typeof Aedes>[0], log: Log | undefined): Promise<Aedes> => {
  const broker = await Aedes.createBroker(options)
  broker.on('client', (client: Client) => {
    if (gateOf(client)?.session?.kind === 'pebble') keepPacketIdsLow(client)
  })
  broker.on('clientReady', (client: Client) => gateOf(client)?.open())
  // Without a listener the broker's own error would end the process.
  const emitter: NodeJS.EventEmitter = broker
  emitter.on('error', (error) => log?.error({ err: error }, 'the broker failed'))
  return broker
}

const publish = (broker: Aedes, topic: string, payload: Uint8Array | string): Promise<void> =>
  new Promise((resolve, reject) => {
    const message = { cmd: 'publish', topic, payload: Buffer.from(payload), qos: 1, retain: false, dup: false } as const
    broker.publish(message, (error) => (error ? reject(error) : resolve()))
  })

const close = (broker: Aedes): Promise<void> => new Promise((resolve) => broker.close(resolve))
