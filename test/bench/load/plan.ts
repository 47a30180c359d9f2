/*
 * What a load is asked to do and what it answers; spoken in JSON between two processes.
 */

export type Load = {
  readonly mqttUrl: string
  /** `0x` and 64 hex digits. */
  readonly networkId: string
  readonly seed: string
  readonly devices: number
  /** Decimal. Nothing from it on was ever used by these devices. */
  readonly firstSequence: string
  readonly pace: Pace
  /** Seconds of the same load before anything is measured: JIT, pools and buckets are warm then. */
  readonly warmUp: number
  readonly seconds: number
}

/**
 * `open`: packets leave when the schedule says, whether or not earlier ones were answered, so that a stall is felt by all who come in it.
 * `closed`: each device sends its next as soon as fewer than `window` wait for their answer, but never faster than `perDevice` a second.
 */
export type Pace =
  | { readonly kind: 'open'; readonly perSecond: number }
  | { readonly kind: 'closed'; readonly window: number; readonly perDevice: number }

export type Said =
  | { readonly at: 'ready'; readonly packets: number }
  /** The measured span begins. */
  | { readonly at: 'begin' }
  | { readonly at: 'end' }
  | ({ readonly at: 'done' } & Result)

export type Result = {
  /** Of the whole run, warm-up and drain included. */
  readonly sent: number
  readonly acknowledged: number
  /** PUBACKs that came within the measured span. */
  readonly acknowledgedInSpan: number
  readonly spanSeconds: number
  /** ms from the moment a packet was due to its PUBACK, of packets due in the measured span. */
  readonly latency: { readonly count: number; readonly p50: number; readonly p99: number; readonly most: number }
  /** Unix ms at which packet 0 of an open load was due. */
  readonly startedAt: number
  /** Packets that were due in the measured span and left more than 5 ms late: the generator itself was slow. They count all the same. */
  readonly late: number
}

/** Packet n of an open load: whose it is, with which sequence, and how many ms after the start it is due. */
export const dueOf = ({ devices, firstSequence }: Load, perSecond: number, n: number) => ({
  device: n % devices,
  sequence: BigInt(firstSequence) + BigInt(Math.floor(n / devices)),
  due: (n * 1_000) / perSecond,
})
