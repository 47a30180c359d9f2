import { concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeAnyhow, headOf, isDeterministic } from '../../test/support/cbor.ts'
import { randomOf } from '../../test/support/mutations.ts'
import { cheapest } from '../../test/support/speed.ts'
import { hasVectors, readVectors, vectorsNote } from '../../test/support/vectors.ts'
import { decodeCbor } from './decode.ts'
import { type CborValue, encodeCbor } from './encode.ts'
import { checkCbor } from './gate.ts'

type Vector = { readonly hex: string; readonly diagnostic: string; readonly decoded?: unknown }

const check = (hex: string) => checkCbor(hexToBytes(hex))
const reason = (hex: string) => check(hex)?.facts.reason

describe.skipIf(!hasVectors)(`dCBOR’s vectors${vectorsNote}`, () => {
  const valid = hasVectors ? readVectors<Vector[]>('cbor/dcbor-valid.json') : []
  const invalid = hasVectors ? readVectors<Vector[]>('cbor/dcbor-invalid.json') : []

  /** Our profile has no deviation from the valid ones: none of them has a tag, nesting or a simple value. */
  test.each(valid)('lets $diagnostic ($hex) through, and writes it so', ({ hex }) => {
    expect(check(hex)).toBeUndefined()
    expect(isDeterministic(hexToBytes(hex))).toBe(true)
  })

  /** Not deterministic, and yet understood in one way alone: what stock libraries write. Each with the reason. */
  const taken: Readonly<Record<string, string>> = {
    f94a00: 'an integer as a float',
    fa41400000: 'an integer as a float',
    fb4028000000000000: 'an integer as a float',
    '180c': 'an integer wider than needed',
    '19000c': 'an integer wider than needed',
    '1a0000000c': 'an integer wider than needed',
    '1b000000000000000c': 'an integer wider than needed',
    fa3fc00000: 'a float wider than needed',
    fb3ff8000000000000: 'a float wider than needed',
    fb7ff0000000000000: 'a float wider than needed; SenML then refuses infinity',
    fa7f800000: 'a float wider than needed; SenML then refuses infinity',
    fbfff0000000000000: 'a float wider than needed; SenML then refuses infinity',
    faff800000: 'a float wider than needed; SenML then refuses infinity',
    fb7ff9100000000001: 'another NaN; SenML then refuses every NaN',
    faffc00001: 'another NaN; SenML then refuses every NaN',
    f97e01: 'another NaN; SenML then refuses every NaN',
    a2616200616101: 'a map in another order',
    f98000: 'minus zero, a float like others',
    fa80000000: 'minus zero, a float like others',
    fb8000000000000000: 'minus zero, a float like others',
    '6345cc88': 'a text that is not in normalization form C: UTF-8, and stored as it came',
  }

  test.each(invalid.filter(({ hex }) => hex in taken))('takes $diagnostic ($hex), but never writes it', ({ hex }) => {
    expect(check(hex)).toBeUndefined()
    expect(isDeterministic(hexToBytes(hex))).toBe(false)
  })

  test.each(invalid.filter(({ hex }) => !(hex in taken)))('refuses $diagnostic ($hex)', ({ hex }) => {
    expect(check(hex)).toMatchObject({ code: 'MALFORMED', facts: { offset: expect.any(Number) } })
  })

  test('no exception is left over', () => {
    expect(Object.keys(taken).filter((hex) => !invalid.some((vector) => vector.hex === hex))).toEqual([])
  })
})

describe.skipIf(!hasVectors)(`RFC 8949 appendix A${vectorsNote}`, () => {
  const examples = hasVectors ? readVectors<Vector[]>('cbor/appendix_a.json') : []
  /** Well-formed, and refused here: what our profile has no use for. */
  const deviations: Readonly<Record<string, string>> = {
    c249010000000000000000: 'tag other than a leading 18',
    '3bffffffffffffffff': 'integer below -2^63',
    c349010000000000000000: 'tag other than a leading 18',
    f7: 'simple value other than false, true and null',
    f0: 'simple value other than false, true and null',
    f818: 'simple value other than false, true and null',
    f8ff: 'simple value other than false, true and null',
    c074323031332d30332d32315432303a30343a30305a: 'tag other than a leading 18',
    c11a514b67b0: 'tag other than a leading 18',
    c1fb41d452d9ec200000: 'tag other than a leading 18',
    d74401020304: 'tag other than a leading 18',
    d818456449455446: 'tag other than a leading 18',
    d82076687474703a2f2f7777772e6578616d706c652e636f6d: 'tag other than a leading 18',
    '5f42010243030405ff': 'indefinite length',
    '7f657374726561646d696e67ff': 'indefinite length',
    '9fff': 'indefinite length',
    '9f018202039f0405ffff': 'indefinite length',
    '9f01820203820405ff': 'indefinite length',
    '83018202039f0405ff': 'indefinite length',
    '83019f0203ff820405': 'indefinite length',
    '9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff': 'indefinite length',
    bf61610161629f0203ffff: 'indefinite length',
    '826161bf61626163ff': 'indefinite length',
    bf6346756ef563416d7421ff: 'indefinite length',
  }

  test.each(examples)('$hex is let through, or is a declared deviation', ({ hex }) => {
    expect(reason(hex)).toBe(deviations[hex])
  })

  test.each(examples.filter(({ hex, decoded }) => !(hex in deviations) && decoded !== undefined))(
    '$hex decodes to its value',
    ({ hex, decoded }) => {
      const result = decodeCbor(hexToBytes(hex))
      expect(result.ok && plain(result.value)).toEqual(decoded)
    },
  )
})

/** As the vectors’ JSON has it. */
const plain = (value: unknown): unknown => {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]))
  return value
}

describe('what RFC 8949 appendix F calls not well-formed', () => {
  test.each([
    // End of input in a head.
    ...[
      '18',
      '19',
      '1a',
      '1b',
      '1901',
      '1a0102',
      '1b01020304050607',
      '38',
      '58',
      '78',
      '98',
      '9a01ff00',
      'b8',
      'd8',
      'f8',
      'f900',
      'fa0000',
      'fb000000',
    ],
    // Definite-length strings with short data.
    ...['41', '61', '5affffffff00', '5bffffffffffffffff010203', '7affffffff00', '7b7fffffffffffffff010203'],
    // Definite-length maps and arrays not closed with enough items.
    ...['81', '818181818181818181', '8200', 'a1', 'a20102', 'a100', 'a2000000'],
    // Tag number not followed by tag content, and indefinite-length strings not closed by a break.
    ...['c0', 'd2', '5f4100', '7f6100', '9f', '9f0102', 'bf', 'bf01020102', '819f', '9f8000'],
    // Reserved numbers, two-byte simple values below 32, a break on its own.
    ...[
      '1c',
      '1d',
      '1e',
      '3c',
      '5c',
      '7c',
      '9c',
      'bc',
      'dc',
      'fc',
      'fd',
      'fe',
      'f800',
      'f801',
      'f818',
      'f81f',
      'ff',
      '81ff',
      'a1ff',
      'a1ff00',
      'a100ff',
    ],
    // No item at all, and bytes after the item.
    ...['', '0000', 'f500'],
  ])('%s', (hex) => {
    expect(check(hex)).toMatchObject({ code: 'MALFORMED' })
  })
})

describe('the gate', () => {
  test('tells where and why', () => {
    expect(check('8301a201010118ff1800')).toEqual({
      code: 'MALFORMED',
      facts: { offset: 5, reason: 'map key twice' },
    })
  })

  test('lets tag 18 stand before the item, and nowhere else', () => {
    expect(reason('d280')).toBeUndefined()
    expect(reason('d2d280')).toBe('tag other than a leading 18')
    expect(reason('81d280')).toBe('tag other than a leading 18')
    expect(reason('d81280')).toBeUndefined()
    expect(reason('db000000000000001280')).toBeUndefined()
    expect(reason('db000000010000001280')).toBe('tag other than a leading 18')
    expect(reason('d903e680')).toBe('tag other than a leading 18')
  })

  test.each([5, 6])('lets %i nested containers through', (depth) => {
    expect(checkCbor(nested(depth))).toBeUndefined()
  })

  test('refuses 7 nested containers', () => {
    expect(checkCbor(nested(7))?.facts).toEqual({ offset: 6, reason: 'nested too deep' })
  })

  test.each([
    ['1 and 1 in one more byte', 'a201001801 00'],
    ['1 and 1 in eight more bytes', 'a20100 1b0000000000000001 00'],
    ['-1 and -1 in two more bytes', 'a22000 390000 00'],
    ['2^64 - 1 twice', 'a21bffffffffffffffff00 1bffffffffffffffff00'],
    ['"a" and "a" under a longer head', 'a2616100 780161 00'],
    ['"a" first and last of three', 'a3616100 616200 7900016100'],
    ['1 twice in a map of a map', 'a100a201001801 00'],
  ])('finds equal keys by value: %s', (_, hex) => {
    expect(reason(hex.replaceAll(' ', ''))).toBe('map key twice')
  })

  test.each([
    ['1 and "1"', 'a201006131 00'],
    ['1 and -1', 'a2010020 00'],
    ['2^64 - 1 and 2^64 - 2', 'a21bffffffffffffffff001bfffffffffffffffe 00'],
    ['2^53 and 2^53 + 1', 'a21b0020000000000000001b0020000000000001 00'],
    ['"a" and "a" in normalization form D', 'a262c3a400 6361cc88 00'],
  ])('tells other keys apart: %s', (_, hex) => {
    expect(reason(hex.replaceAll(' ', ''))).toBeUndefined()
  })

  test.each([
    ['a float', 'a1f93c0000'],
    ['a double', 'a1fb3ff000000000000000'],
    ['true', 'a1f500'],
    ['null', 'a1f600'],
    ['bytes', 'a1410100'],
    ['a list', 'a18000'],
    ['a map', 'a1a000'],
    ['a tag', 'a1c10100'],
  ])('refuses %s as a key', (_, hex) => {
    expect(reason(hex)).toBe('map key other than an integer or a text')
  })

  test.each([63, 64])('lets a map of %i pairs through', (pairs) => {
    expect(checkCbor(mapOf(pairs))).toBeUndefined()
  })

  test('refuses a map of 65 pairs', () => {
    expect(checkCbor(mapOf(65))?.facts).toEqual({ offset: 0, reason: 'too many pairs in a map' })
  })

  test.each([
    ['overlong', '62c080'],
    ['a surrogate', '63eda080'],
    ['cut short', '61c3'],
    ['beyond U+10FFFF', '64f4908080'],
  ])('refuses text that is not UTF-8: %s', (_, hex) => {
    expect(reason(hex)).toBe('text is not UTF-8')
  })

  test.each([
    ['a bignum of 100 KB', bomb(100_000, [0xc2, 0x5a, 0x00, 0x01, 0x86, 0x9a])],
    ['10^5 nested arrays', new Uint8Array(100_000).fill(0x81)],
    ['10^6 nested tags', new Uint8Array(1_000_000).fill(0xd2)],
    ['a text of 2^63 bytes', hexToBytes('7b7fffffffffffffff')],
    ['bytes of 2^64 - 1', hexToBytes('5bffffffffffffffff')],
    ['an array of 2^64 - 1 items', hexToBytes('9bffffffffffffffff')],
    ['a map of 2^63 pairs', hexToBytes('bb8000000000000000')],
    ['an array of 4 billion items, 100 KB of them there', bomb(100_000, [0x9a, 0xff, 0xff, 0xff, 0xff])],
    ['a map of 16,000 pairs', bomb(32_003, [0xb9, 0x3e, 0x80])],
  ])('refuses %s at once', (_, bytes) => {
    expect(checkCbor(bytes)).toMatchObject({ code: 'MALFORMED' })
    // An honest packet is at most 16 KB; a walk over 100 KB of one-byte items stands for "at once".
    const walk = bomb(100_005, [0x9a, 0x00, 0x01, 0x86, 0xa0])
    expect(cheapest(() => checkCbor(bytes)) / cheapest(() => checkCbor(walk))).toBeLessThan(5)
  })

  const listOf = (items: number, item: Uint8Array) =>
    concatBytes(headOf(4, items, 0), ...Array.from({ length: items }, () => item))
  const distinct = (pairs: number) =>
    concatBytes(
      headOf(5, pairs, 0),
      ...Array.from({ length: pairs }, (_, key) => [headOf(0, key << 12, 4), Uint8Array.of(0)]).flat(),
    )

  test.each<[string, (size: number) => Uint8Array]>([
    ['zeros', (size) => listOf(size, Uint8Array.of(0))],
    ['texts', (size) => listOf(size / 8, hexToBytes('67c3a4c3a4c3a461'))],
    ['maps as full as may be', (size) => listOf(size / 384, distinct(64))],
    ['one text', (size) => concatBytes(headOf(3, size, 0), new Uint8Array(size).fill(0x61))],
  ])('walks %s in linear time', (_, make) => {
    const [small, large] = [make(3_840), make(96_000)]
    expect(checkCbor(small)).toBeUndefined()
    expect(checkCbor(large)).toBeUndefined()
    // 25 times the bytes cost about 25 times as much; anything quadratic costs 625 times.
    const times = (bytes: Uint8Array, count: number) => () => {
      for (let at = 0; at < count; at++) checkCbor(bytes)
    }
    expect(cheapest(times(large, 8)) / cheapest(times(small, 200))).toBeLessThan(5)
  })

  test('never throws, and what it lets through cbor-x reads', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        if (!checkCbor(bytes)) expect(decodeCbor(bytes).ok).toBe(true)
      }),
      { numRuns: 20_000, seed: 1 },
    )
  })
})

describe('the encoder', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 12 }).map((value) => value.normalize('NFC'))
  const leaf = fc.oneof(
    fc.boolean(),
    text,
    fc.uint8Array({ maxLength: 40 }),
    fc.bigInt(-(2n ** 63n), 2n ** 64n - 1n),
    fc.double(),
    fc.float(),
    fc.constantFrom(
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2 ** -24,
      -(2 ** -24),
      2 ** -14,
      1.5,
      65_503.5,
      2 ** 64,
      5e-324,
    ),
  )
  const value: fc.Arbitrary<CborValue> = fc.letrec<{ value: CborValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('value'), { maxLength: 5 }),
      fc
        .uniqueArray(fc.tuple(fc.oneof(fc.integer(), text), tie('value')), { maxLength: 5, selector: ([key]) => key })
        .map((entries) => new Map(entries)),
    ),
  })).value

  test('makes only what the gate lets through, and it reads back', () => {
    fc.assert(
      fc.property(value, (given) => {
        const bytes = encodeCbor(given)
        expect(checkCbor(bytes)).toBeUndefined()
        const read = decodeCbor(bytes)
        expect(read.ok && canonical(read.value)).toEqual(canonical(given))
      }),
      { numRuns: 3_000, seed: 2 },
    )
  })

  test('and the decoder reads the same value however else it is written', () => {
    fc.assert(
      fc.property(value, fc.nat(), (given, seed) => {
        const read = decodeCbor(encodeAnyhow(given, randomOf(seed)))
        expect(read.ok && canonical(read.value)).toEqual(canonical(given))
      }),
      { numRuns: 3_000, seed: 3 },
    )
  })

  test('refuses integers beyond 64 bits', () => {
    expect(() => encodeCbor(2n ** 64n)).toThrow(RangeError)
  })
})

/** Integers of either type are one; a map's order is no part of it. */
const canonical = (value: unknown): unknown => {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
  if (value instanceof Uint8Array) return [...value]
  if (Array.isArray(value)) return value.map(canonical)
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [canonical(key), canonical(item)]))
  return value
}

function nested(depth: number): Uint8Array {
  const bytes = new Uint8Array(depth).fill(0x81)
  bytes[depth - 1] = 0x80
  return bytes
}

function mapOf(pairs: number): Uint8Array {
  return encodeCbor(new Map(Array.from({ length: pairs }, (_, key) => [key, 0])))
}

function bomb(length: number, start: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(length)
  bytes.set(start)
  return bytes
}
