import type { Measurement } from '../../devices/packet.ts'
import { encodeSensor } from '../../devices/pebble/sensor.ts'
import type { Sample } from '../world/world.ts'

/** The firmware rounds to 0.01°, at least 1.1 km, unless `preciseGPS` is set. */
const coarse = (degrees: number): number => Math.round(degrees * 100) / 100

/** SensorData as Riverrock 1.0.14 writes it by default; without a fix the firmware's own mark for it. */
export const sensorMessage = (sample: Sample, random: string): Uint8Array =>
  encodeSensor(measurementsOf(sample), { temperature: 'zigzag', random })

const measurementsOf = (sample: Sample): readonly Measurement[] => {
  const { fix, gyroscope, accelerometer } = sample
  const scalars = {
    ...(fix ? { lat: coarse(fix.latitude), lon: coarse(fix.longitude) } : {}),
    temperature: sample.temperature,
    // A second sensor nearer the board, which warms it.
    temperature2: Math.round((sample.temperature + 0.4) * 100) / 100,
    humidity: sample.humidity,
    pressure: sample.pressure,
    light: sample.light,
    gas: sample.gas,
    battery: sample.battery,
    snr: sample.snr,
  }
  return [
    ...Object.entries(scalars).map(([name, value]) => ({ name, unit: '', value })),
    ...axesOf('gyroscope', gyroscope),
    ...axesOf('accelerometer', accelerometer),
  ]
}

const axesOf = (name: string, counts: readonly number[]): readonly Measurement[] =>
  counts.map((value, index) => ({ name: `${name}/${'xyz'[index]}`, unit: 'count', value }))
