import type { Measurement, Reading } from '../../devices/packet.ts'
import type { Sample } from '../world/world.ts'

/** What a tracker-1 measures, in the names and units of `devices/models.ts`. Without a fix it says nothing about where it is. */
export const readingOf = (sample: Sample): Reading => ({
  at: sample.at,
  clock: 'device',
  measurements: [...positionOf(sample), ...airOf(sample)],
})

const measurement = (name: string, unit: string, value: number): Measurement => ({ name, unit, value })

const positionOf = ({ fix }: Sample): readonly Measurement[] =>
  fix
    ? [
        measurement('lat', 'lat', fix.latitude),
        measurement('lon', 'lon', fix.longitude),
        measurement('speed', 'm/s', fix.speed),
      ]
    : []

const airOf = ({ temperature, humidity, pressure, light, battery }: Sample): readonly Measurement[] => [
  measurement('temperature', 'Cel', temperature),
  measurement('humidity', '%RH', humidity),
  measurement('pressure', 'hPa', pressure),
  measurement('light', 'lx', light),
  measurement('battery', 'V', battery),
]
