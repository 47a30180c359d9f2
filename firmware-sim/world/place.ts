import type { Millis } from '../../devices/units.ts'
import { keyOf, randomOf } from '../random.ts'
import { ease, timeOfDay, wander } from './noise.ts'

/** WGS 84 degrees. */
export type Place = { readonly latitude: number; readonly longitude: number }

export type Fix = Place & {
  /** m/s over ground. */
  readonly speed: number
}

/** Metres east and north of the route's home. */
type Point = { readonly east: number; readonly north: number }

/** A half hour: wait, drive to the next stop, wait. */
type Leg = {
  readonly from: Point
  readonly to: Point
  readonly leavesAt: Millis
  readonly takes: Millis
  /** How far the road bends aside, metres. */
  readonly bend: number
}

/** A courier's closed round of 48 stops, one every half hour of the day. */
export type Route = { readonly home: Place; readonly key: number; readonly legs: readonly Leg[] }

const cities: readonly Place[] = [
  { latitude: 49.895, longitude: -97.138 },
  { latitude: 47.376, longitude: 8.541 },
  { latitude: 52.52, longitude: 13.405 },
  { latitude: 37.566, longitude: 126.978 },
  { latitude: -33.868, longitude: 151.209 },
  { latitude: 45.464, longitude: 9.19 },
  { latitude: 19.432, longitude: -99.133 },
  { latitude: -1.292, longitude: 36.821 },
]

const STOPS = 48
const LEG: Millis = 1_800_000
/** Metres. Stops lie within this circle. */
const REACH = 4_000
const METRES_PER_DEGREE = 111_320

export const cityOf = (seed: string): Place => cities[randomOf('city', seed).below(cities.length)] as Place

export const routeOf = (seed: string, device: string): Route => {
  const random = randomOf('route', seed, device)
  const stop = (): Point => {
    const [angle, away] = [2 * Math.PI * random.next(), REACH * Math.sqrt(random.next())]
    return { east: away * Math.cos(angle), north: away * Math.sin(angle) }
  }
  const home = placeAt(cityOf(seed), stop())
  const stops = Array.from({ length: STOPS }, stop)
  const legs = stops.map((from, index) => {
    const to = stops[(index + 1) % STOPS] as Point
    const length = Math.hypot(to.east - from.east, to.north - from.north)
    // A mean of 8 to 12 m/s over the straight line; `ease` and the bend make it at most 1.6 times that: 70 km/h.
    const takes = (length / (8 + 4 * random.next())) * 1_000
    const bend = length * 0.15 * (2 * random.next() - 1)
    return { from, to, takes, leavesAt: (LEG - takes) * random.next(), bend }
  })
  return { home, key: keyOf('gps', seed, device), legs }
}

/** What the receiver says: the true place, off by some metres that wander, as reflections make it. Undefined now and then: no sky. */
export const fixAt = ({ home, key, legs }: Route, at: Millis): Fix | undefined => {
  // About one minute in fifty under a roof.
  if (wander(key + 2, at, 120_000) > 0.93) return undefined
  const point = pointAt(legs, at)
  const soon = pointAt(legs, at + 1_000)
  const seen = { east: point.east + 4 * wander(key, at, 20_000), north: point.north + 4 * wander(key + 1, at, 20_000) }
  return { ...placeAt(home, seen), speed: Math.hypot(soon.east - point.east, soon.north - point.north) }
}

const pointAt = (legs: readonly Leg[], at: Millis): Point => {
  const time = timeOfDay(at)
  const leg = legs[Math.floor(time / LEG)] as Leg
  const driven = Math.min(1, Math.max(0, ((time % LEG) - leg.leavesAt) / leg.takes))
  const part = ease(driven)
  const [east, north] = [leg.to.east - leg.from.east, leg.to.north - leg.from.north]
  const aside = (leg.bend * Math.sin(Math.PI * part)) / (Math.hypot(east, north) || 1)
  return { east: leg.from.east + east * part - north * aside, north: leg.from.north + north * part + east * aside }
}

const placeAt = (home: Place, { east, north }: Point): Place => ({
  latitude: home.latitude + north / METRES_PER_DEGREE,
  longitude: home.longitude + east / (METRES_PER_DEGREE * Math.cos((home.latitude * Math.PI) / 180)),
})
