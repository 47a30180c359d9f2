import { openNative } from '../../devices/cose.ts'
import { type Address, addressOf, type DeviceKey } from '../../devices/identity.ts'
import { MAX_PACKET_BYTES } from '../../devices/limits.ts'
import type { Envelope, Result } from '../../devices/packet.ts'
import { openPebble } from '../../devices/pebble/packet.ts'
import { readingsOf } from '../../devices/readings.ts'
import type { Incoming } from '../ports.ts'
import { type Candidate, type Check, type CheckPorts, imeiOf, opened, type Refusal } from './candidate.ts'
import { isSigned } from './is-signed.ts'
import { recoverNatively } from './signature.ts'

const isSmall = (_: CheckPorts, { incoming }: Candidate): Refusal | undefined =>
  incoming.raw.length > MAX_PACKET_BYTES
    ? { code: 'TOO_LARGE', facts: { bytes: incoming.raw.length, limit: MAX_PACKET_BYTES } }
    : undefined

const isOpen = (ports: CheckPorts, candidate: Candidate): Refusal | undefined => {
  const opened = tryReading(() => open(ports, candidate.incoming))
  if (!opened.ok) return opened.refusal
  candidate.envelope = opened.value
  const { framing, source } = candidate.incoming
  const named = framing === 'pebble' ? ports.known.byImei(imeiOf(source)) : []
  const signer = named.length > 1 ? signerOf(ports, opened.value, named) : undefined
  if (signer) Object.assign(candidate, { source: signer, envelope: { ...opened.value, device: signer } })
  if (framing === 'native' && source !== opened.value.device)
    return { code: 'MALFORMED', facts: { reason: 'kid is not the sender', kid: opened.value.device, sender: source } }
  return undefined
}

const isKnown = ({ known }: CheckPorts, candidate: Candidate): Refusal | undefined => {
  const { framing, source } = candidate.incoming
  const { device } = opened(candidate)
  if (device === NOBODY) return { code: 'UNKNOWN_DEVICE', facts: { imei: imeiOf(source) } }
  const registration = known.byAddress(device)
  if (!registration) {
    const isExpected = framing === 'pebble' || known.isProposed(device)
    return { code: isExpected ? 'NOT_PAIRED' : 'UNKNOWN_DEVICE', facts: { device } }
  }
  if (registration.revoked) return { code: 'KEY_REVOKED', facts: { device, block: String(registration.block) } }
  candidate.registration = registration
  return undefined
}

const isNew = ({ recent }: CheckPorts, candidate: Candidate): Refusal | undefined => {
  const envelope = opened(candidate)
  const { sequence } = envelope
  return recent.has(envelope) ? { code: 'SEQUENCE_SEEN', facts: { sequence: String(sequence) } } : undefined
}

const isProven = ({ isProven }: Incoming): boolean => isProven
const isUnproven = ({ isProven }: Incoming): boolean => !isProven

/** Unproven packets have a quota of their own, because a stranger may hand in old ones of the device's that it truly signed. */
const isWithinQuota = ({ quota }: CheckPorts, candidate: Candidate): Refusal | undefined => {
  const { device, sequence } = opened(candidate)
  const { isProven, receivedAt } = candidate.incoming
  const isWithin = quota.take(isProven ? device : `unproven ${device}`, receivedAt)
  return isWithin ? undefined : { code: 'QUOTA_EXCEEDED', facts: { sequence: String(sequence) } }
}

const isReadable = (_: CheckPorts, candidate: Candidate): Refusal | undefined => {
  const readings = tryReading(() => readingsOf(opened(candidate), candidate.incoming.receivedAt))
  if (!readings.ok) return readings.refusal
  candidate.readings = readings.value
  return undefined
}

/** Cheapest first, so that a flood of rubbish never reaches the elliptic curve; readings are opened only once it is known whose they are. */
export const checks: readonly Check[] = [
  { one: isSmall },
  { one: isOpen },
  { one: isKnown },
  { one: isNew },
  { of: isProven, one: isWithinQuota },
  { all: isSigned },
  // Only now, since anyone can name a device: what a stranger has us verify is bounded where it comes in.
  { of: isUnproven, one: isWithinQuota },
  { one: isReadable },
]

/** Stands in for the device of an IMEI that nobody knows, so that rubbish is named MALFORMED whoever sends it. No key has this address. */
const NOBODY: Address = `0x${'0'.repeat(40)}`

const open = ({ known, network }: CheckPorts, { framing, source, raw }: Incoming): Result<Envelope> =>
  framing === 'native' ? openNative(raw, network) : openPebble(raw, known.byImei(imeiOf(source))[0] ?? NOBODY)

/**
 * No Pebble signs its IMEI, so devices of others may go by it; which one sent the packet is for its signature to say. It may be a registered
 * device that is not among those named, since only so many are remembered. Two recoveries, however many are named.
 */
const signerOf = ({ known }: CheckPorts, { digest, signature }: Envelope, named: readonly Address[]) => {
  const keys = recoverNatively(digest, signature)
  const isItsKey = (device: Address) => {
    const own = known.byAddress(device)?.key
    return own !== undefined && keys.some((key) => isSameKey(key, own))
  }
  return [...named, ...keys.map(({ publicKey }) => addressOf(publicKey))].find(isItsKey)
}

const isSameKey = (one: DeviceKey, other: DeviceKey): boolean =>
  one.curve === other.curve && Buffer.compare(one.publicKey, other.publicKey) === 0

/**
 * A reader that throws has met bytes that nobody foresaw. Unacknowledged, they would come back for ever, and take the batch they are in
 * down with them each time.
 */
const tryReading = <T>(read: () => Result<T>): Result<T> => {
  try {
    return read()
  } catch {
    return { ok: false, refusal: { code: 'MALFORMED', facts: { reason: 'the reader failed' } } }
  }
}
