import { describe, expect, test } from 'vitest'
import { modelOf } from '../../devices/models.ts'
import { decodeSensor } from '../../devices/pebble/sensor.ts'
import { hoursOf, metresBetween } from '../../test/support/firmware.ts'
import { sensorMessage } from '../pebble/message.ts'
import { readingOf } from '../tracker/message.ts'
import { localHour } from './weather.ts'
import { sense, worldOf } from './world.ts'

const NOON = Date.UTC(2026, 2, 1, 12)
const day = (seed: string, stepMinutes = 10) => {
  const world = worldOf(seed, 'device')
  return hoursOf(24, stepMinutes).map((offset) => ({ world, sample: sense(world, NOON + offset) }))
}
const seeds = ['1', '7', 'alps', 'x'.repeat(50)]

describe('the world', () => {
  test('is the same day for the same seed, whatever the date', () => {
    const world = worldOf('7', 'device')
    const [today, inAYear] = [sense(world, NOON), sense(worldOf('7', 'device'), NOON + 365 * 86_400_000)]
    expect({ ...inAYear, at: 0, accelerometer: [], gyroscope: [] }).toEqual({
      ...today,
      at: 0,
      accelerometer: [],
      gyroscope: [],
    })
  })

  test('is another day for another seed, and another route for another device', () => {
    expect(sense(worldOf('7', 'device'), NOON).temperature).not.toBe(sense(worldOf('8', 'device'), NOON).temperature)
    expect(sense(worldOf('7', 'device'), NOON).fix).not.toEqual(sense(worldOf('7', 'another'), NOON).fix)
  })

  test.each(seeds)('stays within what the models call plausible all day (seed %s)', (seed) => {
    const quantities = new Map(
      (modelOf('pebble-riverrock')?.quantities ?? []).map((quantity) => [quantity.name, quantity]),
    )
    for (const { sample } of day(seed)) {
      const decoded = decodeSensor(sensorMessage(sample, '00'))
      const measurements = [...readingOf(sample).measurements, ...(decoded.ok ? decoded.value : [])]
      expect(decoded.ok).toBe(true)
      for (const { name, value } of measurements) {
        const quantity = quantities.get(name)
        if (!quantity) continue
        expect(value, name).toBeGreaterThanOrEqual(quantity.least)
        expect(value, name).toBeLessThanOrEqual(quantity.most)
      }
    }
  })
})

describe('weather', () => {
  test.each(seeds)('is dark at night and light at noon (seed %s)', (seed) => {
    const byHour = (hour: number) =>
      day(seed).filter(({ world, sample }) => Math.abs(localHour(world.route.home, sample.at) - hour) < 1)
    const lux = (hour: number) => Math.max(...byHour(hour).map(({ sample }) => sample.light))
    expect(lux(12)).toBeGreaterThan(1_000)
    expect(lux(1)).toBeLessThan(10)
  })

  test.each(seeds)('is warmer in the afternoon than before dawn (seed %s)', (seed) => {
    const mean = (from: number, to: number) => {
      const hours = day(seed).filter(({ world, sample }) => {
        const hour = localHour(world.route.home, sample.at)
        return hour >= from && hour < to
      })
      return hours.reduce((sum, { sample }) => sum + sample.temperature, 0) / hours.length
    }
    expect(mean(13, 17)).toBeGreaterThan(mean(2, 5))
  })

  test.each(seeds)('grows drier as it grows warmer (seed %s)', (seed) => {
    const samples = day(seed).map(({ sample }) => sample)
    const mean = (pick: (sample: (typeof samples)[number]) => number) =>
      samples.reduce((sum, sample) => sum + pick(sample), 0) / samples.length
    const [warm, damp] = [mean(({ temperature }) => temperature), mean(({ humidity }) => humidity)]
    expect(mean(({ temperature, humidity }) => (temperature - warm) * (humidity - damp))).toBeLessThan(0)
  })

  test('never jumps within a minute', () => {
    const world = worldOf('7', 'device')
    for (const offset of hoursOf(24, 1)) {
      const [now, soon] = [sense(world, NOON + offset), sense(world, NOON + offset + 60_000)]
      expect(Math.abs(soon.temperature - now.temperature)).toBeLessThan(0.5)
      expect(Math.abs(soon.pressure - now.pressure)).toBeLessThan(0.3)
      expect(Math.abs(soon.battery - now.battery)).toBeLessThan(0.05)
    }
  })
})

describe('the route', () => {
  test.each(seeds)('is driven, and no faster than a car (seed %s)', (seed) => {
    const world = worldOf(seed, 'device')
    let furthest = 0
    for (const offset of hoursOf(24, 1)) {
      const [now, soon] = [sense(world, NOON + offset).fix, sense(world, NOON + offset + 1_000).fix]
      if (!now || !soon) continue
      // Metres in one second: 25 m/s is 90 km/h.
      expect(metresBetween(now, soon)).toBeLessThan(25)
      expect(now.speed).toBeLessThan(25)
      furthest = Math.max(furthest, metresBetween(now, world.route.home))
    }
    expect(furthest).toBeGreaterThan(1_000)
    expect(furthest).toBeLessThan(10_000)
  })

  test('has no fix now and then, seldom', () => {
    const world = worldOf('7', 'device')
    const samples = hoursOf(24, 1).map((offset) => sense(world, NOON + offset))
    const without = samples.filter(({ fix }) => !fix).length
    expect(without).toBeGreaterThan(0)
    expect(without).toBeLessThan(samples.length / 10)
  })
})
