import { hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cheapest } from '../../test/support/speed.ts'
import { hasVectors, readVectors, vectorsNote } from '../../test/support/vectors.ts'
import { decodeCbor } from './decode.ts'
import { type CborValue, encodeCbor } from './encode.ts'
import { checkDeterministic } from './gate.ts'

type Vector = { readonly hex: string; readonly diagnostic: string; readonly decoded?: unknown }

const check = (hex: string) => checkDeterministic(hexToBytes(hex))
const reason = (hex: string) => check(hex)?.facts.reason

describe.skipIf(!hasVectors)(`dCBOR’s vectors${vectorsNote}`, () => {
  const valid = hasVectors ? readVectors<Vector[]>('cbor/dcbor-valid.json') : []
  const invalid = hasVectors ? readVectors<Vector[]>('cbor/dcbor-invalid.json') : []

  /** Our profile has no deviation from the valid ones: none of them has a tag, nesting or a simple value. */
  test.each(valid)('lets $diagnostic ($hex) through', ({ hex }) => {
    expect(check(hex)).toBeUndefined()
  })

  test.each(invalid)('refuses $diagnostic ($hex)', ({ hex }) => {
    expect(check(hex)).toMatchObject({ code: 'MALFORMED', facts: { offset: expect.any(Number) } })
  })
})

describe.skipIf(!hasVectors)(`RFC 8949 appendix A${vectorsNote}`, () => {
  const examples = hasVectors ? readVectors<Vector[]>('cbor/appendix_a.json') : []
  /** Well-formed, and refused here: what dCBOR or our profile has no use for. */
  const deviations: Readonly<Record<string, string>> = {
    c249010000000000000000: 'tag other than a leading 18',
    '3bffffffffffffffff': 'integer below -2^63',
    c349010000000000000000: 'tag other than a leading 18',
    f90000: 'integer encoded as a float',
    f98000: 'integer encoded as a float',
    f93c00: 'integer encoded as a float',
    f97bff: 'integer encoded as a float',
    fa47c35000: 'integer encoded as a float',
    f9c400: 'integer encoded as a float',
    fa7f800000: 'longer than needed',
    fa7fc00000: 'NaN other than the canonical one',
    faff800000: 'longer than needed',
    fb7ff0000000000000: 'longer than needed',
    fb7ff8000000000000: 'NaN other than the canonical one',
    fbfff0000000000000: 'longer than needed',
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
      facts: { offset: 5, reason: 'map keys not sorted and unique' },
    })
  })

  test('lets tag 18 stand before the item, and nowhere else', () => {
    expect(reason('d280')).toBeUndefined()
    expect(reason('d2d280')).toBe('tag other than a leading 18')
    expect(reason('81d280')).toBe('tag other than a leading 18')
    expect(reason('d81280')).toBe('longer than needed')
    expect(reason('d903e680')).toBe('tag other than a leading 18')
  })

  test.each([5, 6])('lets %i nested containers through', (depth) => {
    expect(checkDeterministic(nested(depth))).toBeUndefined()
  })

  test('refuses 7 nested containers', () => {
    expect(checkDeterministic(nested(7))?.facts).toEqual({ offset: 6, reason: 'nested too deep' })
  })

  test('orders keys bytewise, not shorter first', () => {
    expect(reason('a2 0a 00 18 18 00'.replaceAll(' ', ''))).toBeUndefined()
    expect(reason('a2 18 18 00 20 00'.replaceAll(' ', ''))).toBeUndefined()
    expect(reason('a2 20 00 18 18 00'.replaceAll(' ', ''))).toBe('map keys not sorted and unique')
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
    [
      '64 KB of combining marks',
      encodeHead(3, new TextEncoder().encode('\u0345'.repeat(16_000) + '\u0301'.repeat(16_000))),
    ],
  ])('refuses %s at once', (_, bytes) => {
    expect(checkDeterministic(bytes)).toMatchObject({ code: 'MALFORMED' })
    // An honest packet is at most 16 KB; a walk over 100 KB of one-byte items stands for "at once".
    const walk = bomb(100_005, [0x9a, 0x00, 0x01, 0x86, 0xa0])
    expect(cheapest(() => checkDeterministic(bytes)) / cheapest(() => checkDeterministic(walk))).toBeLessThan(5)
  })

  test('walks a megabyte in linear time', () => {
    const zeros = bomb(1_000_005, [0x9a, 0x00, 0x0f, 0x42, 0x40])
    const tenth = bomb(100_005, [0x9a, 0x00, 0x01, 0x86, 0xa0])
    expect(checkDeterministic(zeros)).toBeUndefined()
    expect(checkDeterministic(tenth)).toBeUndefined()
    // Ten times the bytes take about ten times as long; anything quadratic takes a hundred times.
    expect(cheapest(() => checkDeterministic(zeros)) / cheapest(() => checkDeterministic(tenth))).toBeLessThan(50)
  })

  test('never throws, and what it lets through cbor-x reads', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        if (!checkDeterministic(bytes)) expect(decodeCbor(bytes).ok).toBe(true)
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
        expect(checkDeterministic(bytes)).toBeUndefined()
        const read = decodeCbor(bytes)
        expect(read.ok && canonical(read.value)).toEqual(canonical(given))
      }),
      { numRuns: 3_000, seed: 2 },
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

function bomb(length: number, start: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(length)
  bytes.set(start)
  return bytes
}

function encodeHead(major: number, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(5 + content.length)
  bytes[0] = (major << 5) | 26
  new DataView(bytes.buffer).setUint32(1, content.length)
  bytes.set(content, 5)
  return bytes
}
