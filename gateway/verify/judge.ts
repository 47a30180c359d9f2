import type { Envelope, Reading } from '../../devices/packet.ts'
import type { BasisPoints, Millis } from '../../devices/units.ts'
import type { Flag, Registration } from '../ports.ts'
import { boundedMap } from './bounded-map.ts'
import { flagsOf, follow, qualityOf, type Track } from './quality.ts'

export type Judge = (packet: {
  readonly registration: Registration
  readonly envelope: Envelope
  readonly readings: readonly Reading[]
  readonly receivedAt: Millis
}) => { readonly flags: readonly Flag[]; readonly quality: BasisPoints }

/**
 * Judges each packet by what it remembers of the same device. The memory is bounded and not kept over a restart: then a device's next
 * packet has none before it to be compared with, which lets one jump through unseen and counts no more than that.
 *
 * It remembers a packet before the store has it. A packet that the store then lacks comes again with the same sequence and moves nothing.
 */
export const openJudge = (devices = 100_000): Judge => {
  const tracks = boundedMap<string, Track>(devices)
  return ({ registration, envelope, readings, receivedAt }) => {
    const holder = `${registration.device}/${registration.term}`
    const evidence = { registration, format: envelope.format, readings, receivedAt, before: tracks.get(holder) }
    const flags = flagsOf(evidence)
    tracks.set(holder, follow(evidence, envelope.sequence))
    return { flags, quality: qualityOf(flags) }
  }
}
