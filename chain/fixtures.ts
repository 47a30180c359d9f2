import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type AbiParameter, encodeAbiParameters, type Hex, hexToBytes, parseAbiParameters, toHex } from 'viem'
import { consistencyProof, inclusionProof, leafHash, rootOf } from '../sdk/log/merkle.ts'
import { shareOut } from '../sdk/reward.ts'
import { type InclusionCase, inclusionVectors, signatureVectors } from './vectors.ts'

/*
 * What forge's tests read: the same cases, worked out in TypeScript, ABI-encoded. Written to `chain/cache/fixtures` before each run and
 * never committed; all seeded, so every run asks the same.
 */

const folder = new URL('./cache/fixtures/', import.meta.url)

const write = (name: string, type: string, cases: readonly unknown[]): void => {
  const encoded = encodeAbiParameters(parseAbiParameters(`(${type})[]`) as readonly AbiParameter[], [cases])
  writeFileSync(fileURLToPath(new URL(`${name}.bin`, folder)), hexToBytes(encoded))
}

/** xorshift64*: a few lines, the same on every machine. */
const randomFrom = (seed: bigint): ((bits: number) => bigint) => {
  let state = seed
  const next = (): bigint => {
    state ^= state >> 12n
    state ^= (state << 25n) & 0xffff_ffff_ffff_ffffn
    state ^= state >> 27n
    return (state * 0x2545_f491_4f6c_dd1dn) & 0xffff_ffff_ffff_ffffn
  }
  return (bits) => {
    let value = 0n
    for (let have = 0; have < bits; have += 64) value = (value << 64n) | next()
    return value & ((1n << BigInt(bits)) - 1n)
  }
}

/** Widths vary from case to case, so that small numbers, caps and rounding are met as often as huge ones. */
const rewardCases = (count: number) => {
  const random = randomFrom(0xca_1e_57n)
  const upTo = (bits: number) => random(Number(random(16) % BigInt(bits + 1)))
  const some = <T>(most: bigint, one: () => T): readonly T[] => Array.from({ length: Number(random(8) % most) }, one)
  return Array.from({ length: count }, () => {
    // A device without a term, terms without a score and an epoch without a device are among them.
    const scores = some(5n, () => some(4n, () => upTo(60)))
    const [budget, scoreCap, shareCap] = [upTo(128), upTo(62), Number(random(14) % 10_001n)]
    const { totalWeight, shares } = shareOut(scores, { budget, scoreCap, shareCap })
    const weights = shares.map((terms) => terms.map(({ weight }) => weight))
    const amounts = shares.map((terms) => terms.map(({ amount }) => amount))
    return { budget, scoreCap, shareCap: BigInt(shareCap), scores, totalWeight, weights, amounts }
  })
}

const leaves = Array.from({ length: 66 }, (_, at) => leafHash(Uint8Array.of(at, at >> 1, 7)))

const consistencyCases = leaves.flatMap((_, size) =>
  Array.from({ length: size + 1 }, (_, from) => ({
    from: BigInt(from),
    size: BigInt(size),
    fromRoot: toHex(rootOf(leaves.slice(0, from))),
    root: toHex(rootOf(leaves.slice(0, size))),
    proof: consistencyProof(leaves.slice(0, size), from).map((hash) => toHex(hash)),
  })),
)

const inclusionCases: readonly InclusionCase[] = leaves.flatMap((_, size) =>
  leaves.slice(0, size).map((leaf, index) => ({
    leaf: toHex(leaf),
    index: BigInt(index),
    size: BigInt(size),
    root: toHex(rootOf(leaves.slice(0, size))),
    proof: inclusionProof(leaves.slice(0, size), index).map((hash) => toHex(hash)),
    holds: true,
  })),
)

/** The bytes that `sdk/log/` and these contracts agreed on. Forge gets the file as it is, not what today's TypeScript would write. */
type LogVectors = {
  readonly records: readonly LeafVector[]
  readonly summaries: readonly LeafVector[]
  readonly earnings: readonly LeafVector[]
  readonly weights: readonly LeafVector[]
  readonly header: { readonly encoded: Hex; readonly hash: Hex }
}
type LeafVector = Readonly<Record<string, string | number>> & { readonly leaf: Hex; readonly leafHash: Hex }

const logVectors = JSON.parse(
  readFileSync(fileURLToPath(new URL('../sdk/log/vectors.json', import.meta.url)), 'utf8'),
) as LogVectors

/** Fields in the struct's order, as words: one Solidity test reads leaf and words and holds one against the other. */
const wordsOf = (vector: LeafVector, names: readonly string[]): readonly Hex[] =>
  names.map((name) => {
    const value = vector[name]
    if (value === undefined) throw new RangeError(`a vector lacks its ${name}`)
    return toHex(BigInt(formats[value] ?? value), { size: 32 })
  })

/** `LogFormat.Record.format`. */
const formats: Readonly<Record<string | number, number>> = { 'cose-es256k': 1, 'cose-es256': 2, pebble: 3 }

const leafKinds = [
  { name: 'records', fields: ['format', 'quality', 'readings', 'sequence', 'acceptedAt', 'device', 'digest'] },
  {
    name: 'summaries',
    fields: ['device', 'term', 'first', 'end', 'totalRecords', 'totalScore', 'previousLane', 'previousHeight'],
  },
  { name: 'earnings', fields: ['device', 'term', 'amount'] },
  { name: 'weights', fields: ['device', 'term', 'score', 'weight'] },
] as const

mkdirSync(folder, { recursive: true })
for (const { name, fields } of leafKinds) {
  const cases = logVectors[name].map((vector) => ({
    leaf: vector.leaf,
    leafHash: vector.leafHash,
    words: wordsOf(vector, fields),
  }))
  write(name, 'bytes leaf, bytes32 leafHash, bytes32[] words', cases)
}
write('header', 'bytes encoded, bytes32 hash', [logVectors.header])
write(
  'reward',
  'uint256 budget, uint256 scoreCap, uint256 shareCap, uint256[][] scores, uint256 totalWeight, uint256[][] weights, uint256[][] amounts',
  rewardCases(2_048),
)
write('consistency', 'uint256 from, uint256 size, bytes32 fromRoot, bytes32 root, bytes32[] proof', consistencyCases)
const inclusion = 'bytes32 leaf, uint256 index, uint256 size, bytes32 root, bytes32[] proof, bool holds'
write('inclusion', inclusion, inclusionCases)
write('inclusion-vectors', inclusion, inclusionVectors())
write(
  'signature-vectors',
  'uint8 curve, bytes32 x, bytes32 y, bytes32 digest, bytes signature, bool low, bool any',
  signatureVectors(),
)
