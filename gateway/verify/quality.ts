import { MAX_BACKLOG } from '../../devices/limits.ts'
import { type Model, modelOf } from '../../devices/models.ts'
import type { Format, Measurement, Reading } from '../../devices/packet.ts'
import { type BasisPoints, type Millis, minutes } from '../../devices/units.ts'
import type { Flag, Registration } from '../ports.ts'
import { type Fix, fixOf, isOutside, isTooFast } from './fix.ts'
import { quantityOf } from './quantity.ts'
import { longestAfter, type Run, type Runs, runAfter, runsOf } from './repeats.ts'

/** What a packet is judged by. */
export type Evidence = {
  readonly registration: Registration
  readonly format: Format
  readonly sequence: bigint
  readonly readings: readonly Reading[]
  readonly receivedAt: Millis
  /** What the same device's packets showed that were accepted before it; undefined for its first. */
  readonly before: Track | undefined
}

/** What is remembered of a device between packets: of the one that was accepted last, whatever its sequence, and its newest place. */
export type Track = {
  /** Fixes are of this term: where a device was before is no business of its next owner. */
  readonly term: number
  readonly sequence: bigint
  /** Time of the newest reading. */
  readonly to: Millis | undefined
  readonly fix: Fix | undefined
  /**
   * The fix of the newest time of all. Without it a packet dated into the past would hide a jump: each of two steps would be slow.
   * Never ahead of the gateway's clock, so that no packet puts it where nothing reaches it.
   */
  readonly newestFix: Fix | undefined
  readonly run: Run | undefined
}

/** What one packet adds to a track. */
export type Shown = Pick<Track, 'term' | 'sequence' | 'to' | 'fix' | 'newestFix'> & { readonly runs: Runs | undefined }

/** Starts at 10,000; each flag takes its part off, down to 0. Quality weighs rewards, so this table is part of the promise. */
export const penalties: Readonly<Record<Flag, BasisPoints>> = {
  CLOCK_SKEWED: 2_500,
  NO_CLOCK: 1_500,
  NO_FIX: 1_500,
  IMPLAUSIBLE_SPEED: 5_000,
  STUCK_SENSOR: 5_000,
  OUT_OF_PHYSICAL_RANGE: 4_000,
  CELL_MISMATCH: 3_000,
  NO_READINGS: 10_000,
  // Nothing could be judged otherwise, so a made-up name would be the way around every other penalty.
  UNKNOWN_MODEL: 10_000,
  // A backlog sent after a live packet has it once, for its first packet.
  OUT_OF_ORDER: 1_000,
  STALE: 10_000,
}

export const qualityOf = (flags: readonly Flag[]): BasisPoints =>
  Math.max(
    0,
    flags.reduce((left, flag) => left - penalties[flag], 10_000),
  )

export const flagsOf = (evidence: Evidence): readonly Flag[] =>
  (Object.keys(judgements) as Flag[]).filter((flag) => judgements[flag](evidence))

/** Device clocks without a battery run ahead by seconds; two minutes is a wrong clock. */
const MAX_AHEAD = minutes(2)
/** As many readings in a row, alike in every digit. At a Pebble's five minutes: an hour. */
const MAX_REPEATS = 12

/** One question per flag, over all readings of the packet. */
const judgements: Readonly<Record<Flag, (evidence: Evidence) => boolean>> = {
  // Late is normal: a device that was offline sends its backlog. Only what no backlog explains is the clock's fault.
  CLOCK_SKEWED: ({ readings, receivedAt }) =>
    readings.some(
      ({ at, clock }) => clock === 'device' && (at > receivedAt + MAX_AHEAD || at < receivedAt - MAX_BACKLOG),
    ),
  NO_CLOCK: ({ readings }) => readings.some(({ clock }) => clock === 'gateway'),
  NO_FIX: ({ registration, readings }) =>
    readings.length > 0 && hasPosition(modelOf(registration.model)) && fixesOf(readings).length === 0,
  IMPLAUSIBLE_SPEED: ({ registration, readings, before, format }) => {
    const fixes = fixesOf(readings)
    const past = before?.term === registration.term ? [before.fix, before.newestFix] : [undefined]
    return past.some((fix) => isTooFast(fix ? [fix, ...fixes] : fixes, format))
  },
  STUCK_SENSOR: ({ registration, readings, before }) =>
    longestAfter(before?.run, runsOf(readings, modelOf(registration.model))) >= MAX_REPEATS,
  OUT_OF_PHYSICAL_RANGE: ({ registration, readings }) => {
    const model = modelOf(registration.model)
    return model !== undefined && readings.some((reading) => isOutOfRange(model, reading))
  },
  CELL_MISMATCH: ({ registration, readings, format }) => isOutside(registration.cell, fixesOf(readings), format),
  NO_READINGS: ({ readings }) => readings.every(({ measurements }) => measurements.length === 0),
  UNKNOWN_MODEL: ({ registration }) => modelOf(registration.model) === undefined,
  // Either tells of a packet that was kept back or made up afterwards. A resend has the same sequence and time and is not out of order.
  OUT_OF_ORDER: ({ readings, sequence, before }) =>
    before !== undefined &&
    (sequence < before.sequence || (newestTime(readings) ?? Number.POSITIVE_INFINITY) < (before.to ?? 0)),
  // A Pebble's signature names no network: what it once sent elsewhere, anyone who kept it can hand in here. A native packet's does.
  STALE: ({ readings, receivedAt, format }) =>
    format === 'pebble' && readings.some(({ at }) => at < receivedAt - MAX_BACKLOG),
}

export const shownBy = ({ registration, sequence, readings, receivedAt }: Evidence): Shown => {
  const fixes = fixesOf(readings)
  return {
    term: registration.term,
    sequence,
    to: newestTime(readings),
    fix: newestOf(fixes),
    newestFix: newestOf(fixes.filter(({ at }) => at <= receivedAt + MAX_AHEAD)),
    runs: runsOf(readings, modelOf(registration.model)),
  }
}

/** In order of acceptance: a sequence or a time that runs backwards is followed too, or one high number would end every comparison. */
export const follow = (before: Track | undefined, { runs, ...shown }: Shown): Track => {
  const own = before?.term === shown.term ? before : undefined
  return {
    ...shown,
    to: shown.to ?? before?.to,
    fix: shown.fix ?? own?.fix,
    newestFix: newestOf([own?.newestFix, shown.newestFix]),
    run: runAfter(before?.run, runs),
  }
}

const newestTime = (readings: readonly Reading[]): Millis | undefined =>
  readings.reduce<Millis | undefined>(
    (newest, { at }) => (newest === undefined || at > newest ? at : newest),
    undefined,
  )

const newestOf = (fixes: readonly (Fix | undefined)[]): Fix | undefined =>
  fixes.reduce((newest, fix) => (newest && (!fix || fix.at < newest.at) ? newest : fix), undefined)

const fixesOf = (readings: readonly Reading[]): readonly Fix[] => readings.flatMap((reading) => fixOf(reading) ?? [])

const hasPosition = (model: Model | undefined): boolean =>
  model?.quantities.some((quantity) => quantity.unit === 'lat') ?? false

const isOutOfRange = (model: Model, reading: Reading): boolean =>
  reading.measurements.some((measurement) => isImpossible(model, measurement))

/** A value that the model's sensor cannot have. Text in a number's place and another unit are none of its values either. */
const isImpossible = (model: Model, measurement: Measurement): boolean => {
  const quantity = quantityOf(model, measurement)
  if (!quantity) return false
  const { unit, value } = measurement
  const isItsUnit = unit === quantity.unit || unit === ''
  return !(isItsUnit && typeof value === 'number' && value >= quantity.least && value <= quantity.most)
}
