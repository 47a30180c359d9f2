import { concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { decodeCbor } from '../../devices/cbor/decode.ts'
import { type CborValue, encodeCbor } from '../../devices/cbor/encode.ts'
import type { Random } from './mutations.ts'

/*
 * CBOR as ours and as others write it.
 */

/** The CBOR example of RFC 8428 §6: published bytes. */
export const RFC8428_PACK = hexToBytes(
  '87a721781b75726e3a6465763a6f773a3130653230373361303130383030363a22fb41d303a15b00106223614120050067766f6c7461676501615602fb' +
    '405e066666666666a3006763757272656e74062402fb3ff3333333333333a3006763757272656e74062302fb3ff4cccccccccccda3006763757272656e' +
    '74062202fb3ff6666666666666a3006763757272656e74062102f93e00a3006763757272656e74062002fb3ff999999999999aa3006763757272656e74' +
    '060002fb3ffb333333333333',
)

const TAG_18 = 0xd2

/** Whether the bytes are what our own encoder makes of their value: deterministic CBOR, tag 18 or none before it. */
export const isDeterministic = (bytes: Uint8Array): boolean => {
  const item = bytes[0] === TAG_18 ? bytes.subarray(1) : bytes
  const decoded = decodeCbor(item)
  return decoded.ok && Buffer.compare(encodeCbor(decoded.value as CborValue), item) === 0
}

/** Major type and argument in `width` bytes after the first, 0 for none, or in the least that the argument needs. */
export const headOf = (major: number, argument: number | bigint, width: number): Uint8Array => {
  const value = BigInt(argument)
  const least = value < 24n ? 0 : value < 1n << 8n ? 1 : value < 1n << 16n ? 2 : value < 1n << 32n ? 4 : 8
  const size = Math.max(least, width)
  if (size === 0) return Uint8Array.of((major << 5) | Number(value))
  const bytes = new Uint8Array(9)
  new DataView(bytes.buffer).setBigUint64(1, value)
  return concatBytes(Uint8Array.of((major << 5) | (24 + Math.log2(size))), bytes.subarray(9 - size))
}

const widths = [0, 1, 2, 4, 8]

/** The same value in one of the many ways that libraries write it: any width of integers, floats and lengths, map pairs in any order. */
export const encodeAnyhow = (value: CborValue, random: Random): Uint8Array => {
  const head = (major: number, argument: number | bigint) => headOf(major, argument, widths[random(widths.length)] ?? 0)
  if (typeof value === 'boolean') return encodeCbor(value)
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return floatAnyhow(value, random)
  if (typeof value === 'number' || typeof value === 'bigint')
    return value < 0 ? head(1, -1n - BigInt(value)) : head(0, value)
  if (typeof value === 'string') {
    const bytes = utf8ToBytes(value)
    return concatBytes(head(3, bytes.length), bytes)
  }
  if (value instanceof Uint8Array) return concatBytes(head(2, value.length), value)
  if (value instanceof Map) {
    const pairs = [...value]
      .map(([key, item]) => ({ place: random(1_000), bytes: [encodeAnyhow(key, random), encodeAnyhow(item, random)] }))
      .sort((left, right) => left.place - right.place)
    return concatBytes(head(5, pairs.length), ...pairs.flatMap(({ bytes }) => bytes))
  }
  const items = value as readonly CborValue[]
  return concatBytes(head(4, items.length), ...items.map((item) => encodeAnyhow(item, random)))
}

/** As short as can be, or in 8 bytes. */
const floatAnyhow = (value: number, random: Random): Uint8Array => {
  if (random(2) === 0) return encodeCbor(value)
  const bytes = new Uint8Array(9)
  bytes[0] = 0xfb
  new DataView(bytes.buffer).setFloat64(1, value)
  return bytes
}
