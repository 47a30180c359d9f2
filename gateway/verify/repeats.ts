import type { Measurement, Reading } from '../../devices/packet.ts'

/** How often in a row a device's readings were the same in every digit. */
export type Repeats = {
  /** The last reading's values, in one line. */
  readonly values: string
  readonly times: number
  /** The longest run that this packet's readings reached. */
  readonly most: number
}

/**
 * All values of a reading together, since one sensor alone may well stand still (no light at night, a full battery), but never all: the
 * last digit of temperature, pressure and gas is noise. Position is left out, because a parked device stands still; so are texts.
 */
export const repeatsOf = (readings: readonly Reading[], before: Repeats | undefined): Repeats => {
  let { values, times } = before ?? { values: '', times: 0 }
  let most = 0
  for (const reading of readings) {
    const now = valuesOf(reading)
    // A single number, such as a counter or a door, may rightly never move.
    times = now === values && now.includes(' ') ? times + 1 : 1
    values = now
    most = Math.max(most, times)
  }
  return { values, times, most }
}

const valuesOf = (reading: Reading): string => reading.measurements.filter(isNoisy).map(textOf).join(' ')

const isNoisy = ({ unit, value }: Measurement): boolean => typeof value === 'number' && unit !== 'lat' && unit !== 'lon'

const textOf = ({ name, value }: Measurement): string => `${name}=${value}`
