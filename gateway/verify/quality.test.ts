import fc from 'fast-check'
import { latLngToCell } from 'h3-js'
import { describe, expect, test } from 'vitest'
import type { Format, Measurement, Reading } from '../../devices/packet.ts'
import { days, minutes, seconds } from '../../devices/units.ts'
import { measurement, NOON, place, reading, registrationOf, testDevice } from '../../test/support/packets.ts'
import type { Flag, Registration } from '../ports.ts'
import { distance } from './fix.ts'
import { type Evidence, flagsOf, follow, penalties, qualityOf, shownBy, type Track } from './quality.ts'

const tracker = testDevice('tracker')

const evidence = (
  readings: readonly Reading[],
  but: Partial<Omit<Evidence, 'registration'>> & { registration?: Partial<Registration> } = {},
): Evidence => ({
  readings,
  format: 'cose-es256k',
  sequence: but.before ? but.before.sequence + 1n : 1n,
  receivedAt: NOON,
  before: undefined,
  ...but,
  registration: registrationOf(tracker, but.registration),
})

/** The track after a packet was accepted. */
const trackAfter = (accepted: Evidence): Track => follow(accepted.before, shownBy(accepted))

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
    const before = trackAfter(evidence([reading(NOON - minutes(1), ...here)]))
    expect(flagsOf(evidence([northBy(50_000, NOON)], { before }))).toEqual(['IMPLAUSIBLE_SPEED'])
    expect(flagsOf(evidence([northBy(50_000, NOON - minutes(2))], { before }))).toEqual([
      'IMPLAUSIBLE_SPEED',
      'OUT_OF_ORDER',
    ])
    expect(flagsOf(evidence([northBy(50_000, NOON + minutes(10))], { before }))).toEqual(['CLOCK_SKEWED'])
  })

  test('a packet dated into the past hides no jump', () => {
    const live = trackAfter(evidence([reading(NOON - minutes(1), ...here)]))
    const detour = evidence([northBy(500_000, NOON - days(1))], { before: live })
    expect(flagsOf(detour)).toEqual(['OUT_OF_ORDER'])
    expect(flagsOf(evidence([northBy(500_000, NOON)], { before: trackAfter(detour) }))).toEqual(['IMPLAUSIBLE_SPEED'])
  })

  test('nor does one dated into the future', () => {
    const live = trackAfter(evidence([reading(NOON - minutes(1), ...here)]))
    const detour = evidence([northBy(500_000, NOON + days(365))], { before: live })
    expect(flagsOf(detour)).toEqual(['CLOCK_SKEWED'])
    expect(flagsOf(evidence([northBy(500_000, NOON)], { before: trackAfter(detour) }))).toEqual([
      'IMPLAUSIBLE_SPEED',
      'OUT_OF_ORDER',
    ])
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

  test('counts on over packets, in whatever order their sequences are', () => {
    let before: Track | undefined
    for (let sequence = 11n; sequence > 0n; sequence -= 1n) {
      const packet = evidence(
        run(1, () => 0),
        { before, sequence },
      )
      expect(flagsOf(packet)).not.toContain('STUCK_SENSOR')
      before = trackAfter(packet)
    }
    const last = evidence(
      run(1, () => 0),
      { before },
    )
    expect(flagsOf(last)).toEqual(['STUCK_SENSOR'])
  })

  test('counts a run over the seam of two packets as within one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(1), { minLength: 1, maxLength: 40 }),
        fc.array(fc.nat(39), { maxLength: 4 }),
        (digits, cuts) => {
          const readings = run(digits.length, (index) => digits[index] ?? 0)
          const whole = evidence(readings)
          const bounds = [0, ...[...cuts].sort((one, other) => one - other), digits.length]
          let before: Track | undefined
          let isStuck = false
          bounds.slice(1).forEach((end, index) => {
            const part = readings.slice(bounds[index], end)
            if (part.length === 0) return
            const packet = evidence(part, { before })
            isStuck ||= flagsOf(packet).includes('STUCK_SENSOR')
            before = trackAfter(packet)
          })
          expect(isStuck).toBe(flagsOf(whole).includes('STUCK_SENSOR'))
          expect(before?.run).toEqual(trackAfter(whole).run)
        },
      ),
      { numRuns: 500, seed: 8 },
    )
  })

  test('a counter beside the sensors does not hide it, nor does a base name', () => {
    const counted = Array.from({ length: 12 }, (_, index) => [...air(0), measurement('count', '', index)])
    expect(flagsOf(evidence(counted.map((it, index) => reading(NOON - minutes(12 - index), ...it))))).toEqual([
      'STUCK_SENSOR',
    ])
    const named = run(12, () => 0).map((it) => ({
      ...it,
      measurements: it.measurements.map((one) => ({ ...one, name: `urn:dev:mac:0024befffe804ff1:${one.name}` })),
    }))
    expect(flagsOf(evidence(named))).toEqual(['STUCK_SENSOR'])
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

describe('OUT_OF_PHYSICAL_RANGE, whatever a measurement is called', () => {
  test.each<[string, Measurement, boolean]>([
    ['under a base name', measurement('urn:dev:ow:10e2073a01080063:temperature', 'Cel', 200), true],
    ['in another unit', measurement('temperature', 'K', 293), true],
    ['without a unit', measurement('temperature', '', 200), true],
    ['without a unit, and possible', measurement('temperature', '', 20), false],
    ['as text', { name: 'temperature', unit: 'Cel', value: '20' }, true],
    ['of another part', measurement('engine/temperature', 'Cel', 200), false],
  ])('%s', (_, given, isFlagged) => {
    expect(flagsOf(evidence([reading(NOON, ...here, given)]))).toEqual(isFlagged ? ['OUT_OF_PHYSICAL_RANGE'] : [])
  })
})

describe('OUT_OF_ORDER', () => {
  const packet = (sequence: bigint, minute: number, before?: Track) =>
    evidence([reading(NOON + minutes(minute), ...here)], { before, sequence })
  /** Flags of packets in order of their acceptance, each by its sequence and its minute. */
  const flagsInTurn = (...packets: readonly (readonly [bigint, number])[]) => {
    let before: Track | undefined
    return packets.map(([sequence, minute]) => {
      const given = packet(sequence, minute, before)
      before = trackAfter(given)
      return flagsOf(given)
    })
  }

  test('a first packet of the highest sequence ends no comparison', () => {
    const first = trackAfter(packet(2n ** 63n - 1n, -10))
    const second = evidence([reading(NOON, ...place(60, 0))], { before: first, sequence: 1n })
    expect(flagsOf(second)).toEqual(['IMPLAUSIBLE_SPEED', 'OUT_OF_ORDER'])
    const third = evidence([reading(NOON, ...here)], { before: trackAfter(second), sequence: 2n })
    expect(flagsOf(third)).toEqual(['IMPLAUSIBLE_SPEED'])
  })

  test('live packets, and a backlog before them, are in order', () => {
    expect(flagsInTurn([1n, -600], [2n, -300], [3n, -1], [4n, 0])).toEqual([[], [], [], []])
  })

  test('a backlog after a live packet pays once, for its first packet', () => {
    expect(flagsInTurn([9n, 0], [1n, -600], [2n, -599], [3n, -598], [10n, 1])).toEqual([
      [],
      ['OUT_OF_ORDER'],
      [],
      [],
      [],
    ])
    // Signed only when sent.
    expect(flagsInTurn([1n, 0], [2n, -600], [3n, -599], [4n, 1])).toEqual([[], ['OUT_OF_ORDER'], [], []])
    expect(qualityOf(['OUT_OF_ORDER'])).toBe(9_000)
  })

  test('a backlog sent newest first pays for each of its packets', () => {
    expect(flagsInTurn([9n, 0], [8n, -1], [7n, -2]).slice(1)).toEqual([['OUT_OF_ORDER'], ['OUT_OF_ORDER']])
  })

  test('the same sequence and time again are not out of order', () => {
    expect(flagsInTurn([5n, 0], [5n, 0])).toEqual([[], []])
  })
})

describe('STALE', () => {
  const years = evidence([reading(NOON - days(800), ...here)])
  test('a Pebble’s packet that its clock says is older than any backlog earns nothing', () => {
    const flags = flagsOf({
      ...years,
      format: 'pebble',
      registration: { ...years.registration, model: 'pebble-gravel' },
    })
    expect(flags).toEqual(['CLOCK_SKEWED', 'STALE'])
    expect(qualityOf(flags)).toBe(0)
  })
  test('a backlog of 30 days is not', () => {
    expect(flagsOf({ ...evidence([reading(NOON - days(30), ...here)]), format: 'pebble' })).toEqual([])
  })
  test('a native packet’s signature names the network: only its clock is wrong', () => {
    expect(flagsOf(years)).toEqual(['CLOCK_SKEWED'])
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
