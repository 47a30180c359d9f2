import { isAddress } from '../../devices/identity.ts'
import type { Facts } from '../../devices/packet.ts'
import { type Millis, minutes, seconds } from '../../devices/units.ts'
import type { RefusalCode } from '../errors.ts'
import type { Refused } from '../ports.ts'
import { hexOf, storable } from './bytes.ts'

/*
 * Which rows a refusal is kept in. Two tables, so that a flood cannot fill the disk and yet every packet is counted:
 *
 * `refusals`        evidence, one row per (source, code, slot): the first packet, its facts, how often it came.
 * `refusal_counts`  how many arrived in each ten seconds, by source and code; nothing is ever missing from it.
 */

/** Refusals are counted in spans of this length; a span counts wholly where it begins, so adjoining ranges neither miss nor double one. */
export const COUNT_SPAN: Millis = seconds(10)

/** Rows of their own that one (source, code), and all together, may take in a minute; what comes beyond shares the minute's row. */
const OWN_ROWS_PER_SOURCE = 8
const OWN_ROWS = 32
/** Sources that nobody vouches for and that get their own name in a minute; beyond, all are filed as one. */
const STRANGERS = 32
/** A clock may jump back this far without a new minute's allowance. */
const LATE: Millis = minutes(10)

const EVIDENCE_BYTES = 8_192
/** Of a stranger, whose bytes prove nothing about anyone. */
const STRANGER_BYTES = 512

/** Where the refusals of too many unknown sources are filed. */
export const STRANGERS_SOURCE = 'strangers'

export type Evidence = {
  readonly source: string
  readonly code: RefusalCode
  readonly slot: string
  readonly count: number
  readonly firstAt: Millis
  readonly lastAt: Millis
  readonly facts: Facts
  readonly digest: Uint8Array | undefined
  readonly raw: Uint8Array
}

export type Count = {
  readonly source: string
  readonly code: RefusalCode
  readonly from: Millis
  readonly count: number
}

/** A source is vouched for when it is a device that is known; a Pebble's IMEI is what anyone may claim. */
const isStranger = ({ code, source }: Refused): boolean => code === 'UNKNOWN_DEVICE' || !isAddress(source)

const storableFacts = (facts: Facts): Facts =>
  Object.fromEntries(
    Object.entries(facts)
      .slice(0, 32)
      .map(([name, value]) => [storable(name, 64), typeof value === 'string' ? storable(value) : value]),
  )

const evidenceOf = (refused: Refused): Uint8Array => {
  // The packet itself is stored already.
  if (refused.code === 'SEQUENCE_SEEN') return new Uint8Array()
  return refused.raw.subarray(0, isStranger(refused) ? STRANGER_BYTES : EVIDENCE_BYTES)
}

export const startOf = (at: Millis, span: Millis): Millis => Math.floor(at / span) * span

/** Assigns rows; remembers what it gave away in the current minute. One per gateway process, so several gateways allow as many times more. */
export const openSlots = (): ((refused: Refused) => { source: string; slot: string }) => {
  let minute = 0
  const taken = new Set<string>()
  const perSource = new Map<string, number>()
  const strangers = new Set<string>()

  const turnTo = (now: Millis): void => {
    if (now <= minute && now >= minute - LATE) return
    minute = now
    taken.clear()
    perSource.clear()
    strangers.clear()
  }

  const nameOf = (refused: Refused): string => {
    const source = storable(refused.source)
    if (!isStranger(refused) || strangers.has(source)) return source
    if (strangers.size >= STRANGERS) return STRANGERS_SOURCE
    strangers.add(source)
    return source
  }

  const hasOwnRow = (source: string, code: RefusalCode, digest: string): boolean => {
    const key = `${source} ${code}`
    if (taken.has(`${key} ${digest}`)) return true
    const count = perSource.get(key) ?? 0
    if (count >= OWN_ROWS_PER_SOURCE || taken.size >= OWN_ROWS) return false
    perSource.set(key, count + 1)
    taken.add(`${key} ${digest}`)
    return true
  }

  return (refused) => {
    const now = startOf(refused.receivedAt, minutes(1))
    turnTo(now)
    const source = nameOf(refused)
    const { code, digest } = refused
    const isOpened = digest !== undefined && code !== 'UNKNOWN_DEVICE' && code !== 'QUOTA_EXCEEDED'
    const hex = isOpened ? hexOf(digest) : ''
    return { source, slot: isOpened && hasOwnRow(source, code, hex) ? hex : `at:${now}` }
  }
}

const inOrder = <T>(rows: ReadonlyMap<string, T>): readonly T[] =>
  [...rows.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)

/** The rows of one append, each once, in one order for all gateways: then no two of them wait for each other. */
export const rowsOf = (
  refusals: readonly Refused[],
  slotOf: ReturnType<typeof openSlots>,
): { readonly evidence: readonly Evidence[]; readonly counts: readonly Count[] } => {
  const evidence = new Map<string, Evidence>()
  const counts = new Map<string, Count>()
  for (const refused of refusals) {
    const { source, slot } = slotOf(refused)
    const { code, digest, receivedAt: at } = refused
    const seen = evidence.get(`${source} ${code} ${slot}`)
    evidence.set(`${source} ${code} ${slot}`, {
      ...(seen ?? { source, code, slot, facts: storableFacts(refused.facts), digest, raw: evidenceOf(refused) }),
      count: (seen?.count ?? 0) + 1,
      firstAt: Math.min(seen?.firstAt ?? at, at),
      lastAt: Math.max(seen?.lastAt ?? at, at),
    })
    const from = startOf(at, COUNT_SPAN)
    const key = `${source} ${code} ${from}`
    counts.set(key, { source, code, from, count: (counts.get(key)?.count ?? 0) + 1 })
  }
  return { evidence: inOrder(evidence), counts: inOrder(counts) }
}
