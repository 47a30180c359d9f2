import type { Address, DeviceKey } from '../../devices/identity.ts'
import { addressOf, isAddress } from '../../devices/identity.ts'
import { isImei } from '../../devices/pebble/topics.ts'
import { openToken } from '../../devices/token.ts'
import type { Millis } from '../../devices/units.ts'
import type { Clock, Daily, Known } from '../ports.ts'
import type { Connect } from './control-packets.ts'

/** Who is at the other end of a socket. */
export type Session =
  | { readonly kind: 'native'; readonly id: Address; readonly key: DeviceKey; readonly expiresAt: Millis }
  | { readonly kind: 'pebble'; readonly id: string }

/** CONNACK return codes (MQTT 3.1.1 §3.2.2.3): 2 identifier rejected, 3 unavailable, 4 bad user name or password, 5 not authorized. */
export type NoSession = { readonly returnCode: 2 | 3 | 4 | 5; readonly why: string }

/** As `holds` of verify/signature.ts: native, never throws. */
export type HoldsSignature = (job: {
  readonly key: DeviceKey
  readonly digest: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
}) => boolean

export type DoorPorts = {
  readonly known: Known
  readonly network: Uint8Array
  readonly clock: Clock
  readonly holds: HoldsSignature
  /** Whether a Pebble may come without a certificate. Its packets' signatures are the proof then; its session proves nothing. */
  readonly letsPebblesIn: boolean
}

/**
 * Decides from memory who a CONNECT is, so that CONNACK never waits. A device need not be registered to connect: it must be able to
 * hear why its packets are refused.
 */
export const authenticate = (ports: DoorPorts, connect: Connect): Session | NoSession => {
  // A will would be a message that nobody signed.
  if (connect.hasWill) return { returnCode: 5, why: 'a will' }
  if (isAddress(connect.clientId)) return authenticateNative(ports, connect.clientId, connect)
  if (isImei(connect.clientId)) return authenticatePebble(ports, connect)
  return { returnCode: 2, why: 'the client id is neither a device address nor an IMEI' }
}

const authenticateNative = (ports: DoorPorts, device: Address, connect: Connect): Session | NoSession => {
  if (connect.username !== 'device' || !connect.password) return { returnCode: 4, why: 'user name is not "device"' }
  const token = connect.password.toString('latin1')
  const opened = readToken(ports, token)
  if (!opened.ok) return { returnCode: 4, why: String(opened.refusal.facts.reason) }
  const { key, digest, signature, expiresAt } = opened.value
  if (opened.value.device !== device) return { returnCode: 4, why: 'the token is another device’s' }
  const whyOther = whyNotKeyOf(ports, device, key)
  if (whyOther) return whyOther
  const message = Buffer.from(token.slice(0, token.lastIndexOf('.')), 'latin1')
  if (!ports.holds({ key, digest, message, signature }))
    return { returnCode: 4, why: 'the token’s signature does not hold' }
  return { kind: 'native', id: device, key, expiresAt }
}

/** A token whose reader throws is the client's fault (4), never ours (3): "come again later" would have it come for ever. */
const readToken = ({ network, clock }: DoorPorts, token: string): ReturnType<typeof openToken> => {
  try {
    return openToken(token, { network, now: clock.now() })
  } catch {
    return { ok: false, refusal: { code: 'UNAUTHORIZED', facts: { reason: 'the token’s reader failed' } } }
  }
}

/**
 * A device keeps its address when its owner rotates its key: the registry says which key it has. One that no registry knows is named after
 * its key, so that nobody squats on the address of a device to come.
 */
const whyNotKeyOf = ({ known }: DoorPorts, device: Address, key: DeviceKey): NoSession | undefined => {
  const current = known.byAddress(device)?.key
  if (!current)
    return addressOf(key.publicKey) === device ? undefined : { returnCode: 4, why: 'the key is not the device’s own' }
  return isSameKey(current, key) ? undefined : { returnCode: 5, why: 'the key is not the device’s current one' }
}

/**
 * Whether what the CONNECT proved is still so: the token has not expired and the device's key was not rotated since. A packet that comes
 * after that is not acknowledged, so its device still has it when it connects anew and learns which key it has.
 */
export const isStanding = ({ known, clock }: Pick<DoorPorts, 'known' | 'clock'>, session: Session): boolean => {
  if (session.kind === 'pebble') return true
  const current = known.byAddress(session.id)?.key ?? session.key
  return session.expiresAt > clock.now() && isSameKey(current, session.key)
}

/**
 * Whether the session is proven to be a device that the registry knows. A token alone proves a key, and anyone makes keys. An IMEI alone proves
 * nothing: a Pebble's session is proven by its first packet that is accepted, since nobody else can sign a new one. What was sent before,
 * handed in again, is SEQUENCE_SEEN and proves nothing.
 */
export const isRegistered = ({ known }: Pick<DoorPorts, 'known'>, session: Session, hasSigned: boolean): boolean => {
  const isPaired = (device: Address) => known.byAddress(device)?.revoked === false
  return session.kind === 'native' ? isPaired(session.id) : hasSigned && known.byImei(session.id).some(isPaired)
}

/** Whether the owner of the session's device has had as many bytes stored today as it may; of several that go by an IMEI, each one's. */
export const isSpent = (
  { known, daily }: { readonly known: Known; readonly daily?: Daily },
  session: Session,
): boolean => {
  const devices = session.kind === 'native' ? [session.id] : known.byImei(session.id)
  return devices.length > 0 && devices.every((device) => daily?.waitOf(device) !== undefined)
}

const authenticatePebble = (ports: DoorPorts, connect: Connect): Session | NoSession => {
  if (!ports.letsPebblesIn) return { returnCode: 5, why: 'Pebbles without a certificate are not let in' }
  if (connect.username !== undefined) return { returnCode: 4, why: 'a Pebble has no user name' }
  return { kind: 'pebble', id: connect.clientId }
}

const isSameKey = (one: DeviceKey, other: DeviceKey): boolean =>
  one.curve === other.curve && Buffer.compare(one.publicKey, other.publicKey) === 0
