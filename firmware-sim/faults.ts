import { type Millis, minutes, seconds } from '../devices/units.ts'
import type { Random } from './random.ts'

/*
 * What goes wrong in the field, by name, each with what a right gateway makes of it. Fault or none is drawn per packet, from the seed.
 */

type Entry = { readonly rate: number; readonly does: string; readonly outcome: string }

export const faults = {
  replay: {
    rate: 0.1,
    does: 'an older packet is sent once more, byte for byte',
    outcome: 'SEQUENCE_SEEN: acknowledged, counted once',
  },
  duplicate: {
    rate: 0.1,
    does: 'the packet is sent twice in a row',
    outcome: 'one ACCEPTED, one SEQUENCE_SEEN',
  },
  reorder: {
    rate: 0.1,
    does: 'the packet is sent after the next one',
    outcome: 'both ACCEPTED: sequences may arrive in any order',
  },
  loss: {
    rate: 0.1,
    does: 'the packet is lost on the air',
    outcome: 'tracker: sent again, ACCEPTED; Pebble (QoS 0): gone, nothing arrives',
  },
  'clock-drift': {
    rate: 0.25,
    does: 'the device’s clock is wrong by 10 minutes to 3 hours, for good (the rate is the share of devices)',
    outcome: 'ACCEPTED with the flag CLOCK_SKEWED',
  },
  'bad-signature': {
    rate: 0.05,
    does: 'a copy with one flipped bit in its signature is sent first',
    outcome: 'the copy BAD_SIGNATURE (acknowledged), the packet ACCEPTED',
  },
  offline: {
    rate: 0.02,
    does: 'the device has no network for 5 to 30 seconds',
    outcome:
      'tracker: stored, forwarded later, ACCEPTED (SEQUENCE_SEEN where only the PUBACK was lost); Pebble: misses its wakes',
  },
} as const satisfies Record<string, Entry>

export type FaultName = keyof typeof faults

export const isFaultName = (name: string): name is FaultName => Object.hasOwn(faults, name)

/** Share of packets, 0 to 1, by fault; what is absent never happens. */
export type FaultRates = Readonly<Partial<Record<FaultName, number>>>

export type Packet = {
  readonly sequence: bigint
  readonly digest: Uint8Array
  readonly raw: Uint8Array
}

/** One publish. `packet` is set on the one that counts, whose acknowledgement the device waits for; copies are sent and forgotten. */
export type Shot = {
  readonly raw: Uint8Array
  readonly packet?: Packet
  readonly fault?: FaultName
}

/** How many older packets a replay may choose from. */
const REMEMBERED = 32

/** Turns packets into publishes, wrong ones among them. Each packet leaves exactly once as the one that counts. */
export class Disturber {
  readonly #random: Random
  readonly #rates: FaultRates
  readonly #sent: Packet[] = []
  #held: Packet | undefined

  constructor(random: Random, rates: FaultRates) {
    this.#random = random
    this.#rates = rates
  }

  /** What leaves now because of this packet, in order. */
  disturb(packet: Packet): readonly Shot[] {
    // Every fault is drawn every time, so that switching one on does not move the others.
    const drawn = {
      replay: this.#draw('replay'),
      duplicate: this.#draw('duplicate'),
      reorder: this.#draw('reorder'),
      loss: this.#draw('loss'),
      badSignature: this.#draw('bad-signature'),
    }
    const older = this.#sent[this.#random.below(REMEMBERED) % Math.max(1, this.#sent.length)]
    const bit = this.#random.below(512)
    const held = this.#held
    if (drawn.reorder && !held) {
      this.#held = packet
      return []
    }
    this.#held = undefined
    this.#remember(packet)
    return [
      ...(drawn.badSignature ? [{ raw: flipSignatureBit(packet.raw, bit), fault: 'bad-signature' } as const] : []),
      { raw: packet.raw, packet, ...(drawn.loss ? { fault: 'loss' as const } : {}) },
      ...(drawn.duplicate ? [{ raw: packet.raw, fault: 'duplicate' } as const] : []),
      ...(held ? [this.#release(held)] : []),
      ...(drawn.replay && older ? [{ raw: older.raw, fault: 'replay' } as const] : []),
    ]
  }

  /** What was held back for the next packet, when there is no next one. */
  flush(): readonly Shot[] {
    const held = this.#held
    this.#held = undefined
    return held ? [this.#release(held)] : []
  }

  /** How long the network is away from now, mostly 0. Drawn once per packet. */
  outage(): Millis {
    const isOut = this.#draw('offline')
    const length = seconds(5 + this.#random.below(26))
    return isOut ? length : 0
  }

  #release(packet: Packet): Shot {
    this.#remember(packet)
    return { raw: packet.raw, packet, fault: 'reorder' }
  }

  #draw(name: FaultName): boolean {
    return this.#random.next() < (this.#rates[name] ?? 0)
  }

  #remember(packet: Packet): void {
    this.#sent.push(packet)
    if (this.#sent.length > REMEMBERED) this.#sent.shift()
  }
}

/** The signature is the last 64 bytes of a native packet, and of a Pebble's: field 4 is written last. */
const flipSignatureBit = (raw: Uint8Array, bit: number): Uint8Array => {
  const copy = raw.slice()
  const at = copy.length - 64 + (bit >> 3)
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit & 7))
  return copy
}

/** How far this device's clock is off, the same after every restart; 0 for most. */
export const clockDrift = (random: Random, rates: FaultRates): Millis => {
  const drifts = random.next() < (rates['clock-drift'] ?? 0)
  const size = minutes(10 + random.below(170))
  const sign = random.next() < 0.5 ? -1 : 1
  return drifts ? sign * size : 0
}
