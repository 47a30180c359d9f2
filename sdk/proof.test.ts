import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { makeProof, type Proof, type ProofDocument, parseProof } from './proof.ts'

const bytes = (length: number, fill: number): Uint8Array => new Uint8Array(length).fill(fill)

const proof: Proof = {
  network: { chainId: 4690, registry: `0x${'11'.repeat(20)}`, ledger: `0x${'22'.repeat(20)}` },
  packet: { framing: 'native', raw: bytes(100, 3) },
  device: {
    address: `0x${'33'.repeat(20)}`,
    curve: 'p256',
    publicKey: bytes(64, 4),
    model: 'tracker-1',
    grade: 'full',
    term: 2 ** 32 - 1,
    owner: `0x${'44'.repeat(20)}`,
  },
  record: {
    format: 'cose-es256',
    quality: 9_876,
    readings: 1,
    sequence: 2n ** 63n - 1n,
    acceptedAt: 1_800_000_000_000,
    device: `0x${'33'.repeat(20)}`,
    digest: bytes(32, 5),
  },
  index: 2n ** 64n - 2n,
  inclusion: Array.from({ length: 64 }, (_, at) => bytes(32, at)),
  header: {
    lane: 2 ** 32 - 1,
    height: 2n ** 64n - 1n,
    from: 2n ** 64n - 2n,
    size: 2n ** 64n - 1n,
    root: bytes(32, 6),
    witnessRoot: bytes(32, 7),
    summaryRoot: bytes(32, 8),
    dataHash: bytes(32, 9),
    layoutVersion: 1,
    closedAt: 1_800_000_005_000,
  },
  settlement: { transaction: `0x${'ab'.repeat(32)}`, block: 17n },
  readings: [
    {
      at: -1,
      clock: 'device',
      measurements: [
        { name: 'temperature', unit: 'Cel', value: 20.77 },
        { name: 'note', unit: '', value: '' },
        { name: 'fix', unit: '', value: false },
      ],
    },
  ],
}

type Json = Record<string, unknown>
const written = (parts: Proof = proof): Json => JSON.parse(JSON.stringify(makeProof(parts)))

/** The document with one place, such as `header.root`, set anew or (undefined) left out. */
const spoilt = (place: string, value: unknown): Json => {
  const document = written()
  const names = place.split('.')
  const last = names.pop() as string
  let target = document
  for (const name of names) target = target[name] as Json
  if (value === undefined) delete target[last]
  else Object.defineProperty(target, last, { value, enumerable: true, configurable: true, writable: true })
  return document
}

const placeRefused = (json: unknown): unknown => {
  const parsed = parseProof(json)
  return parsed.ok ? 'accepted' : parsed.refusal.facts.field
}

/** Every place of the document, `device.owner` as much as `device`. */
const placesOf = (value: unknown, path: readonly string[] = []): string[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([name, inner]) => [[...path, name].join('.'), ...placesOf(inner, [...path, name])])
    : []

/** A name may be any text of 32 characters, and a log of one record has an empty path. */
const fit: Readonly<Record<string, (value: unknown) => boolean>> = {
  'device.model': (value) => typeof value === 'string' && value.length <= 32,
  inclusion: (value) => Array.isArray(value),
}

describe('a proof document', () => {
  test('reads back as it was made', () => {
    expect(parseProof(written())).toEqual({ ok: true, value: proof })
    expect(parseProof(written({ ...proof, readings: undefined }))).toEqual({
      ok: true,
      value: { ...proof, readings: undefined },
    })
  })

  test('holds only its own fields, whatever rows it was made of', () => {
    const imei = 'never to be seen'
    const rich = { ...proof, imei, record: { ...proof.record, imei }, device: { ...proof.device, imei } }
    expect(JSON.stringify(makeProof(rich))).toBe(JSON.stringify(makeProof(proof)))
  })

  test('stays within 1 KB of inclusion proof up to 2^32 records', () => {
    const inclusion = makeProof({ ...proof, inclusion: proof.inclusion.slice(0, 32) }).inclusion
    expect(inclusion.reduce((sum, hash) => sum + (hash.length - 2) / 2, 0)).toBe(1024)
  })

  test.each(placesOf(written()).filter((place) => place !== 'readings'))('needs its %s', (place) => {
    expect(String(placeRefused(spoilt(place, undefined))).startsWith(place)).toBe(true)
    const wrong = [
      null,
      [],
      {},
      true,
      -1,
      1.5,
      '',
      'x',
      '0x',
      '0xg0',
      `0x${'AB'.repeat(32)}`,
      '01',
      '-1',
      'y'.repeat(33),
    ]
    const isFit = (value: unknown) => fit[place]?.(value) ?? false
    expect(wrong.filter((value) => parseProof(spoilt(place, value)).ok)).toEqual(wrong.filter(isFit))
  })

  test.each([
    ['index', String(2n ** 64n)],
    ['header.closedAt', 2 ** 53],
    ['header.lane', 2 ** 32],
    ['device.term', 2 ** 32],
    ['packet.raw', `0x${'00'.repeat(16 * 1024 + 1)}`],
    ['record', `0x02${'00'.repeat(75)}`],
    ['record', `0x0101${'00'.repeat(14)}${'ff'.repeat(8)}${'00'.repeat(52)}`],
    ['inclusion', Array(65).fill(`0x${'00'.repeat(32)}`)],
    ['inclusion', [`0x${'00'.repeat(31)}`]],
    ['version', 'cairn-proof/2'],
    ['readings', [{ at: 1, clock: 'device', measurements: [{ name: 'a', unit: '', value: null }] }]],
    ['readings', [{ at: 1, clock: 'sundial', measurements: [] }]],
    ['unsigned', 'a field that nobody verifies'],
    ['device.__proto__', { term: 1 }],
    ['constructor', 1],
  ])('refuses %s beyond its bounds', (place, value) => {
    expect(String(placeRefused(spoilt(place, value))).startsWith(place)).toBe(true)
  })

  test('answers any JSON without throwing', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (json) => {
        expect(parseProof(json).ok).toBe(false)
      }),
      { numRuns: 500, seed: 1 },
    )
    const document = written()
    fc.assert(
      fc.property(fc.constantFrom(...placesOf(document)), fc.jsonValue(), (place, json) => {
        expect(typeof parseProof(spoilt(place, json)).ok).toBe('boolean')
      }),
      { numRuns: 1_000, seed: 2 },
    )
    expect(placeRefused(JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`))).toBe('document')
  })

  test('is a plain type for those who only write it', () => {
    const document: ProofDocument = makeProof(proof)
    expect(document.version).toBe('cairn-proof/1')
  })
})
