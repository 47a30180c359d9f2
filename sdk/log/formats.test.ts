import { bytesToHex } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Address } from '../../devices/identity.ts'
import type { Format } from '../../devices/packet.ts'
import { encodeEarning, encodeWeight } from './earning.ts'
import { decodeHeader, encodeHeader, HEADER_BYTES, type Header, headerHash } from './header.ts'
import { decodeRecord, encodeRecord, type LogRecord, RECORD_BYTES } from './record.ts'
import { decodeSummary, encodeSummary, SUMMARY_BYTES, type Summary } from './summary.ts'
import { encodeWitness } from './witness.ts'

const u16 = fc.integer({ min: 0, max: 2 ** 16 - 1 })
const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const time = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })
const device = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes): Address => `0x${bytesToHex(bytes)}`)
const format = fc.constantFrom<Format>('cose-es256k', 'cose-es256', 'pebble')

const record: fc.Arbitrary<LogRecord> = fc.record({
  format,
  quality: u16,
  readings: u32,
  sequence: u64,
  acceptedAt: time,
  device,
  digest: hash,
})
const summary: fc.Arbitrary<Summary> = fc.record({
  device,
  term: u32,
  first: u64,
  end: u64,
  totalRecords: u64,
  totalScore: u64,
  previousLane: u32,
  previousHeight: u64,
})
const header: fc.Arbitrary<Header> = fc.record({
  lane: u32,
  height: u64,
  from: u64,
  size: u64,
  root: hash,
  witnessRoot: hash,
  summaryRoot: hash,
  dataHash: hash,
  layoutVersion: u32,
  closedAt: time,
})

/** Seeded, so that a failure comes back. */
const forAll = <T>(values: fc.Arbitrary<T>, holds: (value: T) => void): void =>
  fc.assert(fc.property(values, holds), { seed: 68 })

const a: Address = `0x${'aa'.repeat(20)}`

describe('a record body', () => {
  test('is 76 bytes in the order of the design', () => {
    const body = encodeRecord({
      format: 'pebble',
      quality: 0x1234,
      readings: 0x01020304,
      sequence: 0x1112131415161718n,
      acceptedAt: 0x0001_0203_0405_0607,
      device: a,
      digest: new Uint8Array(32).fill(0xdd),
    })
    const head = '01' + '03' + '1234' + '01020304' + '1112131415161718' + '0001020304050607'
    expect(bytesToHex(body)).toBe(head + 'aa'.repeat(20) + 'dd'.repeat(32))
  })

  test('reads back whole', () => {
    forAll(record, (line) => {
      expect(decodeRecord(encodeRecord(line))).toEqual(line)
    })
  })

  test('is read from anywhere in a larger file', () => {
    fc.assert(
      fc.property(record, (line) => {
        const file = new Uint8Array(3 + RECORD_BYTES)
        file.set(encodeRecord(line), 3)
        expect(decodeRecord(file.subarray(3))).toEqual(line)
      }),
      { seed: 76 },
    )
  })

  test('of any other bytes is refused, or encodes to the same bytes', () => {
    expect(() => decodeRecord(new Uint8Array(75))).toThrow(RangeError)
    expect(() => decodeRecord(new Uint8Array(77))).toThrow(RangeError)
    const start = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 5 }))
    fc.assert(
      fc.property(start, fc.uint8Array({ minLength: 74, maxLength: 74 }), fc.boolean(), (start, rest, isSane) => {
        const body = Uint8Array.of(...start, ...rest)
        if (isSane) body.set([0, 0], 16)
        let line: LogRecord | undefined
        try {
          line = decodeRecord(body)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
        if (line) expect(encodeRecord(line)).toEqual(body)
      }),
      { seed: 76 },
    )
  })
})

describe('a header', () => {
  test('is ten words of abi.encode', () => {
    const hashes = { root: 1, witnessRoot: 2, summaryRoot: 3, dataHash: 4 }
    const filled = Object.fromEntries(
      Object.entries(hashes).map(([name, fill]) => [name, new Uint8Array(32).fill(fill)]),
    )
    const encoded = bytesToHex(
      encodeHeader({
        ...(filled as Record<keyof typeof hashes, Uint8Array>),
        lane: 7,
        height: 8n,
        from: 9n,
        size: 2n ** 64n - 1n,
        layoutVersion: 1,
        closedAt: 0xabcdef,
      }),
    )
    expect(encoded.match(/.{64}/g)).toEqual([
      '7'.padStart(64, '0'),
      '8'.padStart(64, '0'),
      '9'.padStart(64, '0'),
      'f'.repeat(16).padStart(64, '0'),
      '01'.repeat(32),
      '02'.repeat(32),
      '03'.repeat(32),
      '04'.repeat(32),
      '1'.padStart(64, '0'),
      'abcdef'.padStart(64, '0'),
    ])
  })

  test('reads back whole', () => {
    forAll(header, (header) => {
      expect(decodeHeader(encodeHeader(header))).toEqual(header)
    })
  })

  test('of a number over its type is refused', () => {
    const bytes = encodeHeader(fc.sample(header, { seed: 1, numRuns: 1 })[0] as Header)
    for (const word of [0, 1, 2, 3, 8, 9]) {
      const spoilt = bytes.slice()
      spoilt[32 * word] = 1
      expect(() => decodeHeader(spoilt)).toThrow(RangeError)
    }
    expect(() => decodeHeader(bytes.subarray(1))).toThrow(RangeError)
    expect(bytes.length).toBe(HEADER_BYTES)
  })

  test('has another hash after any change', () => {
    fc.assert(
      fc.property(header, fc.boolean(), (header, isLane) => {
        const field = isLane ? 'lane' : 'layoutVersion'
        expect(headerHash({ ...header, [field]: header[field] ^ 1 })).not.toEqual(headerHash(header))
      }),
      { seed: 76 },
    )
  })
})

describe('a summary leaf', () => {
  test('is 68 bytes in the order of the design', () => {
    const leaf = encodeSummary({
      device: a,
      term: 1,
      first: 2n,
      end: 3n,
      totalRecords: 4n,
      totalScore: 5n,
      previousLane: 6,
      previousHeight: 7n,
    })
    const long = (digit: number) => `${digit}`.padStart(16, '0')
    const rest = `00000001${long(2)}${long(3)}${long(4)}${long(5)}00000006${long(7)}`
    expect(bytesToHex(leaf)).toBe('aa'.repeat(20) + rest)
    expect(leaf.length).toBe(SUMMARY_BYTES)
  })

  test('reads back whole', () => {
    forAll(summary, (line) => {
      expect(decodeSummary(encodeSummary(line))).toEqual(line)
    })
    expect(() => decodeSummary(new Uint8Array(67))).toThrow(RangeError)
  })
})

describe('reward leaves', () => {
  test('of earnings are device, term, amount', () => {
    expect(bytesToHex(encodeEarning({ device: a, term: 2 ** 32 - 1, amount: 0x0102n }))).toBe(
      `${'aa'.repeat(20)}ffffffff${'0102'.padStart(64, '0')}`,
    )
    expect(encodeEarning({ device: a, term: 1, amount: 2n ** 256n - 1n }).length).toBe(56)
    expect(() => encodeEarning({ device: a, term: 1, amount: 2n ** 256n })).toThrow(RangeError)
  })

  test('of weights are device, term, score, weight', () => {
    expect(bytesToHex(encodeWeight({ device: a, term: 1, score: 2n, weight: 3n }))).toBe(
      `${'aa'.repeat(20)}00000001${'2'.padStart(16, '0')}${'3'.padStart(16, '0')}`,
    )
  })
})

test('a witness leaf is a body and its signature, of exactly their lengths', () => {
  const [body, signature] = [new Uint8Array(76).fill(1), new Uint8Array(64).fill(2)]
  expect(bytesToHex(encodeWitness(body, signature))).toBe('01'.repeat(76) + '02'.repeat(64))
  expect(() => encodeWitness(body.subarray(1), signature)).toThrow(RangeError)
  expect(() => encodeWitness(body, signature.subarray(1))).toThrow(RangeError)
})
