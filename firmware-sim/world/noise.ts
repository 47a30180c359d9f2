import type { Millis } from '../../devices/units.ts'
import { drawAt } from '../random.ts'

/** The world repeats daily: the same seed is the same day, whichever date it is run on. */
export const DAY: Millis = 86_400_000

export const timeOfDay = (at: Millis): Millis => ((at % DAY) + DAY) % DAY

/** 0 to 1 with a soft start and end. */
export const ease = (part: number): number => part * part * (3 - 2 * part)

/**
 * Smooth noise in [−1, 1] with one knot per `span`, closed over a day. Errors of real sensors wander, they do not jump: white noise on a
 * position would look like a device at 300 km/h.
 */
export const wander = (key: number, at: Millis, span: Millis): number => {
  const knots = Math.round(DAY / span)
  const place = (timeOfDay(at) / DAY) * knots
  const knot = Math.floor(place)
  const from = drawAt(key, knot % knots)
  const to = drawAt(key, (knot + 1) % knots)
  return from + (to - from) * ease(place - knot)
}

export const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value))

/** To the sensor's resolution, given as steps per unit: 100 = 0.01. */
export const toSteps = (value: number, perUnit: number): number => Math.round(value * perUnit) / perUnit
