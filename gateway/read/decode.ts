import { openNative } from '../../devices/cose.ts'
import type { Envelope, Reading, Result } from '../../devices/packet.ts'
import { openPebble } from '../../devices/pebble/packet.ts'
import { readingsOf } from '../../devices/readings.ts'
import { Failure } from '../errors.ts'
import type { StoredPacket } from '../ports.ts'

const opened = <T>(packet: StoredPacket, result: Result<T>): T => {
  if (result.ok) return result.value
  const which = `${packet.device} ${packet.sequence}`
  throw new Failure('INTERNAL', `stored packet ${which} does not open: ${result.refusal.code}`)
}

const envelopeOf = (packet: StoredPacket, network: Uint8Array): Envelope =>
  opened(packet, packet.format === 'pebble' ? openPebble(packet.raw, packet.device) : openNative(packet.raw, network))

/** What the signed bytes say, read again: values are stored nowhere else. Throws where verify would not have accepted them. */
export const decodeStored = (packet: StoredPacket, network: Uint8Array): readonly Reading[] =>
  opened(packet, readingsOf(envelopeOf(packet, network), packet.acceptedAt))
