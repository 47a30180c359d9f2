import { MAX_CBOR_DEPTH } from '../limits.ts'
import type { Unreadable } from '../packet.ts'
import { floatFault } from './float.ts'
import { compareBytes } from './order.ts'
import { textFault } from './text.ts'

/*
 * A byte scanner that stands before any CBOR decoder: it walks the bytes once, builds nothing, believes no length, and lets through only
 * deterministic CBOR (RFC 8949 §4.2.1, with dCBOR's narrower numbers and text), so that one value has one encoding and one digest.
 */

export type CborLimits = { readonly depth: number }

type Fault = { readonly offset: number; readonly reason: string }
type Head = { readonly major: number; readonly info: number; readonly argument: number; readonly next: number }
/** Where the item ends, or why it is none. */
type Step = number | Fault

const UNSIGNED = 0
const NEGATIVE = 1
const BYTES = 2
const TEXT = 3
const ARRAY = 4
const MAP = 5
const TAG = 6

const COSE_SIGN1_TAG = 18
/** RFC 8949 §3: the least argument that needs the 1, 2, 4 or 8 bytes after a head of info 24 to 27. */
const leastOf: Readonly<Record<number, number>> = { 24: 24, 25: 0x100, 26: 0x1_0000, 27: 0x1_0000_0000 }

/**
 * Undefined when the bytes are exactly one deterministic CBOR item of maps, arrays, integers, floats, byte and text strings, true, false
 * and null; tag 18 (COSE_Sign1) may stand before it. Otherwise MALFORMED with the offset and the reason. Linear time; never throws.
 */
export const checkDeterministic = (
  bytes: Uint8Array,
  limits: CborLimits = { depth: MAX_CBOR_DEPTH },
): Unreadable | undefined => {
  const start = bytes[0] === ((TAG << 5) | COSE_SIGN1_TAG) ? 1 : 0
  const end = scanItem(bytes, start, limits.depth)
  if (typeof end !== 'number') return malformed(end)
  return end === bytes.length ? undefined : malformed({ offset: end, reason: 'bytes after the item' })
}

const malformed = ({ offset, reason }: Fault): Unreadable => ({ code: 'MALFORMED', facts: { reason, offset } })

const scanItem = (bytes: Uint8Array, at: number, depth: number): Step => {
  const head = readHead(bytes, at)
  if ('reason' in head) return head
  switch (head.major) {
    case UNSIGNED:
      return head.next
    case NEGATIVE:
      // dCBOR §2.4: down to −2^63, so that every negative integer fits a signed 64-bit one.
      return head.info === 27 && (bytes[at + 1] ?? 0) >= 0x80
        ? { offset: at, reason: 'integer below -2^63' }
        : head.next
    case BYTES:
    case TEXT:
      return scanString(bytes, at, head)
    case ARRAY:
    case MAP:
      return scanContainer(bytes, at, { head, depth })
    case TAG:
      return { offset: at, reason: 'tag other than a leading 18' }
    default:
      return scanSimple(bytes, at, head)
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
  const argument = readUint(bytes, at + 1, next)
  // The argument of a float is its bits; `float.ts` judges those.
  if (major !== 7 && argument < (leastOf[info] ?? 0)) return { offset: at, reason: 'longer than needed' }
  return { major, info, argument, next }
}

/** Rounds past 2^53, which no check here can notice: such a length is beyond every buffer. */
const readUint = (bytes: Uint8Array, from: number, to: number): number => {
  let value = 0
  for (let at = from; at < to; at++) value = value * 256 + (bytes[at] ?? 0)
  return value
}

const scanString = (bytes: Uint8Array, at: number, head: Head): Step => {
  if (head.argument > bytes.length - head.next) return { offset: at, reason: 'length beyond the end' }
  const end = head.next + head.argument
  const reason = head.major === TEXT ? textFault(bytes.subarray(head.next, end)) : undefined
  return reason ? { offset: at, reason } : end
}

const scanContainer = (bytes: Uint8Array, at: number, { head, depth }: { head: Head; depth: number }): Step => {
  if (depth === 0) return { offset: at, reason: 'nested too deep' }
  const items = head.major === MAP ? 2 * head.argument : head.argument
  // Every item takes a byte, so a claimed count is checked before anything is walked.
  if (items > bytes.length - head.next) return { offset: at, reason: 'length beyond the end' }
  return head.major === MAP
    ? scanMap(bytes, head.next, { pairs: head.argument, depth: depth - 1 })
    : scanArray(bytes, head.next, { items, depth: depth - 1 })
}

const scanArray = (bytes: Uint8Array, start: number, { items, depth }: { items: number; depth: number }): Step => {
  let at = start
  for (let count = 0; count < items; count++) {
    const end = scanItem(bytes, at, depth)
    if (typeof end !== 'number') return end
    at = end
  }
  return at
}

const scanMap = (bytes: Uint8Array, start: number, { pairs, depth }: { pairs: number; depth: number }): Step => {
  let at = start
  let previous: Uint8Array | undefined
  for (let count = 0; count < pairs; count++) {
    const keyEnd = scanItem(bytes, at, depth)
    if (typeof keyEnd !== 'number') return keyEnd
    const key = bytes.subarray(at, keyEnd)
    if (previous && compareBytes(previous, key) >= 0) return { offset: at, reason: 'map keys not sorted and unique' }
    previous = key
    const end = scanItem(bytes, keyEnd, depth)
    if (typeof end !== 'number') return end
    at = end
  }
  return at
}

const FALSE = 20
const NULL = 22

const scanSimple = (bytes: Uint8Array, at: number, head: Head): Step => {
  if (head.info >= FALSE && head.info <= NULL) return head.next
  if (head.info < 25) return { offset: at, reason: 'simple value other than false, true and null' }
  const reason = floatFault(bytes.subarray(head.next - (1 << (head.info - 24)), head.next))
  return reason ? { offset: at, reason } : head.next
}
