import { type Millis, minutes } from '../../devices/units.ts'
import { keyOf, randomOf } from '../random.ts'
import { clamp, DAY, timeOfDay, wander } from './noise.ts'
import type { Place } from './place.ts'

export type Weather = {
  /** °C. */
  readonly temperature: number
  /** % relative humidity. */
  readonly humidity: number
  /** hPa at the place, not reduced to sea level. */
  readonly pressure: number
  /** lux. */
  readonly light: number
}

/** A front: clouds thicken towards its hour and clear after it. */
type Front = { readonly hour: number; readonly halfWidth: number; readonly depth: number }

/** One seeded day. All four quantities come from the same sun and the same fronts, so they agree with each other. */
export type Climate = {
  readonly key: number
  /** °C, the day's mean and half its swing under a clear sky. */
  readonly mean: number
  readonly swing: number
  /** °C below the mean: how dry the air is. */
  readonly dewSpread: number
  readonly pressure: number
  /** Radians north; the season. */
  readonly declination: number
  readonly fronts: readonly Front[]
}

export const climateOf = (seed: string): Climate => {
  const random = randomOf('climate', seed)
  const between = (least: number, most: number) => least + (most - least) * random.next()
  return {
    key: keyOf('weather', seed),
    mean: between(8, 20),
    swing: between(4, 7),
    dewSpread: between(4, 10),
    pressure: between(985, 1_020),
    declination: between(-0.2, 0.4),
    fronts: [0, 1].map(() => ({ hour: between(0, 24), halfWidth: between(2, 5), depth: between(0.4, 0.9) })),
  }
}

export const weatherAt = (climate: Climate, place: Place, at: Millis): Weather => {
  const hour = localHour(place, at)
  const clouds = cloudsAt(climate, hour)
  const temperature = temperatureAt(climate, hour, clouds) + 0.4 * wander(climate.key, at, minutes(10))
  const dewPoint = climate.mean - climate.dewSpread + 3 * clouds + 0.3 * wander(climate.key + 1, at, minutes(20))
  return {
    temperature,
    humidity: relativeHumidity(temperature, dewPoint),
    pressure: pressureAt(climate, hour) + 0.05 * wander(climate.key + 2, at, minutes(15)),
    light: lightAt(climate, place, hour, clouds) * (1 + 0.08 * wander(climate.key + 3, at, minutes(2))),
  }
}

/** Solar time: noon is when the sun is highest there. */
export const localHour = ({ longitude }: Place, at: Millis): number => {
  const hour = (timeOfDay(at) / DAY) * 24 + longitude / 15
  return (hour + 24) % 24
}

/** 0 clear, 1 overcast. */
const cloudsAt = ({ fronts }: Climate, hour: number): number =>
  clamp(
    fronts.reduce((sum, front) => sum + front.depth * bump(hour - front.hour, front.halfWidth), 0.1),
    0,
    1,
  )

/** 1 at 0, 0 beyond `halfWidth` hours, over midnight too. */
const bump = (hours: number, halfWidth: number): number => {
  const away = Math.abs(((((hours + 12) % 24) + 24) % 24) - 12)
  return away >= halfWidth ? 0 : (1 + Math.cos((Math.PI * away) / halfWidth)) / 2
}

/** Warmest at 15 h, coldest before dawn; clouds flatten the swing and cool the day. */
const temperatureAt = ({ mean, swing }: Climate, hour: number, clouds: number): number =>
  mean + swing * (1 - 0.5 * clouds) * Math.cos((2 * Math.PI * (hour - 15)) / 24) - 2.5 * clouds

/** Magnus formula (Alduchov and Eskridge 1996). */
const relativeHumidity = (temperature: number, dewPoint: number): number => {
  const vapour = (celsius: number) => Math.exp((17.625 * celsius) / (243.04 + celsius))
  return clamp((100 * vapour(dewPoint)) / vapour(temperature), 5, 99)
}

/** Falls before a front and rises behind it; the atmosphere's own tide has two highs a day, at 10 and 22 h. */
const pressureAt = (climate: Climate, hour: number): number =>
  climate.pressure - 7 * cloudsAt(climate, hour + 1) + 0.8 * Math.cos((4 * Math.PI * (hour - 10)) / 24)

/** Sun's height at the place, less clouds; at night the street's lamps. */
const lightAt = ({ declination }: Climate, { latitude }: Place, hour: number, clouds: number): number => {
  const north = (latitude * Math.PI) / 180
  const hourAngle = ((hour - 12) * Math.PI) / 12
  const height = Math.sin(north) * Math.sin(declination) + Math.cos(north) * Math.cos(declination) * Math.cos(hourAngle)
  return 3 + 48_000 * Math.max(0, height) ** 1.2 * (1 - 0.75 * clouds)
}
