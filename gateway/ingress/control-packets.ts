import { MAX_FILTERS, MAX_TOPIC_BYTES, MAX_TOPIC_LEVELS } from '../../devices/limits.ts'
import type { Frame } from './frames.ts'

/*
 * What a control packet may hold, by MQTT 3.1.1, before the broker's parser sees it. Answers say why not; undefined is fine.
 */

export const CONNECT = 1
export const PUBLISH = 3
const PUBACK = 4
export const SUBSCRIBE = 8
const UNSUBSCRIBE = 10
const PINGREQ = 12
const DISCONNECT = 14

/** Types a session may send. Not among them: what only servers send, and the QoS 2 flow: nobody here publishes or is sent at QoS 2. */
export const isOfSession = (type: number): boolean => Object.hasOwn(checks, type)

export const isSubscribing = (type: number): boolean => type === SUBSCRIBE || type === UNSUBSCRIBE

export const whyBad = (frame: Frame): string | undefined => checks[frame.type]?.(frame)

const checks: Readonly<Record<number, (frame: Frame) => string | undefined>> = {
  [PUBLISH]: ({ flags, body }) => {
    const qos = (flags >> 1) & 3
    // §3.3.1.2 forbids 3; 2 is legal MQTT, but ours is at-least-once with "counted once" kept by the store.
    if (qos > 1) return `QoS ${qos}`
    if (flags & 1) return 'retain'
    // MQTT-3.3.1-2
    if (qos === 0 && flags & 8) return 'DUP at QoS 0'
    const topic = readText(body, 0)
    if (!topic) return 'topic'
    if (qos === 1 && !hasPacketId(body, topic.next)) return 'packet id'
    return whyNoTopic(topic)
  },
  [PUBACK]: ({ flags, body }) => (flags !== 0 || body.length !== 2 || !hasPacketId(body, 0) ? 'PUBACK' : undefined),
  [SUBSCRIBE]: (frame) => whyNoFilters(frame, 1),
  [UNSUBSCRIBE]: (frame) => whyNoFilters(frame, 0),
  [PINGREQ]: ({ flags, body }) => (flags !== 0 || body.length !== 0 ? 'PINGREQ' : undefined),
  [DISCONNECT]: ({ flags, body }) => (flags !== 0 || body.length !== 0 ? 'DISCONNECT' : undefined),
}

/** SUBSCRIBE has a QoS byte behind each filter, UNSUBSCRIBE has none. */
const whyNoFilters = ({ flags, body }: Frame, qosBytes: 0 | 1): string | undefined => {
  // MQTT-3.8.1-1, MQTT-3.10.1-1
  if (flags !== 2) return 'reserved flags'
  if (!hasPacketId(body, 0)) return 'packet id'
  let at = 2
  let filters = 0
  while (at < body.length) {
    const filter = readText(body, at)
    if (!filter || filter.next + qosBytes > body.length) return 'filter'
    // MQTT-3-8.3-4
    if (qosBytes === 1 && (body[filter.next] as number) > 2) return 'QoS'
    const why = whyTooLong(filter) ?? whyMisplaced(filter)
    if (why) return why
    at = filter.next + qosBytes
    filters += 1
  }
  // MQTT-3.8.3-3
  return filters === 0 || filters > MAX_FILTERS ? `${filters} filters` : undefined
}

const whyNoTopic = (topic: Text): string | undefined => {
  // MQTT-3.3.2-2
  if (topic.value === '' || /[+#]/.test(topic.value)) return 'topic'
  return whyTooLong(topic)
}

const whyTooLong = ({ value, bytes }: Text): string | undefined => {
  if (value === '') return 'empty topic'
  if (bytes > MAX_TOPIC_BYTES) return `a topic of ${bytes} bytes`
  return value.split('/').length > MAX_TOPIC_LEVELS ? 'too many topic levels' : undefined
}

/** MQTT-4.7.1-2 and -3: a wildcard has its level to itself, and # is the last. */
const whyMisplaced = ({ value }: Text): string | undefined => {
  const levels = value.split('/')
  const isRight = (level: string, index: number) =>
    level === '+' || (level === '#' && index === levels.length - 1) || !/[+#]/.test(level)
  return levels.every(isRight) ? undefined : 'a misplaced wildcard'
}

/** The filters of a correct SUBSCRIBE (1 byte behind each) or UNSUBSCRIBE (0). */
export const readFilters = (body: Buffer, qosBytes: 0 | 1): readonly Text[] => {
  const filters: Text[] = []
  for (let at = 2; at < body.length; ) {
    const filter = readText(body, at)
    if (!filter) break
    filters.push(filter)
    at = filter.next + qosBytes
  }
  return filters
}

/** §2.2.3 */
export const encodeLength = (length: number): Uint8Array =>
  Uint8Array.from(length < 128 ? [length] : [(length & 0x7f) | 0x80, ...encodeLength(length >> 7)])

/** MQTT-2.3.1-1: never 0. */
const hasPacketId = (body: Buffer, at: number): boolean => at + 2 <= body.length && body.readUInt16BE(at) !== 0

// ------------------------------------------------------------------------------------------------------------------- CONNECT

/** A whole and correct CONNECT of MQTT 3.1.1. */
export type Connect = {
  readonly clientId: string
  readonly hasWill: boolean
  readonly isClean: boolean
  /** Seconds; 0 = none (§3.1.2.10). */
  readonly keepAlive: number
  readonly username: string | undefined
  readonly password: Buffer | undefined
}

/** `returnCode` where the standard has the server say why; otherwise the socket just closes. */
export type BadConnect = { readonly why: string; readonly returnCode?: 1 | 2 }

const [USERNAME, PASSWORD, WILL_RETAIN, WILL_QOS, WILL, CLEAN] = [0x80, 0x40, 0x20, 0x18, 0x04, 0x02]

export const readConnect = ({ flags: reserved, body }: Frame): Connect | BadConnect => {
  const protocol = readText(body, 0)
  // MQTT 3.1 has another name: its clients are told by which version they are not spoken to, as those of any other level.
  if (protocol?.value === 'MQIsdp') return { why: 'MQTT 3.1', returnCode: 1 }
  if (reserved !== 0 || protocol?.value !== 'MQTT' || protocol.next + 4 > body.length) return { why: 'CONNECT' }
  // MQTT-3.1.2-2
  if (body[protocol.next] !== 4) return { why: 'protocol level', returnCode: 1 }
  const flags = body[protocol.next + 1] as number
  const why = whyBadFlags(flags)
  if (why) return { why }
  const payload = readPayload(body, protocol.next + 4, flags)
  return 'why' in payload ? payload : { ...payload, keepAlive: body.readUInt16BE(protocol.next + 2) }
}

const whyBadFlags = (flags: number): string | undefined => {
  // MQTT-3.1.2-3
  if (flags & 1) return 'reserved CONNECT flag'
  // MQTT-3.1.2-11, -13, -15
  if (!(flags & WILL) && flags & (WILL_QOS | WILL_RETAIN)) return 'will flags without a will'
  // MQTT-3.1.2-14
  if ((flags & WILL_QOS) === WILL_QOS) return 'will QoS 3'
  // MQTT-3.1.2-22
  if (flags & PASSWORD && !(flags & USERNAME)) return 'password without user name'
  return undefined
}

const readPayload = (body: Buffer, start: number, flags: number): Omit<Connect, 'keepAlive'> | BadConnect => {
  let at = start
  const next = <T extends { next: number }>(field: T | undefined): T | undefined => {
    at = field ? field.next : Number.NaN
    return field
  }
  const clientId = next(readText(body, at))
  if (flags & WILL) {
    next(readText(body, at))
    next(readBytes(body, at))
  }
  const username = flags & USERNAME ? next(readText(body, at)) : undefined
  const password = flags & PASSWORD ? next(readBytes(body, at)) : undefined
  // A field that is missing has made `at` NaN, which nothing after it mends.
  if (!clientId || at !== body.length) return { why: 'CONNECT payload' }
  // MQTT-3.1.3-8
  if (clientId.value === '' && !(flags & CLEAN)) return { why: 'client id', returnCode: 2 }
  return {
    clientId: clientId.value,
    hasWill: (flags & WILL) !== 0,
    isClean: (flags & CLEAN) !== 0,
    username: username?.value,
    password: password?.value,
  }
}

// -------------------------------------------------------------------------------------------------------------------- fields

type Text = { readonly value: string; readonly bytes: number; readonly next: number }

const readBytes = (body: Buffer, at: number): { value: Buffer; next: number } | undefined => {
  if (!(at + 2 <= body.length)) return undefined
  const next = at + 2 + body.readUInt16BE(at)
  return next <= body.length ? { value: body.subarray(at + 2, next), next } : undefined
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** MQTT-1.5.3-2 forbids U+0000; the other controls and the non-characters only SHOULD not be there (§1.5.3), and hide in logs. */
const UNCLEAN = /[\p{Cc}\p{Noncharacter_Code_Point}]/u

const readText = (body: Buffer, at: number): Text | undefined => {
  const field = readBytes(body, at)
  if (!field) return undefined
  try {
    const value = utf8.decode(field.value)
    return UNCLEAN.test(value) ? undefined : { value, bytes: field.value.length, next: field.next }
  } catch {
    // MQTT-1.5.3-1
    return undefined
  }
}
