import { MAX_BACKLOG } from '../../devices/limits.ts'
import { type Model, modelOf, type Quantity } from '../../devices/models.ts'
import type { Format, Reading } from '../../devices/packet.ts'
import { type BasisPoints, type Millis, minutes } from '../../devices/units.ts'
import type { Flag, Registration } from '../ports.ts'
import { type Fix, fixOf, isOutside, isTooFast } from './fix.ts'
import { type Repeats, repeatsOf } from './repeats.ts'

/** What a packet is judged by. */
export type Evidence = {
  readonly registration: Registration
  readonly format: Format
  readonly readings: readonly Reading[]
  readonly receivedAt: Millis
  /** What the same device's packets before it showed; undefined for its first. */
  readonly before: Track | undefined
}

/** What is remembered of a device between packets. */
export type Track = { readonly sequence: bigint; readonly fix: Fix | undefined; readonly repeats: Repeats }

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
  IMPLAUSIBLE_SPEED: ({ readings, before, format }) => {
    const fixes = fixesOf(readings)
    return isTooFast(before?.fix ? [before.fix, ...fixes] : fixes, format)
  },
  STUCK_SENSOR: ({ readings, before }) => repeatsOf(readings, before?.repeats).most >= MAX_REPEATS,
  OUT_OF_PHYSICAL_RANGE: ({ registration, readings }) => {
    const model = modelOf(registration.model)
    return model !== undefined && readings.some((reading) => isOutOfRange(model, reading))
  },
  CELL_MISMATCH: ({ registration, readings, format }) => isOutside(registration.cell, fixesOf(readings), format),
  NO_READINGS: ({ readings }) => readings.every(({ measurements }) => measurements.length === 0),
  UNKNOWN_MODEL: ({ registration }) => modelOf(registration.model) === undefined,
}

/** A packet that comes late moves nothing: the track follows the sequence. */
export const follow = (evidence: Evidence, sequence: bigint): Track => {
  const { readings, before } = evidence
  if (before && sequence <= before.sequence) return before
  return { sequence, fix: fixesOf(readings).at(-1) ?? before?.fix, repeats: repeatsOf(readings, before?.repeats) }
}

const fixesOf = (readings: readonly Reading[]): readonly Fix[] => readings.flatMap((reading) => fixOf(reading) ?? [])

const hasPosition = (model: Model | undefined): boolean =>
  model?.quantities.some((quantity) => quantity.unit === 'lat') ?? false

const isOutOfRange = (model: Model, reading: Reading): boolean =>
  reading.measurements.some(({ name, unit, value }) => {
    const quantity = quantitiesOf(model).get(name)
    if (typeof value !== 'number' || quantity?.unit !== unit) return false
    return !(value >= quantity.least && value <= quantity.most)
  })

const byName = new WeakMap<Model, ReadonlyMap<string, Quantity>>()

const quantitiesOf = (model: Model): ReadonlyMap<string, Quantity> => {
  const known = byName.get(model) ?? new Map(model.quantities.map((quantity) => [quantity.name, quantity]))
  byName.set(model, known)
  return known
}
