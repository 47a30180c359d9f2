import { type Millis, minutes } from './units.ts'

/** What a model measures under one name. Outside [least, most] a value is flagged, never refused. */
export type Quantity = { readonly name: string; readonly unit: string; readonly least: number; readonly most: number }

export type Model = {
  readonly name: string
  readonly quantities: readonly Quantity[]
  /** How often it measures, as delivered. */
  readonly cadence: Millis
}

const quantity = (name: string, unit: string, least: number, most: number): Quantity => ({ name, unit, least, most })

/** WGS 84 degrees, by definition. The unit of RFC 8428 §12.1. */
const position = [quantity('lat', 'lat', -90, 90), quantity('lon', 'lon', -180, 180)]

/** Bosch BME680 datasheet, BST-BME680-DS001: operating range −40…85 °C, 0…100 %RH, 300…1,100 hPa. */
const air = [
  quantity('temperature', 'Cel', -40, 85),
  quantity('humidity', '%RH', 0, 100),
  quantity('pressure', 'hPa', 300, 1_100),
]

/** ams TSL2572 datasheet: operation to 60,000 lux in sunlight. */
const light = quantity('light', 'lx', 0, 60_000)

const signed16 = (name: string): Quantity => quantity(name, 'count', -32_768, 32_767)

/**
 * Pebble Tracker: the sensors that IoTeX's technical specification names. Gas and battery have no published range, so theirs are our own,
 * wide: a metal-oxide film from smoke to clean air, a lithium cell from empty to charging over USB. Motion stays in the raw counts of the
 * 16-bit TDK ICM-42605, because the packet does not say its full scale: 8192 = 1 g, 32768 = 2000 °/s in both firmwares.
 */
const pebble = [
  ...position,
  ...air,
  quantity('temperature2', 'Cel', -40, 85),
  light,
  quantity('gas', 'Ohm', 100, 50_000_000),
  quantity('battery', 'V', 2.5, 5.5),
  quantity('snr', 'dB', 0, 100),
  ...['gyroscope/x', 'gyroscope/y', 'gyroscope/z'].map(signed16),
  ...['accelerometer/x', 'accelerometer/y', 'accelerometer/z'].map(signed16),
]

/** The closed list: a device of any other model is not paired. What a model is judged by stands here alone, never in a packet. */
export const models: readonly Model[] = [
  { name: 'pebble-riverrock', quantities: pebble, cadence: minutes(5) },
  { name: 'pebble-gravel', quantities: pebble, cadence: minutes(5) },
  {
    /** Our own native tracker. Speed: civil GNSS receivers stop reporting at 1,000 knots. */
    name: 'tracker-1',
    quantities: [...position, ...air, light, quantity('speed', 'm/s', 0, 515), quantity('battery', 'V', 2.5, 5.5)],
    cadence: minutes(1),
  },
]

const byName: ReadonlyMap<string, Model> = new Map(models.map((model) => [model.name, model]))

/**
 * Undefined for a model that is not on the list. The gateway pairs no such device; one that was paired past it, by a transaction of its
 * owner's own, is served and earns nothing, since nothing says what its readings should be.
 */
export const modelOf = (name: string): Model | undefined => byName.get(name)
