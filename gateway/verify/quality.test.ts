import { latLngToCell } from 'h3-js'
import { describe, expect, test } from 'vitest'
import type { Format, Reading } from '../../devices/packet.ts'
import { days, minutes, seconds } from '../../devices/units.ts'
import { measurement, NOON, place, reading, registrationOf, testDevice } from '../../test/support/packets.ts'
import type { Flag, Registration } from '../ports.ts'
import { distance } from './fix.ts'
import { type Evidence, flagsOf, follow, penalties, qualityOf, type Track } from './quality.ts'

const tracker = testDevice('tracker')

const evidence = (
  readings: readonly Reading[],
  but: Partial<Omit<Evidence, 'registration'>> & { registration?: Partial<Registration> } = {},
): Evidence => ({
  readings,
  format: 'cose-es256k',
  receivedAt: NOON,
  before: undefined,
  ...but,
  registration: registrationOf(tracker, but.registration),
})

const warm = measurement('temperature', 'Cel', 20.5)
const here = place(49.92, -97.19)

describe('quality', () => {
  test('is whole without a flag, and each flag takes its part off', () => {
    expect(qualityOf([])).toBe(10_000)
    expect(qualityOf(['NO_FIX', 'CLOCK_SKEWED'])).toBe(6_000)
  })

  test('never falls below 0, and is a whole number for every flag', () => {
    expect(qualityOf(Object.keys(penalties) as Flag[])).toBe(0)
    expect(Object.values(penalties).every(Number.isInteger)).toBe(true)
  })
})

describe('CLOCK_SKEWED', () => {
  test.each([
    ['two minutes ahead', minutes(2), []],
    ['above two minutes ahead', minutes(2) + 1, ['CLOCK_SKEWED']],
    ['a backlog of 30 days', -days(30), []],
    ['older than 30 days', -days(30) - 1, ['CLOCK_SKEWED']],
  ] as const)('%s', (_, offset, flags) => {
    expect(flagsOf(evidence([reading(NOON + offset, ...here)]))).toEqual(flags)
  })
})

test('NO_CLOCK: a device that gives no time', () => {
  expect(flagsOf(evidence([{ at: NOON, clock: 'gateway', measurements: here }]))).toEqual(['NO_CLOCK'])
})

describe('NO_FIX', () => {
  test('a model that knows where it is, and does not say', () => {
    expect(flagsOf(evidence([reading(NOON, warm)]))).toEqual(['NO_FIX'])
  })
  test('not of a model that is not on the list', () => {
    expect(flagsOf(evidence([reading(NOON, warm)], { registration: { model: 'thermometer-9' } }))).toEqual([
      'UNKNOWN_MODEL',
    ])
  })
  test('a position off the globe is none', () => {
    expect(flagsOf(evidence([reading(NOON, ...place(91, 0))]))).toEqual(['NO_FIX', 'OUT_OF_PHYSICAL_RANGE'])
  })
})

test('UNKNOWN_MODEL: a made-up name earns nothing, instead of escaping every other judgement', () => {
  const flags = flagsOf(evidence([reading(NOON, ...here)], { registration: { model: 'pebble-made-up' } }))
  expect(flags).toContain('UNKNOWN_MODEL')
  expect(qualityOf(flags)).toBe(0)
})

describe('IMPLAUSIBLE_SPEED', () => {
  const northBy = (metres: number, at: number) => reading(at, ...place(49.92 + metres / 111_195, -97.19))

  test.each([
    ['90 m/s', 5_400, []],
    ['above it', 5_700, ['IMPLAUSIBLE_SPEED']],
  ] as const)('within one packet: %s', (_, metres, flags) => {
    expect(flagsOf(evidence([reading(NOON - minutes(1), ...here), northBy(metres, NOON)]))).toEqual(flags)
  })

  test('against the packet before, in either order of time', () => {
    const before = follow(evidence([reading(NOON - minutes(1), ...here)]), 1n)
    expect(flagsOf(evidence([northBy(50_000, NOON)], { before }))).toEqual(['IMPLAUSIBLE_SPEED'])
    expect(flagsOf(evidence([northBy(50_000, NOON - minutes(2))], { before }))).toEqual(['IMPLAUSIBLE_SPEED'])
    expect(flagsOf(evidence([northBy(50_000, NOON + minutes(10))], { before }))).toEqual(['CLOCK_SKEWED'])
  })

  test('the 0.01° steps of a Pebble are no speed', () => {
    const step = [reading(NOON - seconds(10), ...place(49.92, -97.19)), reading(NOON, ...place(49.93, -97.18))]
    const flagsAs = (format: Format) => flagsOf(evidence(step, { format }))
    expect([flagsAs('pebble'), flagsAs('cose-es256k')]).toEqual([[], ['IMPLAUSIBLE_SPEED']])
  })

  test('distances are great circles', () => {
    const winnipeg = { latitude: 49.92, longitude: -97.19 }
    expect(distance(winnipeg, winnipeg)).toBe(0)
    expect(distance({ latitude: 0, longitude: 0 }, { latitude: 0, longitude: 180 })).toBeCloseTo(
      Math.PI * 6_371_008.8,
      0,
    )
  })
})

describe('STUCK_SENSOR', () => {
  const air = (digit: number) => [...here, warm, measurement('pressure', 'hPa', 980 + digit)]
  const run = (count: number, digits: (index: number) => number) =>
    Array.from({ length: count }, (_, index) => reading(NOON - minutes(count - index), ...air(digits(index))))

  test('twelve readings alike in every digit, eleven are not enough', () => {
    expect(flagsOf(evidence(run(11, () => 0)))).toEqual([])
    expect(flagsOf(evidence(run(12, () => 0)))).toEqual(['STUCK_SENSOR'])
  })

  test('counts on over packets, and a packet that comes late does not count', () => {
    let before: Track | undefined
    for (let sequence = 1n; sequence <= 11n; sequence += 1n)
      before = follow(
        evidence(
          run(1, () => 0),
          { before },
        ),
        sequence,
      )
    expect(
      follow(
        evidence(
          run(1, () => 0),
          { before },
        ),
        3n,
      ),
    ).toBe(before)
    expect(
      flagsOf(
        evidence(
          run(1, () => 0),
          { before },
        ),
      ),
    ).toEqual(['STUCK_SENSOR'])
  })

  test('one sensor that stands still is none, nor a device of one number', () => {
    expect(flagsOf(evidence(run(20, (index) => index)))).toEqual([])
    const door = Array.from({ length: 20 }, (_, index) =>
      reading(NOON - minutes(index), ...here, measurement('door', '/', 1)),
    )
    expect(flagsOf(evidence(door))).toEqual([])
  })
})

describe('OUT_OF_PHYSICAL_RANGE', () => {
  test.each([
    [85, []],
    [85.01, ['OUT_OF_PHYSICAL_RANGE']],
    [-40.01, ['OUT_OF_PHYSICAL_RANGE']],
  ] as const)('%d °C', (value, flags) => {
    expect(flagsOf(evidence([reading(NOON, ...here, measurement('temperature', 'Cel', value))]))).toEqual(flags)
  })
})

describe('CELL_MISMATCH', () => {
  const cell = BigInt(`0x${latLngToCell(49.92, -97.19, 7)}`)
  test('within the declared cell, far from it, and without one', () => {
    const flags = (latitude: number, declared: bigint) =>
      flagsOf(evidence([reading(NOON, ...place(latitude, -97.19))], { registration: { cell: declared } }))
    expect([flags(49.92, cell), flags(50.2, cell), flags(50.2, 0n)]).toEqual([[], ['CELL_MISMATCH'], []])
  })
  test('a cell that is none mismatches nothing', () => {
    expect(flagsOf(evidence([reading(NOON, ...here)], { registration: { cell: 12_345n } }))).toEqual([])
  })
})

test('NO_READINGS: nothing was measured, and it is worth nothing', () => {
  const flags = flagsOf(evidence([]))
  expect(flags).toEqual(['NO_READINGS'])
  expect(qualityOf(flags)).toBe(0)
})
