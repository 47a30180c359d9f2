import type { AedesOptions, Client, PublishPacket } from 'aedes'
import { MAX_FILTERS } from '../../devices/limits.ts'
import type { Allowances, NetworkAllowances } from '../limits/allowances.ts'
import type { Clock, Incoming, Known, Log, Path } from '../ports.ts'
import { mayReceive, type Purpose, purposeOf } from './acl.ts'
import { Gate } from './gate.ts'
import { type Lanes, TooMany } from './lanes.ts'
import type { PebbleTalk } from './pebble.ts'
import { isRegistered, isStanding, type Session } from './session.ts'

export type HookPorts = {
  readonly path: Path
  readonly known: Known
  readonly clock: Clock
  readonly lanes: Lanes
  readonly talk: PebbleTalk
  /** Publications that nobody proved to be a device's, of one session and of one address. */
  readonly unproven: { readonly ofSession: Allowances; readonly ofAddress: NetworkAllowances }
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
    gate?.filters.add(subscription.topic)
    if (!gate?.session || gate.filters.size > MAX_FILTERS) return callback(new Error('too many filters'))
    // Null becomes return code 0x80 in SUBACK (MQTT 3.1.1 §3.9.3).
    callback(null, mayReceive(gate.session, subscription.topic) ? subscription : null)
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
  // Overriding this hook removes aedes' own block of $SYS; a will replayed after its client is gone has no client.
  const purpose = gate?.session && !packet.topic.startsWith('$') && purposeOf(gate.session, packet.topic)
  if (!gate?.session || !purpose) throw new Error('not yours to publish to')
  const { session } = gate
  if (!ports.lanes.hasRoom(gate.account)) gate.stopReading()
  // A copy: the parser's view keeps the whole chunk alive that it was read in.
  const payload = new Uint8Array(Buffer.from(packet.payload))
  ports.lanes
    .run(gate.account, () => receive(ports, { gate, session, purpose, payload }))
    .then(
      () => answer(null),
      (reason) => {
        // Said once a session: what is under way behind this packet fails with it.
        if (gate.stopReading() && !(reason instanceof TooMany))
          ports.log?.warn({ err: reason, device: session.id }, 'packet not acknowledged')
        // One turn later, since the answers before this one are still corked and closing would drop them.
        setImmediate(answer, asError(reason))
      },
    )
}

export const gateOf = (client: Client | null): Gate | undefined =>
  client?.conn instanceof Gate ? client.conn : undefined

const sessionOf = (client: Client | null): Session | undefined => gateOf(client)?.session

type Publication = {
  readonly gate: Gate
  readonly session: Session
  readonly purpose: Purpose
  readonly payload: Uint8Array
}

const receive = async (ports: HookPorts, { gate, session, purpose, payload }: Publication): Promise<unknown> => {
  if (!isStanding(ports, session)) throw new Error('the token has expired or its key was replaced')
  if (!isWithin(ports, gate, session)) throw new TooMany('unproven publications')
  const { path, clock, talk } = ports
  switch (purpose) {
    case 'packet':
      return path.submit({ ...sourceOf(ports, gate, session), raw: payload, receivedAt: clock.now() })
    case 'query':
      return talk.query(session.id)
    case 'confirm':
      return talk.confirm(session.id, payload, gate)
  }
}

/** What a proven source may send is for verify to say; what a stranger has us look at is bounded here, by what is the stranger's own. */
const isWithin = ({ unproven, clock }: HookPorts, gate: Gate, session: Session): boolean =>
  session.kind === 'native' ||
  (unproven.ofSession.take(gate.account, clock.now()) && unproven.ofAddress.take(gate.networks, clock.now()))

const sourceOf = (ports: HookPorts, gate: Gate, session: Session): Omit<Incoming, 'raw' | 'receivedAt'> => {
  const isOfDevice = isRegistered(ports, session)
  const party = isOfDevice ? session.id : (gate.networks[0] ?? '')
  return session.kind === 'native'
    ? { source: session.id, isProven: true, isRegistered: isOfDevice, party, framing: 'native' }
    : { source: `imei:${session.id}`, isProven: false, isRegistered: isOfDevice, party, framing: 'pebble' }
}

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
