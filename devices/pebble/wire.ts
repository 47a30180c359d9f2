import type { Unreadable } from '../packet.ts'

/*
 * A byte scanner that stands before the protobuf reader. Protobuf readers forgive: they take padded varints, repeated fields, fields of
 * another type and fields that nobody knows. What passes here in the `exact` way cannot lose a flipped bit.
 */

/** `uint32` also covers sint32 and bool: one varint of at most 32 bits. `array`: packed bytes, or one of several varints. `text`: UTF-8. */
export type FieldShape = 'uint32' | 'bytes' | 'text' | 'array' | { readonly bytes: number }

export type MessageShape = {
  readonly fields: ReadonlyMap<number, FieldShape>
  /**
   * `exact`: every field once, in order, and no other, so that one message has one encoding. `open`: any of the fields at most once, and
   * what a newer firmware may add.
   */
  readonly rule: 'exact' | 'open'
  /** Whether an open message may have none of its fields. */
  readonly mayBeEmpty?: boolean
}

type Fault = { readonly offset: number; readonly reason: string }
type Varint = { readonly value: number; readonly next: number }
type Tag = { readonly field: number; readonly wire: number; readonly at: number; readonly next: number }

const VARINT = 0
const FIXED64 = 1
const LENGTH = 2
const FIXED32 = 5

/** Fields of one message, unpacked arrays included. The largest real one has 19. */
const MAX_FIELDS = 64
const MAX_UINT32 = 2 ** 32 - 1

/** Undefined when the bytes are a message of this shape. Linear time, builds nothing, believes no length; never throws. */
export const checkMessage = (bytes: Uint8Array, shape: MessageShape): Unreadable | undefined => {
  const fault = scanMessage(bytes, shape)
  return fault && { code: 'MALFORMED', facts: { reason: fault.reason, offset: fault.offset } }
}

const scanMessage = (bytes: Uint8Array, shape: MessageShape): Fault | undefined => {
  const seen = new Set<number>()
  let at = 0
  for (let count = 0; at < bytes.length; count++) {
    if (count === MAX_FIELDS) return { offset: at, reason: 'too many fields' }
    const tag = readTag(bytes, at)
    if ('reason' in tag) return tag
    const expected = shape.fields.get(tag.field)
    const fault = shape.rule === 'exact' ? misplaced(tag, shape, seen) : repeated(tag, expected, seen)
    if (fault) return { offset: at, reason: fault }
    seen.add(tag.field)
    const end = expected ? scanField(bytes, tag, expected) : skipField(bytes, tag)
    if (typeof end !== 'number') return end
    at = end
  }
  const reason = whyIncomplete(shape, seen)
  return reason ? { offset: at, reason } : undefined
}

const whyIncomplete = ({ rule, fields, mayBeEmpty }: MessageShape, seen: ReadonlySet<number>): string | undefined => {
  const missing = [...fields.keys()].filter((field) => !seen.has(field))
  if (rule === 'exact') return missing.length > 0 ? `field ${missing[0]} is missing` : undefined
  return missing.length === fields.size && !mayBeEmpty ? 'none of its fields' : undefined
}

const misplaced = ({ field }: Tag, { fields }: MessageShape, seen: ReadonlySet<number>): string | undefined => {
  if (!fields.has(field)) return 'unknown field'
  return [...fields.keys()][seen.size] === field ? undefined : `field ${field} out of order`
}

const repeated = ({ field }: Tag, shape: FieldShape | undefined, seen: ReadonlySet<number>): string | undefined =>
  seen.has(field) && shape !== 'array' ? `field ${field} twice` : undefined

const readTag = (bytes: Uint8Array, at: number): Tag | Fault => {
  const tag = readVarint(bytes, at)
  if ('reason' in tag) return tag
  const field = Math.floor(tag.value / 8)
  return field === 0 ? { offset: at, reason: 'field 0' } : { field, wire: tag.value % 8, at, next: tag.next }
}

const scanField = (bytes: Uint8Array, tag: Tag, shape: FieldShape): number | Fault => {
  if (tag.wire === VARINT && (shape === 'uint32' || shape === 'array')) return endOf(readVarint(bytes, tag.next))
  if (tag.wire !== LENGTH || shape === 'uint32') return { offset: tag.at, reason: `wire type of field ${tag.field}` }
  const span = readSpan(bytes, tag.next)
  if ('reason' in span) return span
  if (typeof shape === 'object' && span.to - span.from !== shape.bytes) {
    return { offset: tag.at, reason: `field ${tag.field} is ${shape.bytes} bytes` }
  }
  if (shape === 'text' && !isText(bytes.subarray(span.from, span.to)))
    return { offset: tag.at, reason: `field ${tag.field} is not UTF-8` }
  return shape === 'array' ? scanPacked(bytes.subarray(0, span.to), span.from) : span.to
}

const strict = new TextDecoder('utf-8', { fatal: true })

const isText = (bytes: Uint8Array): boolean => {
  try {
    strict.decode(bytes)
    return true
  } catch {
    return false
  }
}

const scanPacked = (bytes: Uint8Array, from: number): number | Fault => {
  let at = from
  while (at < bytes.length) {
    const end = endOf(readVarint(bytes, at))
    if (typeof end !== 'number') return end
    at = end
  }
  return at
}

/** Groups are refused: no Pebble message has one, and they nest. */
const skipField = (bytes: Uint8Array, { wire, at, next }: Tag): number | Fault => {
  switch (wire) {
    case VARINT:
      return skipVarint(bytes, next)
    case LENGTH: {
      const span = readSpan(bytes, next)
      return 'reason' in span ? span : span.to
    }
    case FIXED32:
    case FIXED64: {
      const end = next + (wire === FIXED32 ? 4 : 8)
      return end <= bytes.length ? end : { offset: at, reason: 'truncated' }
    }
    default:
      return { offset: at, reason: 'group or unknown wire type' }
  }
}

/** Of a field that nobody here knows: it may have 64 bits, 10 bytes. */
const skipVarint = (bytes: Uint8Array, at: number): number | Fault => {
  const length = bytes.subarray(at, at + 10).findIndex((byte) => byte < 0x80) + 1
  return length > 0 ? at + length : { offset: at, reason: 'truncated' }
}

const endOf = (varint: Varint | Fault): number | Fault => ('reason' in varint ? varint : varint.next)

const readSpan = (bytes: Uint8Array, at: number): { readonly from: number; readonly to: number } | Fault => {
  const length = readVarint(bytes, at)
  if ('reason' in length) return length
  if (length.value > bytes.length - length.next) return { offset: at, reason: 'length beyond the end' }
  return { from: length.next, to: length.next + length.value }
}

/** At most 32 bits, in as few bytes as can be. */
const readVarint = (bytes: Uint8Array, at: number): Varint | Fault => {
  let value = 0
  for (let index = 0; index < 5; index++) {
    const byte = bytes[at + index]
    if (byte === undefined) return { offset: at, reason: 'truncated' }
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) {
      if (byte === 0 && index > 0) return { offset: at, reason: 'varint longer than needed' }
      return value > MAX_UINT32 ? { offset: at, reason: 'varint over 32 bits' } : { value, next: at + index + 1 }
    }
  }
  return { offset: at, reason: 'varint over 32 bits' }
}
