import { MAX_PACKET_BYTES } from '../../devices/limits.ts'
import type { Facts } from '../../devices/packet.ts'
import { days, hours, type Millis, minutes, seconds } from '../../devices/units.ts'
import type { RefusalCode } from '../errors.ts'
import type { Refused } from '../ports.ts'
import { hexOf, storable } from './bytes.ts'
import {
  type Ask,
  allowedAt,
  allowedToOne,
  classOf,
  countBytes,
  type EvidenceClass,
  evidenceBytes,
  pieceOf,
} from './evidence-budget.ts'

/*
 * Which rows a refusal is kept in. Two tables, so that a flood cannot fill the disk and yet every packet is counted:
 *
 * `refusals`        evidence, one row per (source, code, slot): the first packet, its facts, how often it came.
 * `refusal_counts`  how many arrived in each span of time, by source and code; nothing is ever missing from it.
 *
 * A new row is paid from the hour's budget. Where that does not suffice, the refusal has no evidence and is counted in a row that a flood
 * cannot multiply: one an hour of a registered device and code, one an hour of all strangers and a code.
 */

/**
 * Refusals are counted in spans of the first length, which are folded to the next when they are old. A span counts wholly where it begins,
 * so adjoining ranges neither miss nor double one.
 */
export const SPANS = { fine: seconds(10), hour: hours(1), day: days(1) } as const

/** Rows of their own that one (source, code) may take in a minute; what comes beyond shares the minute's row. */
const OWN_ROWS_PER_SOURCE = 8
/** Of what one source may take: the rest is for its minutes' rows. */
const OWN_ROWS_PART = 3 / 4
/** A clock may jump back this far without a new hour. */
const LATE: Millis = minutes(10)
/** A class that was given less than it asked for asks again after this. */
const PATIENCE: Millis = seconds(10)
/** No row takes fewer bytes. */
const LEAST_ROW = 128
/** Rows that are remembered as paid. One that is forgotten is paid again. */
const REMEMBERED = 16_384

const EVIDENCE_BYTES = 8_192
/** Of what no registered device proved to be its own: such bytes prove nothing about anyone. */
const STRANGER_BYTES = 512
const FACTS_LENGTH = 1_024

/** Where the refusals of strangers are counted that no name is kept of. */
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
  readonly span: Millis
  readonly count: number
}

export type Rows = { readonly evidence: readonly Evidence[]; readonly counts: readonly Count[] }

/** The first facts that have room together. */
const storableFacts = (facts: Facts): Facts => {
  const kept: [string, Facts[string]][] = []
  let length = 0
  for (const [name, value] of Object.entries(facts)) {
    const fact: (typeof kept)[number] = [storable(name, 64), typeof value === 'string' ? storable(value) : value]
    length += JSON.stringify(fact).length
    if (length > FACTS_LENGTH) break
    kept.push(fact)
  }
  return Object.fromEntries(kept)
}

const bytesKept = ({ code, standing, raw }: Refused): Uint8Array => {
  // The packet itself is stored already.
  if (code === 'SEQUENCE_SEEN') return new Uint8Array()
  if (standing !== 'device') return raw.subarray(0, STRANGER_BYTES)
  // Whole, or it accuses nobody.
  return raw.subarray(0, code === 'SEQUENCE_CONFLICT' ? MAX_PACKET_BYTES : EVIDENCE_BYTES)
}

const rowOf = (refused: Refused, slot: string): Evidence => {
  const { code, digest, receivedAt } = refused
  const source = storable(refused.source)
  const facts = storableFacts(refused.facts)
  const raw = bytesKept(refused)
  return { source, code, slot, count: 1, firstAt: receivedAt, lastAt: receivedAt, facts, digest, raw }
}

/** What is told apart by digest: packets that were opened, and whose like are not many by nature. */
const isToldApart = ({ code, digest }: Refused): boolean =>
  digest !== undefined && code !== 'UNKNOWN_DEVICE' && code !== 'QUOTA_EXCEEDED' && code !== 'SEQUENCE_SEEN'

export const startOf = (at: Millis, span: Millis): Millis => Math.floor(at / span) * span

export const evidenceKey = ({ source, code, slot }: Pick<Evidence, 'source' | 'code' | 'slot'>): string =>
  `${source} ${code} ${slot}`
export const countKey = ({ source, code, from, span }: Count): string => `${source} ${code} ${from} ${span}`

/** Assigns rows to refusals and pays for them. One per gateway process; the hour's bytes are shared by all of them. */
export type Slots = {
  /** The rows of one append, each once, in one order for all gateways: then no two of them wait for each other in a circle. */
  rowsOf(refusals: readonly Refused[]): Rows
  /** What the last rows lacked: give it with `give`, and take the rows again. */
  asks(): readonly Ask[]
  give(ask: Ask, bytes: number): void
  /** Nothing of what was assigned is known to be stored. What was given and not used is lost. */
  forget(): void
}

type Purse = {
  bytes: number
  lacked: number
  /** Until then it is of no use to ask. */
  askAfter: Millis
}

export const openSlots = (perHour: number): Slots => {
  let hour = Number.NEGATIVE_INFINITY
  let now = hour
  let minute = hour
  const purses = new Map<EvidenceClass, Purse>()
  const paid = new Set<string>()
  const spent = new Map<string, number>()
  const ownRows = new Map<string, Set<string>>()

  const turnTo = (at: Millis): void => {
    if (at < now && at >= now - LATE) return
    now = at
    if (startOf(at, SPANS.hour) !== hour) {
      hour = startOf(at, SPANS.hour)
      for (const memory of [purses, paid, spent]) memory.clear()
    }
    if (startOf(at, minutes(1)) === minute) return
    minute = startOf(at, minutes(1))
    ownRows.clear()
  }

  const purseOf = (of: EvidenceClass): Purse => {
    const purse = purses.get(of) ?? { bytes: 0, lacked: 0, askAfter: Number.NEGATIVE_INFINITY }
    purses.set(of, purse)
    return purse
  }

  /** Nothing left and none to be had: then no row need be made to know that it cannot be paid. */
  const isSpent = (refused: Refused): boolean => {
    const { bytes, askAfter } = purseOf(classOf(refused))
    return bytes < LEAST_ROW && now < askAfter
  }

  /** Whether the row is paid, now or before. `part` of what its source may take is all it may use. */
  const pay = (refused: Refused, key: string, bytesOf: () => number, part = 1): boolean => {
    if (paid.has(key)) return true
    if (isSpent(refused)) return false
    const of = classOf(refused)
    const purse = purseOf(of)
    const bytes = bytesOf()
    // Of its class: who only names a device spends nothing of what the device may.
    const spender = `${of} ${refused.source}`
    const mine = (spent.get(spender) ?? 0) + bytes
    if (mine > part * allowedToOne(perHour, of, now)) return false
    if (purse.bytes < bytes) {
      purse.lacked += bytes
      return false
    }
    purse.bytes -= bytes
    spent.set(spender, mine)
    paid.add(key)
    if (paid.size > REMEMBERED) paid.delete(paid.values().next().value as string)
    return true
  }

  const countOf = (refused: Refused): Count => {
    const { code, receivedAt } = refused
    const source = storable(refused.source)
    const fine = { source, code, from: startOf(receivedAt, SPANS.fine), span: SPANS.fine, count: 1 }
    if (pay(refused, countKey(fine), () => countBytes(fine))) return fine
    const shared = refused.standing === 'stranger' ? STRANGERS_SOURCE : source
    return { source: shared, code, from: startOf(receivedAt, SPANS.hour), span: SPANS.hour, count: 1 }
  }

  const rowIn = (refused: Refused, slot: string, part = 1): Evidence | undefined => {
    const key = evidenceKey({ source: storable(refused.source), code: refused.code, slot })
    if (isSpent(refused) && !paid.has(key)) return undefined
    const row = rowOf(refused, slot)
    return pay(refused, key, () => evidenceBytes(row), part) ? row : undefined
  }

  const ownRow = (refused: Refused): Evidence | undefined => {
    if (!isToldApart(refused)) return undefined
    const slot = hexOf(refused.digest as Uint8Array)
    const kind = `${refused.source} ${refused.code}`
    const others = ownRows.get(kind) ?? new Set()
    if (others.size >= OWN_ROWS_PER_SOURCE && !others.has(slot)) return undefined
    const row = rowIn(refused, slot, OWN_ROWS_PART)
    if (row) ownRows.set(kind, others.add(slot))
    return row
  }

  const evidenceOf = (refused: Refused): Evidence | undefined =>
    ownRow(refused) ?? rowIn(refused, `at:${startOf(refused.receivedAt, minutes(1))}`)

  return {
    rowsOf: (refusals) => {
      for (const purse of purses.values()) purse.lacked = 0
      const evidence = new Map<string, Evidence>()
      const counts = new Map<string, Count>()
      for (const refused of refusals) {
        turnTo(refused.receivedAt)
        put(counts, countKey, addCounts, countOf(refused))
        put(evidence, evidenceKey, addEvidence, evidenceOf(refused))
      }
      return { evidence: inOrder(evidence), counts: inOrder(counts) }
    },

    asks: () =>
      [...purses]
        .filter(([, { lacked, askAfter }]) => lacked > 0 && now >= askAfter)
        .map(([of, { lacked }]) => {
          const bytes = Math.max(lacked, pieceOf(perHour, of))
          return { class: of, hour, bytes, most: allowedAt(perHour, of, now) }
        })
        .toSorted((a, b) => (a.class < b.class ? -1 : 1)),

    give: (ask, bytes) => {
      if (ask.hour !== hour) return
      const purse = purseOf(ask.class)
      purse.bytes += bytes
      if (bytes < ask.bytes) purse.askAfter = now + PATIENCE
    },

    forget: () => {
      paid.clear()
      for (const purse of purses.values()) purse.bytes = 0
    },
  }
}

const put = <T>(rows: Map<string, T>, keyOf: (row: T) => string, add: (a: T, b: T) => T, row: T | undefined): void => {
  if (!row) return
  const key = keyOf(row)
  const seen = rows.get(key)
  rows.set(key, seen ? add(seen, row) : row)
}

/** Both rows' refusals in one row: the first's facts and bytes. */
export const addEvidence = (first: Evidence, next: Evidence): Evidence => ({
  ...first,
  count: first.count + next.count,
  firstAt: Math.min(first.firstAt, next.firstAt),
  lastAt: Math.max(first.lastAt, next.lastAt),
})

export const addCounts = (first: Count, next: Count): Count => ({ ...first, count: first.count + next.count })

const inOrder = <T>(rows: ReadonlyMap<string, T>): readonly T[] =>
  [...rows.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
