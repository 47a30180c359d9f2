import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes } from '@noble/hashes/utils.js'
import {
  checkGrown,
  checkInside,
  consistencyRanges,
  edgeOf,
  inclusionRanges,
  type Peak,
  peaksOf,
  type Range,
  TILE_BITS,
  TILE_WIDTH,
} from './ranges.ts'

/*
 * The one tree of Cairn: RFC 6962 §2.1, RFC 9162 §2.1, over SHA-256. `chain/src/lib/` holds its twin in Solidity, and both run on the
 * same vectors. Which hashes make a proof is decided in `ranges.ts`; here they are hashed, read and checked.
 */

/** A SHA-256 tree hash, 32 bytes. */
export type Hash = Uint8Array

/**
 * Hashes of one level of the tree, 256 at a time (C2SP tlog-tiles): level 0 holds leaf hashes, level n the roots of complete subtrees of
 * 256^n leaves. A tile at the right edge holds fewer and grows.
 */
export type TileId = { readonly level: number; readonly index: bigint }
export type Tile = TileId & { /** 32 bytes each, 1 to 256 of them. */ readonly hashes: Uint8Array }

/** Answers in the order asked; rejects when a tile is missing. A tile may hold more hashes than the log's size then needed. */
export type ReadTiles = (ids: readonly TileId[]) => Promise<readonly Uint8Array[]>

const HASH_BYTES = 32

/** Root of the tree without leaves: SHA-256 of nothing. */
export const EMPTY_ROOT: Hash = sha256(new Uint8Array(0))

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)

export const leafHash = (data: Uint8Array): Hash => sha256(concatBytes(LEAF, data))

export const nodeHash = (left: Hash, right: Hash): Hash => sha256(concatBytes(NODE, left, right))

// ------------------------------------------------------------------------------------------------------------ small trees, in memory

const rangeRoot = (hashes: readonly Hash[], begin: number, end: number): Hash => {
  if (end - begin === 1) return hashes[begin] as Hash
  const middle = begin + 2 ** (31 - Math.clz32(end - begin - 1))
  return nodeHash(rangeRoot(hashes, begin, middle), rangeRoot(hashes, middle, end))
}

export const rootOf = (leafHashes: readonly Hash[]): Hash =>
  leafHashes.length === 0 ? EMPTY_ROOT : rangeRoot(leafHashes, 0, leafHashes.length)

const rootsOf = (leafHashes: readonly Hash[], ranges: readonly Range[]): Hash[] =>
  ranges.map(([begin, end]) => rangeRoot(leafHashes, Number(begin), Number(end)))

/** Throws when the tree has no such leaf. */
export const inclusionProof = (leafHashes: readonly Hash[], index: number): Hash[] => {
  const size = BigInt(leafHashes.length)
  checkInside(BigInt(index), size)
  return rootsOf(leafHashes, inclusionRanges(BigInt(index), [0n, size]))
}

/** Leaves first, the root last. A node without a sibling moves up as it is: RFC 6962's tree, built from below. */
const levelsOf = (leaves: readonly Hash[]): readonly (readonly Hash[])[] => {
  const levels: (readonly Hash[])[] = [leaves]
  for (let level = leaves; level.length > 1; ) {
    const below = level
    level = Array.from({ length: Math.ceil(below.length / 2) }, (_, at) => {
      const [left, right] = [below[2 * at] as Hash, below[2 * at + 1]]
      return right ? nodeHash(left, right) : left
    })
    levels.push(level)
  }
  return levels
}

/** The inclusion proof of every leaf, for the price of one tree. */
export const inclusionProofs = (leafHashes: readonly Hash[]): readonly (readonly Hash[])[] => {
  const levels = levelsOf(leafHashes)
  return leafHashes.map((_, index) => levels.flatMap((level, height) => level[(index >> height) ^ 1] ?? []))
}

/** Throws when the tree never was so large. Empty from 0, and from the whole size. */
export const consistencyProof = (leafHashes: readonly Hash[], from: number): Hash[] => {
  const size = BigInt(leafHashes.length)
  checkGrown(BigInt(from), size)
  return from === 0 ? [] : rootsOf(leafHashes, consistencyRanges(BigInt(from), [0n, size]))
}

// ------------------------------------------------------------------------------------------------------------ checking, total

const isHash = (hash: Hash): boolean => hash.length === HASH_BYTES

const isEqual = (a: Hash, b: Hash): boolean => isHash(a) && isHash(b) && a.every((byte, at) => byte === b[at])

export type Inclusion = {
  readonly leafHash: Hash
  readonly index: bigint
  readonly size: bigint
  readonly proof: readonly Hash[]
  readonly root: Hash
}

/** RFC 9162 §2.1.3.2. False for anything that does not hold; never throws. */
export const verifyInclusion = ({ leafHash, index, size, proof, root }: Inclusion): boolean => {
  if (index < 0n || index >= size || ![leafHash, ...proof].every(isHash)) return false
  let [position, last, hash] = [index, size - 1n, leafHash]
  for (const sibling of proof) {
    if (last === 0n) return false
    if (position % 2n === 1n || position === last) {
      hash = nodeHash(sibling, hash)
      while (position % 2n === 0n && position !== 0n) [position, last] = [position >> 1n, last >> 1n]
    } else hash = nodeHash(hash, sibling)
    ;[position, last] = [position >> 1n, last >> 1n]
  }
  return last === 0n && isEqual(hash, root)
}

export type Consistency = {
  readonly from: bigint
  readonly size: bigint
  readonly fromRoot: Hash
  readonly root: Hash
  readonly proof: readonly Hash[]
}

/** RFC 9162 §2.1.4.2. From the empty log to any other the proof is empty. False for anything that does not hold; never throws. */
export const verifyConsistency = ({ from, size, fromRoot, root, proof }: Consistency): boolean => {
  if (from < 0n || from > size || ![fromRoot, root, ...proof].every(isHash)) return false
  if (from === size) return proof.length === 0 && isEqual(fromRoot, root)
  if (from === 0n) return proof.length === 0 && isEqual(fromRoot, EMPTY_ROOT)
  let [position, last] = [from - 1n, size - 1n]
  while (position % 2n === 1n) [position, last] = [position >> 1n, last >> 1n]
  // A complete old tree is a node of the new one: the proof leaves out what the verifier holds.
  const [first, ...rest] = position === 0n ? [fromRoot, ...proof] : proof
  if (!first) return false
  let [before, after] = [first, first]
  for (const hash of rest) {
    if (last === 0n) return false
    if (position % 2n === 1n || position === last) {
      ;[before, after] = [nodeHash(hash, before), nodeHash(hash, after)]
      while (position % 2n === 0n && position !== 0n) [position, last] = [position >> 1n, last >> 1n]
    } else after = nodeHash(after, hash)
    ;[position, last] = [position >> 1n, last >> 1n]
  }
  return last === 0n && isEqual(before, fromRoot) && isEqual(after, root)
}

// ------------------------------------------------------------------------------------------------------------ logs, on tiles

const keyOf = ({ level, index }: TileId): string => `${level}/${index}`

const hashesIn = (tile: Uint8Array, offset: number, width: number): Hash[] => {
  if (tile.length < HASH_BYTES * (offset + width)) throw new RangeError('a tile is shorter than the log it belongs to')
  return Array.from({ length: width }, (_, at) =>
    tile.subarray(HASH_BYTES * (offset + at), HASH_BYTES * (offset + at + 1)),
  )
}

/** Reads each tile that the ranges touch once, all of them in one call. */
const logRanges = async (read: ReadTiles, ranges: readonly Range[]): Promise<Hash[]> => {
  const peaks = ranges.map(peaksOf)
  const ids = new Map<string, TileId>(
    peaks.flat().map(({ level, index }) => [keyOf({ level, index }), { level, index }]),
  )
  const found = ids.size === 0 ? [] : await read([...ids.values()])
  const tiles = new Map([...ids.keys()].map((key, at) => [key, found[at] ?? new Uint8Array(0)]))
  const hashOf = (peak: Peak): Hash =>
    rootOf(hashesIn(tiles.get(keyOf(peak)) ?? new Uint8Array(0), peak.offset, peak.width))
  return peaks.map((run) => run.map(hashOf).reduceRight((right, left) => nodeHash(left, right)))
}

export const logRoot = async (read: ReadTiles, size: bigint): Promise<Hash> =>
  size === 0n ? EMPTY_ROOT : ((await logRanges(read, [[0n, size]]))[0] as Hash)

/** Throws when the log of that size has no such leaf. At most one hash per doubling: 64 · 32 B. */
export const logInclusion = async (read: ReadTiles, index: bigint, size: bigint): Promise<Hash[]> => {
  checkInside(index, size)
  return logRanges(read, inclusionRanges(index, [0n, size]))
}

/** Throws when the log never was so large. Empty from 0, and from the whole size. */
export const logConsistency = async (read: ReadTiles, from: bigint, size: bigint): Promise<Hash[]> => {
  checkGrown(from, size)
  return from === 0n ? [] : logRanges(read, consistencyRanges(from, [0n, size]))
}

const chunksOf = (hashes: readonly Hash[]): readonly (readonly Hash[])[] =>
  Array.from({ length: Math.ceil(hashes.length / TILE_WIDTH) }, (_, at) =>
    hashes.slice(TILE_WIDTH * at, TILE_WIDTH * (at + 1)),
  )

/**
 * Grows the log and answers the tiles to store: new ones, and the unfilled ones rewritten wider. Reads the right edge alone, in one call,
 * and hashes nothing below it again: the cost of a batch does not depend on how long the log is.
 */
export const append = async (
  read: ReadTiles,
  size: bigint,
  leafHashes: readonly Hash[],
): Promise<{ size: bigint; root: Hash; tiles: readonly Tile[] }> => {
  const edge = edgeOf(size)
  const past = edge.length === 0 ? [] : await read(edge)
  const known = new Map(edge.map((id, at) => [keyOf(id), past[at] ?? new Uint8Array(0)]))
  const tiles: Tile[] = []
  for (let level = 0, added = leafHashes; added.length > 0; level++) {
    const count = size >> BigInt(TILE_BITS * level)
    const index = count >> BigInt(TILE_BITS)
    const tail = hashesIn(
      known.get(keyOf({ level, index })) ?? new Uint8Array(0),
      0,
      Number(count % BigInt(TILE_WIDTH)),
    )
    const chunks = chunksOf([...tail, ...added])
    chunks.forEach((chunk, at) => {
      tiles.push({ level, index: index + BigInt(at), hashes: concatBytes(...chunk) })
    })
    added = chunks.filter((chunk) => chunk.length === TILE_WIDTH).map(rootOf)
  }
  for (const tile of tiles) known.set(keyOf(tile), tile.hashes)
  const grown = size + BigInt(leafHashes.length)
  const root = await logRoot(async (ids) => ids.map((id) => known.get(keyOf(id)) ?? new Uint8Array(0)), grown)
  return { size: grown, root, tiles }
}
