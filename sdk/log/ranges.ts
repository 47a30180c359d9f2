import type { TileId } from './merkle.ts'

/*
 * Which hashes a tree's root and proofs are made of, before any hash is read: RFC 6962 §2.1 as arithmetic on leaf numbers. Trees in memory
 * and logs on tiles share it.
 */

/** Hashes per tile, and its logarithm: C2SP tlog-tiles. */
export const TILE_WIDTH = 256
export const TILE_BITS = 8

/** Leaves [begin, end) that are one subtree of RFC 6962. */
export type Range = readonly [begin: bigint, end: bigint]

const bitLength = (value: bigint): number => (value === 0n ? 0 : value.toString(2).length)

/** RFC 6962 §2.1 splits n > 1 leaves at the largest power of two below n. */
const middleOf = ([begin, end]: Range): bigint => begin + (1n << BigInt(bitLength(end - begin - 1n) - 1))

/** RFC 6962 §2.1.1, PATH(index, D[range]), nearest sibling first. */
export const inclusionRanges = (index: bigint, range: Range): readonly Range[] => {
  const [begin, end] = range
  if (end - begin <= 1n) return []
  const middle = middleOf(range)
  return index < middle
    ? [...inclusionRanges(index, [begin, middle]), [middle, end]]
    : [...inclusionRanges(index, [middle, end]), [begin, middle]]
}

/** RFC 6962 §2.1.2, SUBPROOF; `isKnown` while the range starts at 0, whose old root the verifier holds. */
export const consistencyRanges = (from: bigint, range: Range, isKnown = true): readonly Range[] => {
  const [begin, end] = range
  if (from === end) return isKnown ? [] : [range]
  const middle = middleOf(range)
  return from <= middle
    ? [...consistencyRanges(from, [begin, middle], isKnown), [middle, end]]
    : [...consistencyRanges(from, [middle, end], false), [begin, middle]]
}

export const checkInside = (index: bigint, size: bigint): void => {
  if (index < 0n || index >= size) throw new RangeError(`leaf ${index} is not among ${size}`)
}

export const checkGrown = (from: bigint, size: bigint): void => {
  if (from < 0n || from > size) throw new RangeError(`a log of ${size} did not grow from ${from}`)
}

/** A run of hashes inside one tile, whose root is a complete subtree of the log. */
export type Peak = TileId & { readonly offset: number; readonly width: number }

/** The complete subtrees that make up a range, widest first: the ones of its binary length. */
export const peaksOf = ([begin, end]: Range): readonly Peak[] => {
  const peaks: Peak[] = []
  for (let at = begin; at < end; ) {
    const bits = bitLength(end - at) - 1
    const level = Math.floor(bits / TILE_BITS)
    const position = at >> BigInt(TILE_BITS * level)
    peaks.push({
      level,
      index: position >> BigInt(TILE_BITS),
      offset: Number(position % BigInt(TILE_WIDTH)),
      width: 2 ** (bits % TILE_BITS),
    })
    at += 1n << BigInt(bits)
  }
  return peaks
}

/** The unfilled tile of every level: all that an append has to know of the past. */
export const edgeOf = (size: bigint): readonly TileId[] => {
  const edge: TileId[] = []
  for (let level = 0, count = size; count > 0n; level++, count >>= BigInt(TILE_BITS))
    if (count % BigInt(TILE_WIDTH) !== 0n) edge.push({ level, index: count >> BigInt(TILE_BITS) })
  return edge
}
