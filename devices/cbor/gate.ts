import { MAX_CBOR_DEPTH, MAX_MAP_PAIRS } from '../limits.ts'
import type { Unreadable } from '../packet.ts'

/*
 * A byte scanner that stands before any CBOR decoder: it walks the bytes once, builds nothing but the keys of one map at a time, believes no
 * length, and lets through what stock libraries write (RFC 8949): maps in any order, integers and floats of any width. What two readers may
 * understand in two ways, and what has no bound, it refuses.
 */

export type CborLimits = { readonly depth: number; readonly pairs: number }

type Fault = { readonly offset: number; readonly reason: string }
type Head = {
  readonly major: number
  readonly info: number
  /** Exact up to 2^53; above it rounded. */
  readonly argument: number
  readonly next: number
}
/** Where the item ends, or why it is none. */
type Step = number | Fault
type Room = { readonly depth: number; readonly pairs: number }

const UNSIGNED = 0
const NEGATIVE = 1
const BYTES = 2
const TEXT = 3
const ARRAY = 4
const MAP = 5
const TAG = 6

const COSE_SIGN1_TAG = 18

/**
 * Undefined when the bytes are exactly one CBOR item of maps, arrays, integers, floats, byte and text strings, true, false and null, whose
 * lengths are definite and whose map keys are integers or texts, no two of one value; tag 18 (COSE_Sign1) may stand before it. Otherwise
 * MALFORMED with the offset and the reason. Linear time; never throws.
 */
export const checkCbor = (
  bytes: Uint8Array,
  limits: CborLimits = { depth: MAX_CBOR_DEPTH, pairs: MAX_MAP_PAIRS },
): Unreadable | undefined => {
  const first = readHead(bytes, 0)
  const isTagged = !('reason' in first) && first.major === TAG && first.argument === COSE_SIGN1_TAG
  const end = scanItem(bytes, isTagged ? first.next : 0, limits)
  if (typeof end !== 'number') return malformed(end)
  return end === bytes.length ? undefined : malformed({ offset: end, reason: 'bytes after the item' })
}

const malformed = ({ offset, reason }: Fault): Unreadable => ({ code: 'MALFORMED', facts: { reason, offset } })

const scanItem = (bytes: Uint8Array, at: number, room: Room): Step => {
  const head = readHead(bytes, at)
  if ('reason' in head) return head
  switch (head.major) {
    case UNSIGNED:
      return head.next
    case NEGATIVE:
      // So that every negative integer fits a signed 64-bit one (dCBOR §2.4); no sensor measures less.
      return head.info === 27 && (bytes[at + 1] ?? 0) >= 0x80
        ? { offset: at, reason: 'integer below -2^63' }
        : head.next
    case BYTES:
    case TEXT:
      return scanString(bytes, at, head)
    case ARRAY:
    case MAP:
      return scanContainer(bytes, at, { head, room })
    case TAG:
      return { offset: at, reason: 'tag other than a leading 18' }
    default:
      return scanSimple(at, head)
  }
}

const readHead = (bytes: Uint8Array, at: number): Head | Fault => {
  const first = bytes[at]
  if (first === undefined) return { offset: at, reason: 'truncated' }
  const major = first >> 5
  const info = first & 0x1f
  if (info < 24) return { major, info, argument: info, next: at + 1 }
  if (info === 31) return { offset: at, reason: 'indefinite length' }
  if (info > 27) return { offset: at, reason: 'reserved length' }
  const next = at + 1 + (1 << (info - 24))
  if (next > bytes.length) return { offset: at, reason: 'truncated' }
  return { major, info, argument: readUint(bytes, at + 1, next), next }
}

/** Rounds past 2^53, which no length here can notice: such a one is beyond every buffer. `integerKey` reads keys exactly. */
const readUint = (bytes: Uint8Array, from: number, to: number): number => {
  let value = 0
  for (let at = from; at < to; at++) value = value * 256 + (bytes[at] ?? 0)
  return value
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Undefined when the bytes are not UTF-8. */
const decodeText = (bytes: Uint8Array): string | undefined => {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}

const isAscii = (bytes: Uint8Array, from: number, to: number): boolean => {
  for (let at = from; at < to; at++) if ((bytes[at] ?? 0) >= 0x80) return false
  return true
}

const scanString = (bytes: Uint8Array, at: number, head: Head): Step => {
  if (head.argument > bytes.length - head.next) return { offset: at, reason: 'length beyond the end' }
  const end = head.next + head.argument
  if (head.major === BYTES || isAscii(bytes, head.next, end)) return end
  return decodeText(bytes.subarray(head.next, end)) === undefined ? { offset: at, reason: 'text is not UTF-8' } : end
}

const scanContainer = (bytes: Uint8Array, at: number, { head, room }: { head: Head; room: Room }): Step => {
  if (room.depth === 0) return { offset: at, reason: 'nested too deep' }
  const inner = { ...room, depth: room.depth - 1 }
  const items = head.major === MAP ? 2 * head.argument : head.argument
  // Every item takes a byte, so a claimed count is checked before anything is walked.
  if (items > bytes.length - head.next) return { offset: at, reason: 'length beyond the end' }
  if (head.major === ARRAY) return scanArray(bytes, head.next, { items, room: inner })
  if (head.argument > room.pairs) return { offset: at, reason: 'too many pairs in a map' }
  return scanMap(bytes, head.next, { pairs: head.argument, room: inner })
}

const scanArray = (bytes: Uint8Array, start: number, { items, room }: { items: number; room: Room }): Step => {
  let at = start
  for (let count = 0; count < items; count++) {
    const end = scanItem(bytes, at, room)
    if (typeof end !== 'number') return end
    at = end
  }
  return at
}

const scanMap = (bytes: Uint8Array, start: number, { pairs, room }: { pairs: number; room: Room }): Step => {
  const keys = new Set<Key>()
  let at = start
  for (let count = 0; count < pairs; count++) {
    const key = readKey(bytes, at)
    if ('reason' in key) return key
    // RFC 8949 §5.6: of two equal keys, one reader takes the first and another the last.
    if (keys.has(key.value)) return { offset: at, reason: 'map key twice' }
    keys.add(key.value)
    const end = scanItem(bytes, key.next, room)
    if (typeof end !== 'number') return end
    at = end
  }
  return at
}

/** A key by value: the same for every width that an integer may be written in. */
type Key = string | bigint

const readKey = (bytes: Uint8Array, at: number): { readonly value: Key; readonly next: number } | Fault => {
  const head = readHead(bytes, at)
  if ('reason' in head) return head
  // A float or a structure as a key: equal to what, each library answers in its own way. No label of ours is one.
  if (head.major !== UNSIGNED && head.major !== NEGATIVE && head.major !== TEXT)
    return { offset: at, reason: 'map key other than an integer or a text' }
  const next = scanItem(bytes, at, { depth: 0, pairs: 0 })
  if (typeof next !== 'number') return next
  const value = head.major === TEXT ? decodeText(bytes.subarray(head.next, next)) : integerKey(bytes, at, head)
  return value === undefined ? { offset: at, reason: 'text is not UTF-8' } : { value, next }
}

const integerKey = (bytes: Uint8Array, at: number, { major, info, argument }: Head): bigint => {
  const exact = info === 27 ? new DataView(bytes.buffer, bytes.byteOffset + at + 1).getBigUint64(0) : BigInt(argument)
  return major === NEGATIVE ? -1n - exact : exact
}

const FALSE = 20
const NULL = 22

/** Heads of info 25 to 27 are floats, of any width and value: what a number must be, its reader says. */
const scanSimple = (at: number, { info, next }: Head): Step =>
  (info >= FALSE && info <= NULL) || info >= 25
    ? next
    : { offset: at, reason: 'simple value other than false, true and null' }
