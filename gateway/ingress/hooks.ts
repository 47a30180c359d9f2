import type { AedesOptions, Client, PublishPacket } from 'aedes'
import { MAX_FILTERS, MAX_IN_FLIGHT } from '../../devices/limits.ts'
import type { Clock, Known, Log, Path } from '../ports.ts'
import { mayReceive, type Purpose, purposeOf } from './acl.ts'
import { unmarked } from './duplicates.ts'
import { Gate } from './gate.ts'
import type { Lanes } from './lanes.ts'
import type { PebbleTalk, Reply } from './pebble.ts'
import { isRegistered, isStanding, type Session } from './session.ts'

export type HookPorts = {
  readonly path: Path
  readonly known: Known
  readonly clock: Clock
  readonly lanes: Lanes
  readonly talk: PebbleTalk
  readonly proofs: Proofs
  readonly log?: Log | undefined
}

type Hooks = Required<
  Pick<AedesOptions, 'preConnect' | 'authenticate' | 'authorizePublish' | 'authorizeSubscribe' | 'authorizeForward'>
>

/**
 * What the broker asks us. A throw or a rejection in a hook would end the process, so every hook answers whatever happens, and once.
 * Answering `authorizePublish` is what lets PUBACK go: it answers when the outcome is durable (aedes has no other place to wait in).
 */
export const openHooks = (ports: HookPorts): Hooks => ({
  preConnect: (client, packet, callback) => {
    packet.clientId = gateOf(client)?.account ?? packet.clientId
    // No session outlives its socket: an offline queue per device is memory that strangers would fill.
    packet.clean = true
    // The gate keeps time itself: it knows when it holds a socket back.
    packet.keepalive = 0
    callback(null, true)
  },
  authenticate: (client, _username, _password, callback) => callback(null, sessionOf(client) !== undefined),
  authorizePublish: (client, packet, callback) => {
    const answer = once(ports, callback)
    try {
      publish(ports, client, packet, answer)
    } catch (reason) {
      answer(asError(reason))
    }
  },
  authorizeSubscribe: (client, subscription, callback) => {
    const gate = gateOf(client)
    const topic = unmarked(subscription.topic)
    gate?.filters.add(topic)
    if (!gate?.session || gate.filters.size > MAX_FILTERS) return callback(new Error('too many filters'))
    // Null becomes return code 0x80 in SUBACK (MQTT 3.1.1 §3.9.3).
    callback(null, mayReceive(gate.session, topic) ? { ...subscription, topic } : null)
  },
  authorizeForward: (client, packet) => {
    const session = sessionOf(client)
    return session && mayReceive(session, packet.topic) && isStanding(ports, session) ? packet : null
  },
})

/** Starts the packet's work and answers when it is done, in the order of arrival. */
const publish = (
  ports: HookPorts,
  client: Client | null,
  packet: PublishPacket,
  answer: (error: Error | null) => void,
): void => {
  const gate = gateOf(client)
  if (gate) gate.handed -= 1
  // Overriding this hook removes aedes' own block of $SYS; a will replayed after its client is gone has no client.
  const purpose = gate?.session && !packet.topic.startsWith('$') && purposeOf(gate.session, packet.topic)
  if (!gate?.session || !purpose) throw new Error('not yours to publish to')
  const { session } = gate
  // A copy: the parser's view keeps the whole chunk alive that it was read in.
  const payload = new Uint8Array(Buffer.from(packet.payload))
  ports.lanes
    .run(gate.account, () => receive(ports, { client, gate, session, purpose, payload }))
    .then(
      () => answer(null),
      (reason) => {
        // Said once a session: what is under way behind this packet fails with it.
        if (gate.stopReading()) ports.log?.warn({ err: reason, device: session.id }, 'packet not acknowledged')
        // One turn later, since the answers before this one are still corked and closing would drop them.
        setImmediate(answer, asError(reason))
      },
    )
}

export const gateOf = (client: Client | null): Gate | undefined =>
  client?.conn instanceof Gate ? client.conn : undefined

const sessionOf = (client: Client | null): Session | undefined => gateOf(client)?.session

type Publication = {
  readonly client: Client | null
  readonly gate: Gate
  readonly session: Session
  readonly purpose: Purpose
  readonly payload: Uint8Array
}

const receive = async (ports: HookPorts, publication: Publication): Promise<unknown> => {
  const { client, gate, session, purpose, payload } = publication
  if (!isStanding(ports, session)) throw new Error('the token has expired or its key was replaced')
  switch (purpose) {
    case 'packet':
      return submit(ports, gate, session, payload)
    case 'query':
      return ports.talk.query(session.id, { account: gate.account, reply: replyTo(client) })
    case 'confirm':
      return ports.talk.confirm(session.id, payload, gate)
  }
}

const submit = async (ports: HookPorts, gate: Gate, session: Session, raw: Uint8Array): Promise<unknown> => {
  const isOfDevice = isRegistered(ports, session, gate.hasSigned)
  const isNative = session.kind === 'native'
  const outcome = await ports.path.submit({
    source: isNative ? session.id : `imei:${session.id}`,
    isProven: isNative,
    isRegistered: isOfDevice,
    party: gate.party,
    framing: isNative ? 'native' : 'pebble',
    raw,
    receivedAt: ports.clock.now(),
  })
  if (outcome === 'ACCEPTED' && !isNative) ports.proofs.add(session.id, gate)
  return outcome
}

/** The sessions of Pebbles that have proved which device they are: of each IMEI the one that did so last. */
export type Proofs = { add(imei: string, gate: Gate): void }

export const openProofs = (): Proofs => {
  const proven = new Map<string, Gate>()
  return {
    add: (imei, gate) => {
      const before = proven.get(imei)
      if (before === gate || gate.destroyed) return
      // One device has one place among the registered, however many sessions it opens.
      if (before) before.hasSigned = false
      gate.hasSigned = true
      proven.set(imei, gate)
      gate.once('close', () => {
        if (proven.get(imei) === gate) proven.delete(imei)
      })
    },
  }
}

/**
 * What a PUBLISH of that session must wait for; undefined = nothing. As many as may be in flight are taken; while the path is full, one at a
 * time, so that it waits in the path's own queue, where parties are served by turns.
 */
export const roomOf = (
  { path, lanes }: Pick<HookPorts, 'path' | 'lanes'>,
  gate: Gate,
): Promise<unknown> | undefined => {
  const most = path.isFull({ isRegistered: gate.standing === 'registered' }) ? 1 : MAX_IN_FLIGHT
  if (lanes.inFlight(gate.account) + gate.handed < most) return undefined
  // With nothing under way, the broker asks within this turn about what it has.
  return lanes.inFlight(gate.account) > 0 ? lanes.next(gate.account) : new Promise((resume) => setImmediate(resume))
}

/** Sends to one session alone, if it has subscribed to that topic. To all of an IMEI, one query of a stranger would cost as many answers. */
const replyTo =
  (client: Client | null): Reply =>
  (topic, payload) =>
    new Promise((resolve) => {
      const { subscriptions = {} } = (client ?? {}) as { subscriptions?: Readonly<Record<string, unknown>> }
      if (!client || !subscriptions[topic]) return resolve()
      const message = {
        cmd: 'publish',
        topic,
        payload: Buffer.from(payload),
        qos: 1,
        retain: false,
        dup: false,
      } as const
      client.publish(message, () => resolve())
    })

/** aedes runs its own code inside the callback; what that throws must not become an unhandled rejection. */
const once = ({ log }: HookPorts, callback: (error?: Error | null) => void): ((error: Error | null) => void) => {
  let isAnswered = false
  return (error) => {
    if (isAnswered) return
    isAnswered = true
    try {
      callback(error)
    } catch (thrown) {
      log?.error({ err: thrown }, 'the broker failed after a packet was answered')
    }
  }
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)))
