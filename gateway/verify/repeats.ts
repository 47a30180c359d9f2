import type { Model } from '../../devices/models.ts'
import type { Reading } from '../../devices/packet.ts'
import { quantityOf } from './quantity.ts'

/** Readings in a row that were the same in every digit. */
export type Run = {
  /** Their values, in one line. */
  readonly values: string
  readonly times: number
}

/** The runs of one packet's readings, as far as the packets around it need them. */
export type Runs = {
  readonly first: Run
  readonly last: Run
  /** Readings of the longest run. */
  readonly longest: number
}

/** Undefined without readings. */
export const runsOf = (readings: readonly Reading[], model: Model | undefined): Runs | undefined => {
  const runs: { values: string; times: number }[] = []
  let longest = 0
  for (const reading of readings) {
    const values = valuesOf(reading, model)
    const last = runs.at(-1)
    if (last && isAlike(last.values, values)) last.times += 1
    else runs.push({ values, times: 1 })
    longest = Math.max(longest, runs.at(-1)?.times ?? 0)
    // Only the first and the last are asked for.
    if (runs.length > 2) runs.splice(1, 1)
  }
  const [first, last] = [runs[0], runs.at(-1)]
  return first && last && { first, last, longest }
}

/** The longest run that ends in the packet, where `before` is the run that the packet before it ended with. */
export const longestAfter = (before: Run | undefined, runs: Runs | undefined): number => {
  if (!runs) return 0
  const first = before && isAlike(before.values, runs.first.values) ? before.times + runs.first.times : 0
  return Math.max(first, runs.longest)
}

/** The run that the packet ends with. */
export const runAfter = (before: Run | undefined, runs: Runs | undefined): Run | undefined => {
  if (!runs) return before
  const isOne = runs.first === runs.last
  if (!isOne || !before || !isAlike(before.values, runs.last.values)) return runs.last
  return { values: before.values, times: before.times + runs.last.times }
}

/** A single number, such as a battery's, may rightly never move. */
const isAlike = (one: string, other: string): boolean => one === other && one.includes(' ')

/**
 * All that the model measures together, since one sensor alone may well stand still (no light at night, a full battery), but never all: the
 * last digit of temperature, pressure and gas is noise. Position is left out, because a parked device stands still. So is what the model does
 * not measure: a counter beside the sensors would hide that they stand still.
 */
const valuesOf = (reading: Reading, model: Model | undefined): string => {
  if (!model) return ''
  const values = new Map<string, number>()
  for (const measurement of reading.measurements) {
    const quantity = quantityOf(model, measurement)
    if (!quantity || quantity.unit === 'lat' || quantity.unit === 'lon' || values.has(quantity.name)) continue
    if (typeof measurement.value === 'number') values.set(quantity.name, measurement.value)
  }
  return [...values].map(([name, value]) => `${name}=${value}`).join(' ')
}
