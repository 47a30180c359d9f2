import { type Millis, minutes, seconds } from '../../devices/units.ts'
import { drawAt, keyOf } from '../random.ts'
import { clamp, toSteps, wander } from './noise.ts'
import { type Fix, fixAt, type Place, type Route, routeOf } from './place.ts'
import { type Climate, climateOf, localHour, type Weather, weatherAt } from './weather.ts'

/** Everything a device could sense at one moment, in the units of `devices/models.ts`, to its sensors' resolution. */
export type Sample = Weather & {
  readonly at: Millis
  /** Undefined: no fix. */
  readonly fix: Fix | undefined
  /** V. */
  readonly battery: number
  /** Ω of the gas sensor: cleaner and drier air reads higher. */
  readonly gas: number
  /** dB. */
  readonly snr: number
  /** Raw counts, x y z; 8192 = 1 g, 32768 = 2000 °/s. */
  readonly accelerometer: readonly number[]
  readonly gyroscope: readonly number[]
}

export type World = {
  readonly climate: Climate
  readonly route: Route
  readonly key: number
}

/** A device's world. It has no state: a device that was off for an hour finds the world an hour further on. */
export const worldOf = (seed: string, device: string): World => ({
  climate: climateOf(seed),
  route: routeOf(seed, device),
  key: keyOf('sensors', seed, device),
})

export const sense = ({ climate, route, key }: World, at: Millis): Sample => {
  const weather = weatherAt(climate, route.home, at)
  const fix = fixAt(route, at)
  /** Each device's sensors are off by a little, each in its own way. */
  const offset = (quantity: number) => drawAt(key, quantity)
  const temperature = toSteps(weather.temperature + 0.3 * offset(1), 100)
  const humidity = toSteps(clamp(weather.humidity + offset(2), 0, 100), 100)
  return {
    at,
    fix: fix && {
      latitude: toSteps(fix.latitude, 1e7),
      longitude: toSteps(fix.longitude, 1e7),
      speed: toSteps(fix.speed, 100),
    },
    temperature,
    humidity,
    pressure: toSteps(weather.pressure + 0.4 * offset(3), 100),
    light: toSteps(weather.light, 100),
    battery: batteryAt(route.home, at, temperature, key),
    gas: toSteps(clamp(260_000 - 2_200 * humidity + 9_000 * wander(key + 4, at, minutes(5)), 1_000, 400_000), 1),
    snr: toSteps(18 + 6 * wander(key + 5, at, minutes(3)), 100),
    ...motionAt(key, at, fix?.speed ?? 0),
  }
}

/** Charged on its cradle from 5 to 8 h, then it drains until it stands there again; cold costs a few hundredths of a volt. */
const batteryAt = (home: Place, at: Millis, temperature: number, key: number): number => {
  const hour = localHour(home, at)
  const charge = hour >= 5 && hour < 8 ? 0.2 + (0.8 * (hour - 5)) / 3 : 1 - (0.8 * ((hour - 8 + 24) % 24)) / 21
  const cold = 0.003 * Math.max(0, 15 - temperature)
  return toSteps(3.45 + 0.7 * charge - cold + 0.01 * wander(key + 6, at, minutes(1)), 100)
}

/** At rest 1 g downwards and the sensors' noise; on the road it shakes. */
const motionAt = (key: number, at: Millis, speed: number): Pick<Sample, 'accelerometer' | 'gyroscope'> => {
  const tick = Math.floor(at / 10)
  const shake = 20 + 25 * speed
  const axis = (number: number, level: number, swing: number) => Math.round(level + swing * drawAt(key + number, tick))
  return {
    accelerometer: [axis(10, 0, shake), axis(11, 0, shake), axis(12, 8_192, shake)],
    gyroscope: [axis(13, 0, 8 + 2 * speed), axis(14, 0, 8 + 2 * speed), turnAt(key, at, speed)],
  }
}

const turnAt = (key: number, at: Millis, speed: number): number =>
  Math.round(
    ((60 * Math.min(speed, 10)) / 10) * wander(key + 15, at, seconds(10)) + 6 * drawAt(key + 16, Math.floor(at / 10)),
  )
