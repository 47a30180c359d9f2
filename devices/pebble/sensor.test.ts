import { create, toBinary } from '@bufbuild/protobuf'
import { concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { modelOf } from '../models.ts'
import type { Measurement } from '../packet.ts'
import { SensorDataSchema } from './generated/pebble_pb.ts'
import { decodeSensor, encodeSensor, type TemperatureBuild } from './sensor.ts'

const builds: readonly TemperatureBuild[] = ['zigzag', 'uint32']

const decode = (message: Uint8Array): readonly Measurement[] => {
  const decoded = decodeSensor(message)
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.refusal))
  return decoded.value
}

const valueIn = (message: Uint8Array, name: string) =>
  decode(message).find((measurement) => measurement.name === name)?.value

const refusalOf = (message: Uint8Array) => {
  const decoded = decodeSensor(message)
  return decoded.ok ? undefined : decoded.refusal
}

describe.each(builds)('the %s temperature build', (temperature) => {
  const sealed = (celsius: number) =>
    encodeSensor(
      ['temperature', 'temperature2'].map((name) => ({ name, unit: 'Cel', value: celsius })),
      { temperature, random: 'x' },
    )

  test.each([-40, -0.01, 0, 0.01, 20.77, 85])('reads %d °C', (celsius) => {
    expect(valueIn(sealed(celsius), 'temperature')).toBe(celsius)
    expect(valueIn(sealed(celsius), 'temperature2')).toBe(celsius)
  })

  test('what is encoded reads back', () => {
    const model = modelOf('pebble-riverrock')
    if (!model) throw new Error('no model')
    const hundredths = ({ least, most }: { least: number; most: number }) =>
      fc
        .integer({ min: Math.ceil(least * 100), max: Math.floor(Math.min(most * 100, 2 ** 31 - 1)) })
        .map((value) => value / 100)
    const counts = fc.integer({ min: -32_768, max: 32_767 })
    const reading = fc.tuple(
      ...model.quantities.map(({ name, unit, ...range }) =>
        (unit === 'count' ? counts : hundredths(range)).map((value) => ({ name, unit, value })),
      ),
    )
    fc.assert(
      fc.property(reading, (given) => {
        const twice = given.map((one) =>
          one.name === 'temperature2'
            ? { ...one, value: given.find(({ name }) => name === 'temperature')?.value ?? 0 }
            : one,
        )
        const read = decode(encodeSensor(twice, { temperature, random: '0011223344556677' }))
        expect(new Set(read.filter(({ name }) => name !== 'fix'))).toEqual(new Set(twice))
      }),
      { numRuns: 300, seed: 6 },
    )
  })
})

describe('the temperature’s build is told by temperature2', () => {
  test('also where the two sensors differ by a little', () => {
    const both = (temperature: number) =>
      toBinary(SensorDataSchema, create(SensorDataSchema, { temperature, temperature2: 2_100 }))
    expect(valueIn(both(2_077), 'temperature')).toBe(20.77)
    // A uint32 build's varint 2077, as a zig-zag reader sees it.
    expect(valueIn(both(-1_039), 'temperature')).toBe(20.77)
  })

  test('and is zig-zag without it', () => {
    const alone = toBinary(SensorDataSchema, create(SensorDataSchema, { temperature: 2_077 }))
    expect(valueIn(alone, 'temperature')).toBe(20.77)
  })
})

describe('position', () => {
  const at = (latitude: number, longitude: number) =>
    toBinary(SensorDataSchema, create(SensorDataSchema, { latitude, longitude }))

  test('without a fix there is none, and it says so', () => {
    expect(decode(at(2_000_000_000, 2_000_000_000))).toEqual([{ name: 'fix', unit: '', value: false }])
    expect(decode(encodeSensor([], { temperature: 'zigzag', random: '' }))).toEqual([
      { name: 'fix', unit: '', value: false },
    ])
  })

  test('with one it is degrees', () => {
    expect(decode(at(499_200_000, -971_900_000))).toEqual([
      { name: 'fix', unit: '', value: true },
      { name: 'lat', unit: 'lat', value: 49.92 },
      { name: 'lon', unit: 'lon', value: -97.19 },
    ])
  })

  test('is neither there nor missed when the GPS channel is off', () => {
    expect(decode(toBinary(SensorDataSchema, create(SensorDataSchema, { light: 5 })))).toEqual([
      { name: 'light', unit: 'lx', value: 0.05 },
    ])
  })
})

describe('arrays', () => {
  test.each([
    ['packed', '5a032c0f06'],
    ['unpacked', '582c580f5806'],
    ['in two halves', '5a022c0f5806'],
  ])('%s', (_, hex) => {
    expect(decode(hexToBytes(hex)).map(({ name, value }) => `${name} ${value}`)).toEqual([
      'gyroscope/x 22',
      'gyroscope/y -8',
      'gyroscope/z 3',
    ])
  })

  test.each([511, 512, 513])('of %i values', (count) => {
    const array = concatBytes(Uint8Array.of(0x5a, (count & 0x7f) | 0x80, count >> 7), new Uint8Array(count))
    expect(refusalOf(array)?.code).toBe(count > 512 ? 'TOO_LARGE' : undefined)
  })
})

describe('what a newer firmware adds', () => {
  test.each([
    ['a number', 'a00105'],
    ['a number of 64 bits', 'a001ffffffffffffffffff01'],
    ['a string', 'a201026869'],
    ['four bytes', 'a50101020304'],
    ['eight bytes', 'a1010102030405060708'],
  ])('%s is passed over', (_, hex) => {
    expect(decode(concatBytes(hexToBytes('4805'), hexToBytes(hex)))).toHaveLength(1)
  })

  test.each([
    ['a group', 'a301a401'],
    ['a field cut short', 'a5010102'],
    ['a number cut short', 'a001ff'],
    ['an endless number', 'a001ffffffffffffffffffff01'],
    ['a string of 2 GB', 'a201ffffffff07'],
    ['one field twice', '48054805'],
    ['a packed array cut short', '5a02ac'],
    ['a packed array with a padded number', '5a028000'],
    ['an array of another wire type', '5d00000000'],
  ])('%s is malformed', (_, hex) => {
    expect(refusalOf(hexToBytes(hex))?.code).toBe('MALFORMED')
  })

  test('a flood of fields is malformed', () => {
    const flood = concatBytes(...Array.from({ length: 65 }, () => hexToBytes('5800')))
    expect(refusalOf(flood)).toMatchObject({ code: 'MALFORMED', facts: { reason: 'too many fields' } })
  })
})

test('every measurement but fix is a quantity of the model, in its unit', () => {
  for (const model of ['pebble-riverrock', 'pebble-gravel']) {
    const units = new Map(modelOf(model)?.quantities.map(({ name, unit }) => [name, unit]))
    const everything = [...units].map(([name, unit]) => ({ name, unit, value: 1 }))
    for (const { name, unit } of decode(encodeSensor(everything, { temperature: 'zigzag', random: '' }))) {
      if (name !== 'fix') expect(units.get(name), name).toBe(unit)
    }
  }
})
