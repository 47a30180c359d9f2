import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import { encodeEarning, encodeWeight } from './earning.ts'
import { encodeHeader, type Header, headerHash } from './header.ts'
import { consistencyProof, inclusionProof, leafHash, rootOf } from './merkle.ts'
import { encodeRecord, type LogRecord } from './record.ts'
import { encodeSummary, type Summary } from './summary.ts'
import { encodeWitness } from './witness.ts'

/*
 * `vectors.json` is the agreement between this folder and `chain/`: forge reads the same file. `npx vitest run sdk/log/vectors -u` writes
 * it anew; a difference without -u fails, so neither side can drift alone.
 */

const hex = (bytes: Uint8Array): `0x${string}` => `0x${bytesToHex(bytes)}`
const seeded = (label: string): Uint8Array => sha256(utf8ToBytes(`cairn vectors/${label}`))
const device = (name: string) => hex(seeded(name).subarray(0, 20))

/** JSON with integers that may pass 2^53 as decimal strings, and bytes as hexadecimal. */
const plain = (fields: object) =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'bigint' ? value.toString() : value instanceof Uint8Array ? hex(value) : value,
    ]),
  )

const records: readonly LogRecord[] = [
  ['a', 'cose-es256k', 1n],
  ['a', 'cose-es256k', 2n],
  ['b', 'cose-es256', 2n ** 63n - 1n],
  ['c', 'pebble', 1_718_757_942n],
  ['c', 'pebble', 1_718_758_242n],
].map(([name, format, sequence], index) => ({
  format: format as LogRecord['format'],
  quality: 10_000 - 1_234 * index,
  readings: 1 + index,
  sequence: sequence as bigint,
  acceptedAt: 1_800_000_000_000 + index,
  device: device(`device ${name}`),
  digest: seeded(`digest ${index}`),
}))

const summaries: readonly Summary[] = [
  {
    device: device('device a'),
    term: 1,
    first: 0n,
    end: 2n,
    totalRecords: 2n,
    totalScore: 18_766n,
    previousLane: 0,
    previousHeight: 0n,
  },
  {
    device: device('device c'),
    term: 4_294_967_295,
    first: 3n,
    end: 5n,
    totalRecords: 2n ** 64n - 1n,
    totalScore: 2n ** 63n,
    previousLane: 4_294_967_294,
    previousHeight: 2n ** 64n - 2n,
  },
]

const bodies = records.map(encodeRecord)
const witnesses = bodies.map((body, index) =>
  encodeWitness(body, concatBytes(seeded(`r ${index}`), seeded(`s ${index}`))),
)

const header: Header = {
  lane: 0,
  height: 2n,
  from: 2n,
  size: 5n,
  root: rootOf(bodies.map(leafHash)),
  witnessRoot: rootOf(witnesses.slice(2).map(leafHash)),
  summaryRoot: rootOf(summaries.map((summary) => leafHash(encodeSummary(summary)))),
  dataHash: sha256(concatBytes(...bodies.slice(2))),
  layoutVersion: 1,
  closedAt: 1_800_000_005_000,
}

const earnings = [
  { device: device('device a'), term: 1, amount: 0n },
  { device: device('device b'), term: 2, amount: 10n ** 18n },
  { device: device('device c'), term: 3, amount: 2n ** 256n - 1n },
]

const weights = [
  { device: device('device a'), term: 1, score: 0n, weight: 0n },
  { device: device('device b'), term: 2, score: 123_456n, weight: 100_000n },
  { device: device('device c'), term: 4_294_967_295, score: 2n ** 64n - 1n, weight: 2n ** 64n - 2n },
]

const tree = (leaves: readonly Uint8Array[]) => {
  const hashes = leaves.map(leafHash)
  return {
    size: hashes.length,
    leaves: leaves.map(hex),
    leafHashes: hashes.map(hex),
    root: hex(rootOf(hashes)),
    inclusion: hashes.map((_, index) => ({ index, proof: inclusionProof(hashes, index).map(hex) })),
    consistency: [...Array(hashes.length + 1).keys()].map((from) => ({
      from,
      fromRoot: hex(rootOf(hashes.slice(0, from))),
      proof: consistencyProof(hashes, from).map(hex),
    })),
  }
}

const lines = <T extends object>(rows: readonly T[], encode: (row: T) => Uint8Array) =>
  rows.map((row) => ({ ...plain(row), leaf: hex(encode(row)), leafHash: hex(leafHash(encode(row))) }))

const vectors = {
  records: lines(records, encodeRecord),
  witnesses: witnesses.map((leaf) => ({ leaf: hex(leaf), leafHash: hex(leafHash(leaf)) })),
  summaries: lines(summaries, encodeSummary),
  earnings: lines(earnings, encodeEarning),
  weights: lines(weights, encodeWeight),
  header: { ...plain(header), encoded: hex(encodeHeader(header)), hash: hex(headerHash(header)) },
  lane: tree(bodies),
  trees: [0, 1, 2, 3, 4, 5, 6, 7, 8, 13, 17].map((size) =>
    tree([...Array(size).keys()].map((index) => seeded(`leaf ${index}`).subarray(0, index))),
  ),
}

test('vectors.json is what this code says', async () => {
  await expect(`${JSON.stringify(vectors, null, 1)}\n`).toMatchFileSnapshot('./vectors.json')
})
