import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { floatBytes, isIntegerValue } from './float.ts'
import { compareBytes } from './order.ts'

/** What Cairn's packets are made of. A map's entries may stand in any order: encoding sorts them. */
export type CborValue =
  | number
  | bigint
  | string
  | boolean
  | Uint8Array
  | readonly CborValue[]
  | ReadonlyMap<CborValue, CborValue>

/** Deterministic CBOR: what comes out always passes `gate.ts`, so a device and a verifier build the same bytes from the same value. */
export const encodeCbor = (value: CborValue): Uint8Array => {
  switch (typeof value) {
    case 'number':
      return isIntegerValue(value) ? encodeInteger(BigInt(value)) : encodeFloat(value)
    case 'bigint':
      return encodeInteger(value)
    case 'boolean':
      return Uint8Array.of(value ? 0xf5 : 0xf4)
    case 'string':
      return encodeText(value)
    default:
      return encodeStructure(value)
  }
}

const encodeStructure = (value: Exclude<CborValue, number | bigint | string | boolean>): Uint8Array => {
  if (value instanceof Uint8Array) return concatBytes(head(2, value.length), value)
  if (value instanceof Map) return encodeMap(value)
  const items = value as readonly CborValue[]
  return concatBytes(head(4, items.length), ...items.map(encodeCbor))
}

const encodeText = (text: string): Uint8Array => {
  // A lone surrogate becomes U+FFFD here, as everywhere that text becomes UTF-8.
  const bytes = utf8ToBytes(text.normalize('NFC'))
  return concatBytes(head(3, bytes.length), bytes)
}

/** RFC 8949 §4.2.1: keys in bytewise order of their encodings. */
const encodeMap = (entries: ReadonlyMap<CborValue, CborValue>): Uint8Array => {
  const pairs = [...entries].map(([key, value]) => ({ key: encodeCbor(key), value: encodeCbor(value) }))
  pairs.sort((left, right) => compareBytes(left.key, right.key))
  return concatBytes(head(5, pairs.length), ...pairs.flatMap(({ key, value }) => [key, value]))
}

const encodeInteger = (value: bigint): Uint8Array => (value < 0n ? head(1, -1n - value) : head(0, value))

const encodeFloat = (value: number): Uint8Array => {
  const size = floatBytes(value)
  const bytes = new Uint8Array(1 + size)
  const view = new DataView(bytes.buffer)
  bytes[0] = { 2: 0xf9, 4: 0xfa, 8: 0xfb }[size]
  if (size === 2) view.setUint16(1, halfBits(value))
  if (size === 4) view.setFloat32(1, value)
  if (size === 8) view.setFloat64(1, value)
  return bytes
}

/** Only for values that a half holds exactly. */
const halfBits = (value: number): number => {
  if (Number.isNaN(value)) return 0x7e00
  const sign = value < 0 ? 0x8000 : 0
  const magnitude = Math.abs(value)
  if (magnitude === Number.POSITIVE_INFINITY) return sign | 0x7c00
  if (magnitude < 2 ** -14) return sign | (magnitude * 2 ** 24)
  const view = new DataView(new ArrayBuffer(4))
  view.setFloat32(0, magnitude)
  // Single's exponent bias is 127, half's 15; the fraction loses its 13 low bits, all zero.
  return sign | ((view.getUint32(0) >>> 13) - ((127 - 15) << 10))
}

/** Major type and argument, in as few bytes as can be. */
const head = (major: number, argument: number | bigint): Uint8Array => {
  const value = BigInt(argument)
  if (value < 24n) return Uint8Array.of((major << 5) | Number(value))
  const power = [0, 1, 2, 3].find((exponent) => value < 1n << BigInt(8 << exponent))
  if (power === undefined) throw new RangeError(`CBOR integers have 64 bits: ${argument}`)
  const bytes = new Uint8Array(9)
  new DataView(bytes.buffer).setBigUint64(1, value)
  const short = bytes.subarray(8 - (1 << power))
  short[0] = (major << 5) | (24 + power)
  return short
}
