import { days, type Millis } from '../../devices/units.ts'
import { addCounts, type Count, countKey, type Evidence, SPANS, STRANGERS_SOURCE, startOf } from './refusal-slots.ts'

/*
 * How long what is known of refusals is kept, and what becomes of it then. Pure; PostgreSQL does the same by `postgres/evidence.ts`.
 */

export const KEPT = {
  /** From a row's first packet on. Long enough for an owner to look; what a flood leaves is gone by then. */
  evidence: days(7),
  /** Of each device, for ever: two packets under one sequence accuse its key, and a few accuse as well as many. */
  conflicts: 8,
  /** Counts in spans of ten seconds: epochs shorter than an hour are explained for so long. */
  fine: days(2),
  /** Counts of hours: an epoch of the default length is explained for so long, exactly. Then days are left. */
  hours: days(35),
} as const satisfies Record<string, Millis | number>

/** The counts with the old ones folded. Names that `isKept` does not know are given up. */
export const folded = (counts: Iterable<Count>, now: Millis, isKept: (source: string) => boolean): readonly Count[] => {
  const rows = new Map<string, Count>()
  for (const count of counts) {
    const row = foldedOnce(foldedOnce(count, now, isKept), now, isKept)
    const key = countKey(row)
    const seen = rows.get(key)
    rows.set(key, seen ? addCounts(seen, row) : row)
  }
  return [...rows.values()]
}

const foldedOnce = (row: Count, now: Millis, isKept: (source: string) => boolean): Count => {
  const next = nextSpan(row, now)
  if (next === undefined) return row
  const source = isKept(row.source) ? row.source : STRANGERS_SOURCE
  return { ...row, source, from: startOf(row.from, next), span: next }
}

const nextSpan = ({ span, from }: Count, now: Millis): Millis | undefined => {
  if (span === SPANS.fine && from < now - KEPT.fine) return SPANS.hour
  if (span === SPANS.hour && from < now - KEPT.hours) return SPANS.day
  return undefined
}

/** What is left of evidence, oldest first given. */
export const remembered = (oldestFirst: readonly Evidence[], now: Millis): readonly Evidence[] => {
  const conflicts = new Map<string, number>()
  return oldestFirst.filter(({ source, code, firstAt }) => {
    if (firstAt >= now - KEPT.evidence) return true
    if (code !== 'SEQUENCE_CONFLICT') return false
    const earlier = conflicts.get(source) ?? 0
    conflicts.set(source, earlier + 1)
    return earlier < KEPT.conflicts
  })
}
