import { hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isDeterministic } from '../test/support/cbor.ts'
import { type CborValue, encodeCbor } from './cbor/encode.ts'
import type { Measurement, Reading } from './packet.ts'
import { decodeSenml, encodeSenml } from './senml.ts'

const receivedAt = 1_760_000_000_000

/** Records by their JSON names, so that the tests read as RFC 8428 does. */
const labels: Readonly<Record<string, number>> = {
  bver: -1,
  bn: -2,
  bt: -3,
  bu: -4,
  bv: -5,
  bs: -6,
  n: 0,
  u: 1,
  v: 2,
  vs: 3,
  vb: 4,
  s: 5,
  t: 6,
  ut: 7,
  vd: 8,
}
type Record_ = Readonly<Record<string, CborValue>>

const pack = (...records: Record_[]) =>
  encodeCbor(
    records.map((record) => new Map(Object.entries(record).map(([name, value]) => [labels[name] ?? name, value]))),
  )

const decode = (...records: Record_[]) => {
  const decoded = decodeSenml(pack(...records), receivedAt)
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.refusal))
  return decoded.value
}

const refusalOf = (payload: Uint8Array) => {
  const decoded = decodeSenml(payload, receivedAt)
  return decoded.ok ? undefined : decoded.refusal
}

describe('RFC 8428’s own examples', () => {
  test('5.1.2: base name, base time, base unit', () => {
    const readings = decode(
      { bn: 'urn:dev:ow:10e2073a0108006:', bt: 1.276020076001e9, bu: 'A', bver: 5, n: 'voltage', u: 'V', v: 120.1 },
      { n: 'current', t: -5, v: 1.2 },
      { n: 'current', t: -4, v: 1.3 },
      { n: 'current', v: 1.7 },
    )
    expect(readings.map(({ at }) => at)).toEqual([1_276_020_076_001, 1_276_020_071_001, 1_276_020_072_001])
    expect(readings[0]?.measurements).toEqual([
      { name: 'urn:dev:ow:10e2073a0108006:voltage', unit: 'V', value: 120.1 },
      { name: 'urn:dev:ow:10e2073a0108006:current', unit: 'A', value: 1.7 },
    ])
  })

  test('5.1.3: a base name that changes within the pack', () => {
    const readings = decode(
      { bn: 'a:', bt: 1.320067464e9, bu: '%RH', v: 20, n: 'h' },
      { u: 'lon', v: 24.30621, n: 'p' },
      { bn: 'b:', t: 60, v: 20.3, n: 'h' },
    )
    expect(readings.flatMap(({ measurements }) => measurements.map(({ name, unit }) => `${name} ${unit}`))).toEqual([
      'a:h %RH',
      'a:p lon',
      'b:h %RH',
    ])
  })

  test('5.1.5: text, truth and bytes', () => {
    const [reading] = decode(
      { bn: 'd:', n: 't', vs: 'Machine Room' },
      { n: 'open', vb: false },
      { n: 'nfc', vd: new TextEncoder().encode('hi \n') },
    )
    expect(reading?.measurements.map(({ value }) => value)).toEqual(['Machine Room', false, 'aGkgCg'])
  })
})

describe('times', () => {
  test('without one, the reading is of now and of the gateway’s clock', () => {
    expect(decode({ n: 'x', v: 1 })[0]).toMatchObject({ at: receivedAt, clock: 'gateway' })
  })

  test.each([
    [-300.5, receivedAt - 300_500],
    [-(2 ** 28 - 1), receivedAt - (2 ** 28 - 1) * 1_000],
    [10, receivedAt + 10_000],
  ])('%d is an age', (t, at) => {
    expect(decode({ n: 'x', v: 1, t })[0]).toMatchObject({ at, clock: 'gateway' })
  })

  test.each([2 ** 28, 1_718_757_942.123, 253_402_300_799.999])('%d is a time', (t) => {
    expect(decode({ n: 'x', v: 1, t })[0]).toMatchObject({ at: Math.round(t * 1_000), clock: 'device' })
  })

  test.each([-(2 ** 28), 253_402_300_801, 1e300])('%d is out of range', (t) => {
    expect(refusalOf(pack({ n: 'x', v: 1, t }))).toMatchObject({ code: 'OUT_OF_RANGE', facts: { field: 'time' } })
  })

  test('records of one time form one reading, wherever they stand', () => {
    const readings = decode({ n: 'a', v: 1, t: -1 }, { n: 'b', v: 2, t: -2 }, { n: 'c', v: 3, t: -1 })
    expect(readings.map(({ measurements }) => measurements.map(({ name }) => name))).toEqual([['a', 'c'], ['b']])
  })
})

describe('values', () => {
  test('a base value is added to numbers alone', () => {
    const [reading] = decode({ bv: 20, n: 'a', v: 0.5 }, { n: 'b', vs: 'x' }, { n: 'c', v: -1 })
    expect(reading?.measurements.map(({ value }) => value)).toEqual([20.5, 'x', 19])
  })

  test('a sum is a measurement of its own', () => {
    const [reading] = decode({ bs: 1, n: 'power', u: 'W', v: 3, s: 41 })
    expect(reading?.measurements).toEqual([
      { name: 'power', unit: 'W', value: 3 },
      { name: 'power/sum', unit: 'W.s', value: 42 },
    ])
  })

  test('integers of 64 bits become numbers', () => {
    expect(decode({ n: 'x', v: 2n ** 63n })[0]?.measurements[0]?.value).toBe(2 ** 63)
  })

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('the name %s stays a plain string', (name) => {
    const [reading] = decode({ n: name, v: 1 })
    expect(reading?.measurements).toEqual([{ name, unit: '', value: 1 }])
    expect(({} as Record<string, unknown>).value).toBeUndefined()
  })

  test('an unknown label is passed over', () => {
    expect(decode({ n: 'x', v: 1, later: 'yes' })).toHaveLength(1)
  })
})

describe('refuses as malformed', () => {
  test.each<[string, Uint8Array]>([
    ['an empty pack', pack()],
    ['a map instead of a pack', encodeCbor(new Map([[0, 'x']]))],
    ['a record that is no map', encodeCbor([1])],
    ['a label that must be understood', pack({ n: 'x', v: 1, b_: 1 })],
    [
      'a label that is a list',
      encodeCbor([
        new Map<CborValue, CborValue>([
          [0, 'x'],
          [2, 1],
          [[], 1],
        ]),
      ]),
    ],
    ['neither value nor sum', pack({ n: 'x' })],
    ['two values', pack({ n: 'x', v: 1, vs: 'y' })],
    ['no name', pack({ v: 1 })],
    ['a name with a blank', pack({ n: 'a b', v: 1 })],
    ['a name with a NUL', pack({ n: 'a\0', v: 1 })],
    ['a unit that is no text', pack({ n: 'x', v: 1, u: 5 })],
    ['a unit with a line break', pack({ n: 'x', v: 1, u: '\n' })],
    ['a value that is text', pack({ n: 'x', v: '1' })],
    ['NaN', pack({ n: 'x', v: Number.NaN })],
    ['Infinity', pack({ n: 'x', v: Number.POSITIVE_INFINITY })],
    ['a sum of values beyond all numbers', pack({ n: 'x', bv: 1.7e308, v: 1.7e308 })],
    ['a time that is no number', pack({ n: 'x', v: 1, t: 'now' })],
    ['version 11', pack({ n: 'x', v: 1, bver: 11 })],
    ['bytes that are no CBOR', Uint8Array.of(0xff)],
    ['a label twice, in two widths', hexToBytes('81a30061780201180201')],
  ])('%s', (_, payload) => {
    expect(refusalOf(payload)?.code).toBe('MALFORMED')
  })
})

test.each([511, 512, 513])('%i measurements', (count) => {
  const payload = pack(...Array.from({ length: count }, () => ({ n: 'x', v: 1 })))
  expect(refusalOf(payload)).toEqual(
    count > 512 ? { code: 'TOO_LARGE', facts: { measurements: 513, limit: 512 } } : undefined,
  )
})

describe('what encodeSenml makes', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9\-:./_]{1,12}$/)
  const value = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    fc.boolean(),
    fc.string({ unit: 'grapheme', maxLength: 8 }).map((text) => text.normalize('NFC')),
  )
  const measurement: fc.Arbitrary<Measurement> = fc.record({
    name,
    unit: fc.constantFrom('', 'Cel', '%RH', 'lat'),
    value,
  })
  const reading: fc.Arbitrary<Reading> = fc
    .tuple(fc.boolean(), fc.integer({ min: 0, max: 2 ** 40 }), fc.array(measurement, { minLength: 1, maxLength: 4 }))
    .map(([isTimed, ms, measurements]) =>
      isTimed
        ? { at: 2 ** 28 * 1_000 + ms, clock: 'device', measurements }
        : { at: receivedAt - (ms % (2 ** 28 * 1_000)), clock: 'gateway', measurements },
    )
  const readings = fc.uniqueArray(reading, {
    minLength: 1,
    maxLength: 6,
    selector: ({ at, clock }) => `${clock} ${at}`,
  })

  test('passes the gate and decodes to the same readings', () => {
    fc.assert(
      fc.property(readings, (given) => {
        const payload = encodeSenml(given, { now: receivedAt })
        expect(isDeterministic(payload)).toBe(true)
        expect(decodeSenml(payload, receivedAt)).toEqual({ ok: true, value: given })
      }),
      { numRuns: 1_000, seed: 5 },
    )
  })

  test('writes a base name once', () => {
    const at = receivedAt
    const given: Reading[] = [1, 2].map((value) => ({
      at: at + value,
      clock: 'device',
      measurements: [{ name: 'urn:dev:mac:0024befffe804ff1:t', unit: 'Cel', value }],
    }))
    const short = encodeSenml(given, { name: 'urn:dev:mac:0024befffe804ff1:' })
    expect(decodeSenml(short, at)).toEqual({ ok: true, value: given })
    expect(short.length).toBeLessThan(encodeSenml(given).length)
  })
})
