import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'

/*
 * Chance that repeats: everything the simulator draws comes from labels, so the same seed gives the same keys, weather, routes and faults.
 * Nothing here is secret, the keys least of all.
 */

/** A stream of draws. */
export type Random = {
  /** In [0, 1). */
  next(): number
  /** An integer in [0, bound). */
  below(bound: number): number
  bytes(length: number): Uint8Array
}

export type Label = string | number | bigint

/** 32 bytes that the labels alone decide. NUL divides them, so (“a”, “bc”) is not (“ab”, “c”). */
export const seedBytes = (...labels: readonly Label[]): Uint8Array => sha256(utf8ToBytes(labels.join('\0')))

/** sfc32 (Chris Doty-Humphrey's small fast chaotic generator): 128 bits of state, passes PractRand. */
export const randomOf = (...labels: readonly Label[]): Random => {
  const state = new Uint32Array(seedBytes(...labels).buffer, 0, 4).slice()
  const draw = (): number => {
    const [a = 0, b = 0, c = 0, counter = 0] = state
    const sum = (a + b + counter) | 0
    state.set([b ^ (b >>> 9), c + (c << 3), ((c << 21) | (c >>> 11)) + sum, counter + 1])
    return sum >>> 0
  }
  return {
    next: () => draw() / 2 ** 32,
    below: (bound) => Math.floor((draw() / 2 ** 32) * bound),
    bytes: (length) => Uint8Array.from({ length }, () => draw() & 0xff),
  }
}

/** A key for `drawAt`. */
export const keyOf = (...labels: readonly Label[]): number => new DataView(seedBytes(...labels).buffer).getUint32(0)

/** A draw in [−1, 1] that needs no stream: the same for the same key and index, whatever was drawn before. MurmurHash3's finaliser. */
export const drawAt = (key: number, index: number): number => {
  let h = (key ^ Math.imul(index | 0, 0x9e3779b1)) | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 31 - 1
}
