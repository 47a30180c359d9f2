import type { Envelope, Reading, Result } from './packet.ts'
import { decodeSensor, messageFault } from './pebble/sensor.ts'
import { decodeSenml } from './senml.ts'
import { type Millis, seconds } from './units.ts'

/**
 * What an opened packet measured. Pebble's config and state packets are read as well, and measure nothing. Call it only after the signature holds: until then the
 * payload is anyone's.
 */
export const readingsOf = (envelope: Envelope, receivedAt: Millis): Result<readonly Reading[]> => {
  if (envelope.format !== 'pebble') return decodeSenml(envelope.payload, receivedAt)
  if (envelope.kind !== 'data') {
    const refusal = messageFault(envelope.kind, envelope.payload)
    return refusal ? { ok: false, refusal } : { ok: true, value: [] }
  }
  const decoded = decodeSensor(envelope.payload)
  if (!decoded.ok) return decoded
  // A Pebble's sequence is its clock.
  const at = seconds(Number(envelope.sequence))
  return { ok: true, value: [{ at, clock: 'device', measurements: decoded.value }] }
}
