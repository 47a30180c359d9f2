import { cellToBoundary, cellToLatLng, isValidCell } from 'h3-js'
import type { Format, Reading } from '../../devices/packet.ts'
import type { Millis } from '../../devices/units.ts'

/** Where a device says it was. Degrees, WGS 84. */
export type Fix = { readonly at: Millis; readonly latitude: number; readonly longitude: number }

type Place = Pick<Fix, 'latitude' | 'longitude'>
type Metres = number

/** How far a true position may lie from the one told. Pebbles round to 0.01°: 0.8 km on the diagonal; open-sky GNSS is better than 50 m. */
const positionErrors: Readonly<Record<Format, Metres>> = { pebble: 800, 'cose-es256k': 50, 'cose-es256': 50 }

/** 324 km/h: above every road and nearly every train. An aircraft is flagged too; it loses quality, never acceptance. */
const FASTEST_METRES_PER_SECOND = 90

/** IUGG mean radius. */
const EARTH_RADIUS: Metres = 6_371_008.8

/** The reading's position by SenML unit, since names may carry a base name. Undefined without one on the globe. */
export const fixOf = (reading: Reading): Fix | undefined => {
  const degrees = (unit: string) => reading.measurements.find((measurement) => measurement.unit === unit)?.value
  const [latitude, longitude] = [degrees('lat'), degrees('lon')]
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return undefined
  if (!(Math.abs(latitude) <= 90) || !(Math.abs(longitude) <= 180)) return undefined
  return { at: reading.at, latitude, longitude }
}

/** Whether some step between fixes in order of time is longer than the time between them allows. */
export const isTooFast = (fixes: readonly Fix[], format: Format): boolean => {
  const inOrder = [...fixes].sort((a, b) => a.at - b.at)
  return inOrder.some((fix, index) => {
    const before = inOrder[index - 1]
    if (!before) return false
    const way = distance(before, fix) - 2 * positionErrors[format]
    return way > (FASTEST_METRES_PER_SECOND * (fix.at - before.at)) / 1_000
  })
}

/**
 * Whether a fix lies outside the circle around the declared H3 cell, at the cell's own resolution, widened by what a position may be off.
 * A circle, not the hexagon: a device by the window of an edge house is at home. No cell, or one that is none, mismatches nothing.
 */
export const isOutside = (cell: bigint, fixes: readonly Fix[], format: Format): boolean => {
  const index = cell.toString(16)
  if (cell === 0n || !isValidCell(index)) return false
  const [latitude, longitude] = cellToLatLng(index)
  const center = { latitude, longitude }
  const corners = cellToBoundary(index).map(([lat, lng]) => distance(center, { latitude: lat, longitude: lng }))
  const reach = Math.max(...corners) + positionErrors[format]
  return fixes.some((fix) => distance(center, fix) > reach)
}

const radians = (degrees: number) => (degrees * Math.PI) / 180

/** Great-circle distance by the haversine formula. */
export const distance = (from: Place, to: Place): Metres => {
  const dLatitude = radians(to.latitude - from.latitude)
  const dLongitude = radians(to.longitude - from.longitude)
  const cosines = Math.cos(radians(from.latitude)) * Math.cos(radians(to.latitude))
  const haversine = Math.sin(dLatitude / 2) ** 2 + cosines * Math.sin(dLongitude / 2) ** 2
  return 2 * EARTH_RADIUS * Math.asin(Math.min(1, Math.sqrt(haversine)))
}
