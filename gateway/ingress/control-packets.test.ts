import { describe, expect, test } from 'vitest'
import { isOfSession, readConnect, whyBad } from './control-packets.ts'
import type { Frame } from './frames.ts'

const text = (value: string | Buffer): Buffer => {
  const bytes = Buffer.from(value as string)
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes])
}

const frame = (first: number, ...parts: readonly (Buffer | number)[]): Frame => {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : part)))
  return { type: first >> 4, flags: first & 15, bytes: body, body }
}

const publish = (topic: string | Buffer, first = 0x30) => frame(first, text(topic), ...(first & 6 ? [0, 1] : []), 9)
const subscribe = (...filters: readonly string[]) =>
  frame(0x82, 0, 1, ...filters.flatMap((filter) => [text(filter), 1]))

describe('PUBLISH', () => {
  test.each([
    ['QoS 0', publish('a/b/c'), undefined],
    ['QoS 1', publish('a/b/c', 0x32), undefined],
    ['QoS 1 again (DUP)', publish('a/b/c', 0x3a), undefined],
    ['QoS 2', publish('a/b/c', 0x34), 'QoS 2'],
    ['QoS 3', publish('a/b/c', 0x36), 'QoS 3'],
    ['retain', publish('a/b/c', 0x31), 'retain'],
    ['DUP at QoS 0', publish('a/b/c', 0x38), 'DUP at QoS 0'],
    ['packet id 0', frame(0x32, text('a'), 0, 0), 'packet id'],
    ['no packet id', frame(0x32, text('a')), 'packet id'],
    ['an empty topic', publish(''), 'topic'],
    ['a wildcard +', publish('a/+/c'), 'topic'],
    ['a wildcard #', publish('a/#'), 'topic'],
    ['128 bytes of topic', publish('t'.repeat(128)), undefined],
    ['129 bytes of topic', publish('t'.repeat(129)), 'a topic of 129 bytes'],
    ['128 bytes in fewer characters', publish('ü'.repeat(64)), undefined],
    ['130 bytes in fewer characters', publish('ü'.repeat(65)), 'a topic of 130 bytes'],
    ['4 levels', publish('a/b/c/d'), undefined],
    ['5 levels', publish('a/b/c/d/e'), 'too many topic levels'],
    ['bad UTF-8', publish(Buffer.from([0x61, 0xff])), 'topic'],
    ['an encoded surrogate', publish(Buffer.from([0xed, 0xa0, 0x80])), 'topic'],
    ['a NUL', publish('a\0b'), 'topic'],
    ['a control character', publish('a\u0001b'), 'topic'],
    ['a non-character', publish('a\uffff'), 'topic'],
    ['beyond the basic plane', publish('\u{2a6d4}'), undefined],
    ['a topic longer than the frame', frame(0x30, 0, 9, 0x61), 'topic'],
    ['no body', frame(0x30), 'topic'],
  ])('%s', (_, packet, why) => {
    expect(whyBad(packet)).toBe(why)
  })
})

describe('SUBSCRIBE and UNSUBSCRIBE', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => `f${index}`)
  test.each([
    ['one filter', subscribe('a'), undefined],
    ['wildcards, which the access list refuses', subscribe('#', '+/a', 'a/+/b', 'a/#', '+/#'), undefined],
    ['a + beside something in its level', subscribe('a+/b'), 'a misplaced wildcard'],
    ['a + doubled', subscribe('++'), 'a misplaced wildcard'],
    ['a # that is not last', subscribe('#/a'), 'a misplaced wildcard'],
    ['a # beside something in its level', subscribe('a/b#'), 'a misplaced wildcard'],
    ['UNSUBSCRIBE of a misplaced +', frame(0xa2, 0, 1, text('a+')), 'a misplaced wildcard'],
    ['8 filters', subscribe(...many(8)), undefined],
    ['9 filters', subscribe(...many(9)), '9 filters'],
    ['no filter', subscribe(), '0 filters'],
    ['an empty filter', subscribe(''), 'empty topic'],
    ['a filter of 129 bytes', subscribe('t'.repeat(129)), 'a topic of 129 bytes'],
    ['QoS 3', frame(0x82, 0, 1, text('a'), 3), 'QoS'],
    ['reserved bits beside the QoS', frame(0x82, 0, 1, text('a'), 0x81), 'QoS'],
    ['no QoS', frame(0x82, 0, 1, text('a')), 'filter'],
    ['packet id 0', frame(0x82, 0, 0, text('a'), 1), 'packet id'],
    ['reserved flags', frame(0x80, 0, 1, text('a'), 1), 'reserved flags'],
    ['UNSUBSCRIBE', frame(0xa2, 0, 1, text('a')), undefined],
    ['UNSUBSCRIBE with reserved flags', frame(0xa0, 0, 1, text('a')), 'reserved flags'],
  ])('%s', (_, packet, why) => {
    expect(whyBad(packet)).toBe(why)
  })
})

describe('the rest of a session', () => {
  test.each([
    ['PINGREQ', frame(0xc0), undefined],
    ['PINGREQ with a body', frame(0xc0, 1), 'PINGREQ'],
    ['DISCONNECT', frame(0xe0), undefined],
    ['DISCONNECT with flags', frame(0xe1), 'DISCONNECT'],
    ['PUBACK', frame(0x40, 0, 1), undefined],
    ['PUBACK of id 0', frame(0x40, 0, 0), 'PUBACK'],
  ])('%s', (_, packet, why) => {
    expect(whyBad(packet)).toBe(why)
  })

  test('only clients’ packets of QoS 0 and 1 are of a session', () => {
    const types = Array.from({ length: 16 }, (_, type) => type).filter(isOfSession)
    expect(types).toEqual([3, 4, 8, 10, 12, 14])
  })
})

describe('CONNECT', () => {
  const connect = (flags: number, ...payload: readonly (string | Buffer)[]) =>
    frame(0x10, text('MQTT'), 4, flags, 0, 60, ...payload.map(text))

  test('with user name and password', () => {
    expect(readConnect(connect(0xc2, 'id', 'device', 'secret'))).toEqual({
      clientId: 'id',
      hasWill: false,
      isClean: true,
      keepAlive: 60,
      username: 'device',
      password: Buffer.from('secret'),
    })
  })

  test('with a will says so', () => {
    expect(readConnect(connect(0x06, 'id', 'topic', 'message'))).toMatchObject({ clientId: 'id', hasWill: true })
  })

  test.each([
    ['level 3', frame(0x10, text('MQTT'), 3, 2, 0, 60, text('p')), { why: 'protocol level', returnCode: 1 }],
    ['level 5', frame(0x10, text('MQTT'), 5, 2, 0, 60, text('p')), { why: 'protocol level', returnCode: 1 }],
    ['MQIsdp', frame(0x10, text('MQIsdp'), 3, 2, 0, 60, text('p')), { why: 'MQTT 3.1', returnCode: 1 }],
    ['MQIsdp, whatever follows', frame(0x14, text('MQIsdp')), { why: 'MQTT 3.1', returnCode: 1 }],
    ['no client id and no clean session', connect(0x00, ''), { why: 'client id', returnCode: 2 }],
    ['bytes left over', connect(0x02, 'id', 'more'), { why: 'CONNECT payload' }],
    ['a password missing', connect(0xc2, 'id', 'device'), { why: 'CONNECT payload' }],
    ['a password without user name', connect(0x42, 'id', 'secret'), { why: 'password without user name' }],
    ['will QoS 3', connect(0x1e, 'id', 't', 'm'), { why: 'will QoS 3' }],
    ['will flags without will', connect(0x22, 'id'), { why: 'will flags without a will' }],
    ['the reserved flag', connect(0x03, 'id'), { why: 'reserved CONNECT flag' }],
    ['bad UTF-8 in the client id', connect(0x02, Buffer.from([0xff])), { why: 'CONNECT payload' }],
    ['bad UTF-8 in the will topic', connect(0x06, 'id', Buffer.from([0xff]), 'm'), { why: 'CONNECT payload' }],
    ['nothing', frame(0x10), { why: 'CONNECT' }],
  ])('refused: %s', (_, packet, bad) => {
    expect(readConnect(packet)).toEqual(bad)
  })
})
