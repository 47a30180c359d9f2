import type { Envelope } from '../../devices/packet.ts'
import { boundedMap } from './bounded-map.ts'

/** What tells a signed packet: its device, its digest, and the signature with the smaller s. */
type Signed = Pick<Envelope, 'device' | 'digest' | 'signature'>

/**
 * Packets that were lately stored after their signature held. Only such a packet may be answered without verifying it again: the same digest
 * under the same signature, whichever s it came with and however it was framed. A digest alone would not do: a forged signature under a
 * known digest would be answered here and refused after a restart. Forgetting costs one verification, nothing else.
 */
export type Recent = {
  has(packet: Signed): boolean
  /** Only once the store has the packet: earlier, a resend after a failed commit would be acknowledged and lost. */
  add(packet: Signed): void
}

/** 65,536 names of 138 characters are some 11 MB. */
export const openRecent = (limit = 65_536): Recent => {
  const names = boundedMap<string, true>(limit)
  return {
    has: (packet) => names.get(nameOf(packet)) !== undefined,
    add: (packet) => names.set(nameOf(packet), true),
  }
}

const nameOf = ({ device, digest, signature }: Signed): string =>
  device + Buffer.concat([digest, signature]).toString('latin1')
