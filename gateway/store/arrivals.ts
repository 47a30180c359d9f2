import type { Millis } from '../../devices/units.ts'
import type { Accepted, Outcome, Refused, Verdict } from '../ports.ts'
import { hexOf } from './bytes.ts'

/*
 * What an append does with its verdicts, whatever they are stored in.
 *
 * A retry after a commit whose answer was lost finds its own rows, by the same digest, and gets SEQUENCE_SEEN: that is acknowledged like
 * ACCEPTED, so the packet counts once either way.
 */

/** The lane of every device, until lanes split (design.md §6). */
export const LANE = 0

export type Arrival = { readonly index: number; readonly verdict: Accepted }

export const keyOf = ({ envelope }: Accepted): string => `${envelope.device}/${envelope.sequence}`

const isAccepted = (verdict: Verdict): verdict is Accepted => verdict.status === 'accepted'

/**
 * The first of each (device, sequence) among the accepted ones, sorted: where two gateways store the same packets, both take the keys in
 * this order, and neither ever waits for the other in a circle.
 */
export const firsts = (verdicts: readonly Verdict[]): readonly Arrival[] => {
  const seen = new Map<string, Arrival>()
  verdicts.forEach((verdict, index) => {
    if (isAccepted(verdict) && !seen.has(keyOf(verdict))) seen.set(keyOf(verdict), { index, verdict })
  })
  return [...seen.values()].toSorted(({ verdict: a }, { verdict: b }) => {
    if (a.envelope.device !== b.envelope.device) return a.envelope.device < b.envelope.device ? -1 : 1
    return a.envelope.sequence < b.envelope.sequence ? -1 : 1
  })
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

/** An accepted packet that came too late: the same one again, or another with its sequence, which is evidence against whoever has the key. */
export const lateness = ({ envelope, receivedAt }: Accepted, stored: Uint8Array): Refused => {
  const { device: source, sequence, digest, raw } = envelope
  const isRepeat = isSame(stored, digest)
  return {
    status: 'refused',
    code: isRepeat ? 'SEQUENCE_SEEN' : 'SEQUENCE_CONFLICT',
    facts: { sequence: String(sequence), ...(isRepeat ? {} : { storedDigest: hexOf(stored) }) },
    source,
    // It was accepted by its signature.
    standing: 'device',
    digest,
    raw,
    receivedAt,
  }
}

export type Settled = { readonly outcomes: readonly Outcome[]; readonly refusals: readonly Refused[] }

/** What became of each verdict, from which ones won their key, and the digest that is stored under each key. */
export const settle = (
  verdicts: readonly Verdict[],
  winners: ReadonlySet<number>,
  storedDigest: (key: string) => Uint8Array,
): Settled => {
  const refusals: Refused[] = []
  const outcomes = verdicts.map((verdict, index): Outcome => {
    if (winners.has(index)) return 'ACCEPTED'
    const refused = isAccepted(verdict) ? lateness(verdict, storedDigest(keyOf(verdict))) : verdict
    refusals.push(refused)
    return refused.code
  })
  return { outcomes, refusals }
}

/** 9999-12-31: what PostgreSQL's bigint and a month's name both hold, and JavaScript counts exactly. */
const LATEST: Millis = 253_402_300_799_999

/** A device may claim any time at all; what is no time is taken for the other. */
export const wholeMillis = (at: Millis, otherwise: Millis): Millis =>
  Number.isFinite(at) ? Math.min(Math.max(Math.trunc(at), -LATEST), LATEST) : otherwise
