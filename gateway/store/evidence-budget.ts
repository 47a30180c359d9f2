import { hours, type Millis } from '../../devices/units.ts'
import type { Refused } from '../ports.ts'
import type { Count, Evidence } from './refusal-slots.ts'

/*
 * How many bytes the refusals of an hour may take on disk, and how many a row takes. Pure.
 *
 * Four classes have a part each, so that none of them crowds out another: what accuses a device's key, what a registered device's owner
 * needs, what somebody causes who only named a registered device, and what strangers cause.
 */

/** Bytes of rows in an hour, all classes and all gateways together. */
export const EVIDENCE_PER_HOUR = 16 * 1_024 * 1_024

export type EvidenceClass = 'conflicts' | 'devices' | 'named' | 'strangers'

/** Sixteenths of the budget. A class that leaves its part unused leaves it to no other. */
const PARTS: Readonly<Record<EvidenceClass, number>> = { conflicts: 2, devices: 7, named: 4, strangers: 3 }

export const classOf = ({ code, standing }: Pick<Refused, 'code' | 'standing'>): EvidenceClass => {
  if (standing === 'stranger') return 'strangers'
  if (standing === 'named') return 'named'
  return code === 'SEQUENCE_CONFLICT' ? 'conflicts' : 'devices'
}

const HOUR = hours(1)
/** What an hour starts with; the rest comes evenly, so that no flood in an hour's first minute hides what comes in its last. */
const AT_ONCE = 1 / 6
/** Of its class, what one source may take in an hour. */
const SOURCES_PART = 1 / 8

/** What a class may have used by now, since its hour began. */
export const allowedAt = (perHour: number, of: EvidenceClass, now: Millis): number => {
  const elapsed = (((now % HOUR) + HOUR) % HOUR) / HOUR
  return Math.floor(((perHour * PARTS[of]) / 16) * (AT_ONCE + (1 - AT_ONCE) * elapsed))
}

/** The same for one source within its class. */
export const allowedToOne = (perHour: number, of: EvidenceClass, now: Millis): number =>
  Math.floor(allowedAt(perHour, of, now) * SOURCES_PART)

/** A gateway takes bytes from the hour in pieces of this size or more, so that most commits ask nobody. What it ends with unused is lost. */
export const pieceOf = (perHour: number, of: EvidenceClass): number =>
  Math.min(Math.max(Math.floor((perHour * PARTS[of]) / 16 / 64), 16_384), 262_144)

/** A piece of an hour's bytes that a gateway asks for, up to what all gateways together may have used by now. */
export type Ask = {
  readonly class: EvidenceClass
  readonly hour: Millis
  readonly bytes: number
  readonly most: number
}

/** How much of it may be given when `used` is gone. */
export const givenOf = ({ bytes, most }: Ask, used: number): number => Math.min(bytes, Math.max(most - used, 0))

// ----------------------------------------------------------------------------------------------------------- what a row takes

const PAGE = 8_192
/** Header, null bitmap, line pointer, alignment of the columns. */
const TUPLE = 48
/** PostgreSQL moves a row's longest column out above this, in pieces of 1,996 bytes, four to a page, each with an index entry. */
const INLINE = 2_000
const PIECE = 1_996
const PIECE_BYTES = PAGE / 4 + 56
/** Rows stand at most this high in a page, see the migration; the rest is room for their next versions. */
const FILL = { refusals: 0.8, counts: 0.5 } as const

/** With the room at the end of each page that no row fits in. */
const heapBytes = (row: number, fill: number): number => PAGE / Math.max(Math.floor((PAGE * fill - 24) / row), 1)

/** An entry among random others: pages of a B-tree are half empty right after they split. */
const entryBytes = (key: number): number => 2 * (24 + key)
/** An entry behind all others, where pages are left full. */
const LAST_ENTRY = 24

const bytesIn = (text: string): number => Buffer.byteLength(text) + 4

/** Bytes of a row of `refusals`: heap, out-of-line pieces, and three indexes. Never less than what it takes; a test measures it. */
export const evidenceBytes = ({ source, code, slot, facts, digest, raw }: Evidence): number => {
  const texts = bytesIn(source) + bytesIn(code) + bytesIn(slot)
  // jsonb holds four bytes more for each name and value than JSON has characters.
  const json = Buffer.byteLength(JSON.stringify(facts)) + 8 * Object.keys(facts).length + 8
  const row = TUPLE + texts + 25 + json + (digest ? 36 : 0)
  const isInline = row + raw.length <= INLINE
  const pieces = isInline ? 0 : Math.ceil(raw.length / PIECE)
  const heap = heapBytes(isInline ? row + raw.length + 4 : Math.min(row + 20, INLINE), FILL.refusals)
  return Math.ceil(heap + pieces * PIECE_BYTES + entryBytes(texts) + entryBytes(bytesIn(source) + 8) + LAST_ENTRY)
}

/** Bytes of a row of `refusal_counts`: heap and two indexes. */
export const countBytes = ({ source, code }: Pick<Count, 'source' | 'code'>): number => {
  const texts = bytesIn(source) + bytesIn(code)
  return Math.ceil(heapBytes(TUPLE + texts + 24, FILL.counts) + entryBytes(texts + 16) + LAST_ENTRY)
}
