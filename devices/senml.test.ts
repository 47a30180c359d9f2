import { hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isDeterministic, RFC8428_PACK } from '../test/support/cbor.ts'
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

test('RFC 8428 §6: the published bytes, with integer labels, floats of 2 and 8 bytes, and maps in the authors’ order', () => {
  const decoded = decodeSenml(RFC8428_PACK, receivedAt)
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.refusal))
  const name = 'urn:dev:ow:10e2073a0108006:current'
  expect(decoded.value).toEqual([
    {
      at: 1_276_020_076_001,
      clock: 'device',
      measurements: [
        { name: 'urn:dev:ow:10e2073a0108006:voltage', unit: 'V', value: 120.1 },
        { name, unit: 'A', value: 1.7 },
      ],
    },
    ...[1.2, 1.3, 1.4, 1.5, 1.6].map((value, index) => ({
      at: 1_276_020_071_001 + 1_000 * index,
      clock: 'device',
      measurements: [{ name, unit: 'A', value }],
    })),
  ])
})

describe('times', () => {
  test('without one, the reading is of now and of the gateway’s clock', () => {
    expect(decode({ n: 'x', v: 1 })[0]).toMatchObject({ at: receivedAt, clock: 'gateway' })
  })

  test.each([
    [-300.5, receivedAt - 300_500],
    [-(2 ** 28), receivedAt - 2 ** 28 * 1_000],
    // Before 1978 by subtraction: what lies below 2^28 is an age, however far back.
    [-1_700_000_000, receivedAt - 1_700_000_000_000],
    [2 ** 28 - 1, receivedAt + (2 ** 28 - 1) * 1_000],
    [10, receivedAt + 10_000],
  ])('%d is an age', (t, at) => {
    expect(decode({ n: 'x', v: 1, t })[0]).toMatchObject({ at, clock: 'gateway' })
  })

  test.each([2 ** 28, 1_718_757_942.123, 253_402_300_799.999])('%d is a time', (t) => {
    expect(decode({ n: 'x', v: 1, t })[0]).toMatchObject({ at: Math.round(t * 1_000), clock: 'device' })
  })

  test('a base time and a time are added before either is an age', () => {
    expect(decode({ bt: 1_760_000_000, n: 'x', v: 1, t: -3_600 })[0]).toMatchObject({ clock: 'device' })
    expect(decode({ bt: 2 ** 28, n: 'x', v: 1, t: -1 })[0]).toMatchObject({ clock: 'gateway' })
  })

  test.each([-1_760_000_001, 253_402_300_801, 1e300, -1e300])('%d is out of range', (t) => {
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

  test('a base value alone is the value, of numbers only', () => {
    const readings = decode({ bv: 20, n: 'a' }, { n: 'b', vs: 'x' }, { n: 'c', vb: true }, { n: 'd', bv: 1 })
    expect(readings[0]?.measurements.map(({ name, value }) => [name, value])).toEqual([
      ['a', 20],
      ['b', 'x'],
      ['c', true],
      ['d', 1],
    ])
  })

  test('a base sum alone is the sum, beside any value', () => {
    const [reading] = decode({ bs: 5, n: 'a', u: 'W' }, { n: 'b', v: 1 }, { n: 'c', s: 2, vb: true })
    expect(reading?.measurements).toEqual([
      { name: 'a/sum', unit: 'W.s', value: 5 },
      { name: 'b', unit: '', value: 1 },
      { name: 'b/sum', unit: '', value: 5 },
      { name: 'c', unit: '', value: true },
      { name: 'c/sum', unit: '', value: 7 },
    ])
  })

  test('a sum’s unit is the record’s or the base unit times seconds, and none where there is none', () => {
    const units = (...records: Record_[]) => decode(...records).flatMap((it) => it.measurements.map(({ unit }) => unit))
    expect(units({ bu: 'A', n: 'a', s: 1 }, { n: 'b', u: 'W', s: 1 })).toEqual(['A.s', 'W.s'])
    expect(units({ n: 'a', s: 1 })).toEqual([''])
  })

  test.each([1, 5, 10])('a pack of version %i', (bver) => {
    expect(decode({ bver, n: 'a', v: 1 }, { n: 'b', v: 1 }, { bver, n: 'c', v: 1 })).toHaveLength(1)
  })

  test('a pack of version 10, said late', () => {
    expect(decode({ n: 'a', v: 1 }, { bver: 10, n: 'b', v: 1 })).toHaveLength(1)
  })

  test('an update time says nothing of the reading', () => {
    expect(decode({ n: 'a', v: 1, ut: 60.5 })[0]?.measurements).toEqual([{ name: 'a', unit: '', value: 1 }])
  })

  test('integers of 64 bits become numbers', () => {
    expect(decode({ n: 'x', v: 2n ** 63n })[0]?.measurements[0]?.value).toBe(2 ** 63)
  })

  test.each(['constructor', 'toString', 'hasOwnProperty', '0', 'a:b-c.d/e_'])(
    'the name %s stays a plain string',
    (name) => {
      const [reading] = decode({ n: name, v: 1 })
      expect(reading?.measurements).toEqual([{ name, unit: '', value: 1 }])
      expect(({} as Record<string, unknown>).value).toBeUndefined()
    },
  )

  test('an unknown label is passed over, a number of 64 bits too', () => {
    expect(decode({ n: 'x', v: 1, later: 'yes' })).toHaveLength(1)
    for (const name of [9, -7, 2n ** 63n]) {
      const record = new Map<CborValue, CborValue>([
        [0, 'x'],
        [2, 1],
        [name, Number.NaN],
      ])
      expect(decodeSenml(encodeCbor([record]), receivedAt).ok).toBe(true)
    }
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
    ...['bn', 'n', 'v', 's', 't', 'bver'].map((name): [string, Uint8Array] => [
      `the JSON name ${name} for a label`,
      encodeCbor([
        new Map<CborValue, CborValue>([
          [0, 'x'],
          [2, 1],
          [name, 1],
        ]),
      ]),
    ]),
    ['version 0', pack({ n: 'x', v: 1, bver: 0 })],
    ['version -1', pack({ n: 'x', v: 1, bver: -1 })],
    ['version 9.5', pack({ n: 'x', v: 1, bver: 9.5 })],
    ['a version as text', pack({ n: 'x', v: 1, bver: '10' })],
    ['version 11 in a later record', pack({ n: 'x', v: 1 }, { bver: 11, n: 'x', v: 1 })],
    ['two versions', pack({ bver: 5, n: 'x', v: 1 }, { bver: 6, n: 'x', v: 1 })],
    ['another version than the default, said late', pack({ n: 'x', v: 1 }, { bver: 5, n: 'x', v: 1 })],
    ['a base sum beyond all numbers', pack({ n: 'x', bs: 1.7e308, s: 1.7e308 })],
    ['a base sum that is text', pack({ n: 'x', v: 1, bs: '1' })],
    ['an update time that is text', pack({ n: 'x', v: 1, ut: '1' })],
    ...['_x', '-x', ':x', '.x', '/x', '__proto__'].map((n): [string, Uint8Array] => [
      `the name ${n}`,
      pack({ n, v: 1 }),
    ]),
    ['a name of 257 characters', pack({ bn: 'a'.repeat(200), n: 'b'.repeat(57), v: 1 })],
    ['a unit of 65 characters', pack({ n: 'x', bu: 'u'.repeat(65), v: 1 })],
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

test.each([255, 256, 257])('%i records of a value and a sum', (count) => {
  const payload = pack({ n: 'x', v: 1, bs: 0 }, ...Array.from({ length: count - 1 }, () => ({ n: 'x', v: 1 })))
  expect(refusalOf(payload)).toEqual(
    count > 256 ? { code: 'TOO_LARGE', facts: { measurements: 514, limit: 512 } } : undefined,
  )
})

test('a name of 256 characters', () => {
  expect(refusalOf(pack({ bn: 'a'.repeat(200), n: 'b'.repeat(56), v: 1 }))).toBeUndefined()
})

describe('what encodeSenml makes', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9\-:./_]{0,11}$/)
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
