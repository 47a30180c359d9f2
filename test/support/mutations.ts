/*
 * Broken packets, the same ones for the same seed.
 */

/** Uniform in [0, below). */
export type Random = (below: number) => number

/** mulberry32. */
export const randomOf = (seed: number): Random => {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let word = Math.imul(state ^ (state >>> 15), state | 1)
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61)
    return Math.floor((((word ^ (word >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

type Mutator = (bytes: Uint8Array, random: Random) => Uint8Array

/** Heads, lengths and bounds of CBOR and protobuf. */
const telling = [
  0x00, 0x01, 0x17, 0x18, 0x1b, 0x3b, 0x40, 0x5b, 0x5f, 0x7f, 0x80, 0x9b, 0xa0, 0xbf, 0xc2, 0xd2, 0xd8, 0xf7, 0xfb,
  0xff,
]

const bytesOf = (length: number, random: Random): Uint8Array => Uint8Array.from({ length }, () => random(256))

const splice = (bytes: Uint8Array, at: number, removed: number, inserted: Uint8Array): Uint8Array => {
  const rest = bytes.subarray(at + removed)
  const spliced = new Uint8Array(at + inserted.length + rest.length)
  spliced.set(bytes.subarray(0, at))
  spliced.set(inserted, at)
  spliced.set(rest, at + inserted.length)
  return spliced
}

const setByte = (bytes: Uint8Array, at: number, value: number): Uint8Array => {
  const copy = bytes.slice()
  copy[at] = value
  return copy
}

const flipBit: Mutator = (bytes, random) => {
  const at = random(bytes.length)
  return setByte(bytes, at, (bytes[at] ?? 0) ^ (1 << random(8)))
}

/** A single flipped bit is the likeliest fault on a wire, so it comes thrice. */
const mutators: readonly Mutator[] = [
  flipBit,
  flipBit,
  flipBit,
  (bytes, random) => setByte(bytes, random(bytes.length), random(256)),
  (bytes, random) => setByte(bytes, random(bytes.length), telling[random(telling.length)] ?? 0),
  (bytes, random) => bytes.slice(0, random(bytes.length)),
  (bytes, random) => splice(bytes, random(bytes.length), 1 + random(8), new Uint8Array()),
  (bytes, random) => splice(bytes, random(bytes.length), 0, bytesOf(1 + random(8), random)),
  (bytes, random) => splice(bytes, random(bytes.length), random(9), bytesOf(8, random)),
  (bytes, random) => {
    const from = random(bytes.length)
    return splice(bytes, random(bytes.length), 0, bytes.subarray(from, from + 1 + random(32)))
  },
  (bytes, random) => splice(bytes, bytes.length, 0, bytesOf(1 + random(64), random)),
]

/** One to three mutations of a packet. Now and then they undo each other and it comes out as it was. */
export const mutate = (packet: Uint8Array, random: Random): Uint8Array => {
  let bytes = packet
  for (let left = 1 + random(3); left > 0 && bytes.length > 0; left--) {
    bytes = (mutators[random(mutators.length)] ?? flipBit)(bytes, random)
  }
  return bytes
}
