import type { Envelope, Reading } from '../../devices/packet.ts'
import type { BasisPoints, Millis } from '../../devices/units.ts'
import type { Flag, Registration } from '../ports.ts'
import { boundedMap } from './bounded-map.ts'
import { flagsOf, follow, qualityOf, type Shown, shownBy, type Track } from './quality.ts'

/**
 * Judges each packet by the one of the same device that was accepted before it. The memory is bounded and not kept over a restart: then a
 * device's next packet has none before it to be compared with, which lets one jump through unseen and starts one run of readings anew.
 */
export type Judge = {
  judge(packet: {
    readonly registration: Registration
    readonly envelope: Envelope
    readonly readings: readonly Reading[]
    readonly receivedAt: Millis
  }): { readonly flags: readonly Flag[]; readonly quality: BasisPoints }
  /**
   * The packet was accepted: the next one is compared with it. Only then, because anyone may hand in again what a device once signed, and
   * what the store has already must change nothing.
   */
  accepted(envelope: Envelope): void
}

export const openJudge = (devices = 100_000): Judge => {
  const tracks = boundedMap<string, Track>(devices)
  /** What judged packets showed, until their commit. Forgotten with them. */
  const underWay = new WeakMap<Envelope, Shown>()
  return {
    judge: ({ registration, envelope, readings, receivedAt }) => {
      const { format, sequence } = envelope
      const evidence = { registration, format, sequence, readings, receivedAt, before: tracks.get(registration.device) }
      underWay.set(envelope, shownBy(evidence))
      const flags = flagsOf(evidence)
      return { flags, quality: qualityOf(flags) }
    },
    accepted: (envelope) => {
      const shown = underWay.get(envelope)
      if (shown) tracks.set(envelope.device, follow(tracks.get(envelope.device), shown))
    },
  }
}
