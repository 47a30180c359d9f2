import type { Packet } from 'mqtt-packet'
import { describe, expect, test } from 'vitest'
import { pathOf, startBroker, telemetry, tracker } from '../../test/support/broker.ts'
import { memoryInbox } from '../../test/support/packets.ts'
import { connectOf, enter, openRaw, type Raw } from '../../test/support/raw-mqtt.ts'
import { hasVectors, readVectors, vectorsNote } from '../../test/support/vectors.ts'

/*
 * Each vector says what a broker sends back, and whether it then ends the connection. What this one does otherwise is declared below, by the
 * vector's name, with what it does instead. A declaration that no vector needs is a failure too.
 */

type Vector = {
  readonly name: string
  readonly expect_disconnect?: boolean
  readonly connect?: boolean
  readonly msgs: readonly { readonly type: 'send' | 'recv'; readonly payload: string }[]
}

/** Frames as in `vectors/mqtt`: hex bytes, `rN` remaining length, `sN` string length, `kN` keep-alive, `mN` packet id, 'text'. */
const frameOf = (notation: string): Buffer => {
  const varint = (value: number): number[] =>
    value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
  const two = (value: number) => [value >> 8, value & 255]
  const parts = (notation.match(/'[^']*'|\S+/g) ?? []).map((token): Buffer => {
    const value = Number(token.slice(1))
    if (token.startsWith("'")) return Buffer.from(token.slice(1, -1))
    if (/^r\d+$/.test(token)) return Buffer.from(varint(value))
    if (/^[skm]\d+$/.test(token)) return Buffer.from(two(value))
    return Buffer.from(token, 'hex')
  })
  return Buffer.concat(parts)
}

const groupOf = (file: string, group: string): readonly Vector[] =>
  hasVectors
    ? (readVectors<readonly { group: string; tests: readonly Vector[] }[]>(`mqtt/${file}.json`).find(
        (one) => one.group === group,
      )?.tests ?? [])
    : []

/** What is sent back, in words: the codes of CONNACKs, the ids of acknowledgements, and how it ends. */
const expectedOf = ({ msgs, expect_disconnect = true }: Vector): string => {
  const answers = msgs.flatMap(({ type, payload }) => {
    if (type === 'send') return []
    const frame = frameOf(payload)
    const names: Readonly<Record<number, string>> = { 2: 'CONNACK', 4: 'PUBACK', 5: 'PUBREC', 7: 'PUBCOMP' }
    const name = names[(frame[0] ?? 0) >> 4]
    return [`${name} ${name === 'CONNACK' ? frame[3] : frame.readUInt16BE(2)}`]
  })
  return [...answers, expect_disconnect ? 'closed' : 'open'].join(', ')
}

const wordOf = (packet: Packet): string => {
  if (packet.cmd === 'connack') return `CONNACK ${packet.returnCode}`
  return `${packet.cmd.toUpperCase()} ${packet.messageId}`
}

const isPong = ({ cmd }: Packet) => cmd === 'pingresp'

/** What came back after the first `before` packets, once the connection has ended or is seen to go on. */
const seenOf = async (raw: Raw, before: number): Promise<string> => {
  // A client that is not let in gets no answer to this, and is closed.
  raw.send({ cmd: 'pingreq' })
  const end = await Promise.race([raw.next(isPong).then(() => 'open'), raw.closed.then(() => 'closed')]).catch(
    () => 'closed',
  )
  const words = raw.packets
    .slice(before)
    .filter((packet) => !isPong(packet))
    .map(wordOf)
  return [...words, end].join(', ')
}

/** Whom `deviations` names answers as declared, everyone else as the vector says; each name is needed. */
const holds = (
  vectors: readonly Vector[],
  deviations: ReadonlyMap<string, string>,
  run: (vector: Vector) => unknown,
) => {
  const names = vectors.map(({ name }) => name)
  test('has every declared deviation', () => {
    expect([...deviations.keys()].filter((name) => !names.includes(name))).toEqual([])
  })
  test.each(vectors.map((vector) => [vector.name, vector] as const))('%s', async (name, vector) => {
    const declared = deviations.get(name)
    if (declared !== undefined) expect(declared).not.toBe(expectedOf(vector))
    expect(await run(vector)).toBe(declared ?? expectedOf(vector))
  })
}

const connectWith = async (vector: Vector): Promise<string> => {
  const { port } = await startBroker(pathOf(memoryInbox()))
  const raw = await openRaw(port)
  for (const { type, payload } of vector.msgs) if (type === 'send') raw.send(frameOf(payload))
  // Less than it announces: without more it would be waited for.
  if (vector.name.includes('NanoMQ')) raw.socket.end()
  return seenOf(raw, 0)
}

const declare = (answer: string, names: readonly string[]) => names.map((name) => [name, answer] as const)

describe.skipIf(!hasVectors)(`the v3.1.1 CONNECT vectors${vectorsNote}`, () => {
  const deviations = new Map([
    // No client is anonymous: what the vectors let in by any name is told "identifier rejected".
    ...declare('CONNACK 2, closed', [
      '10 ok ',
      '10 [MQTT-3.1.0-2]',
      '10 empty client ID',
      '10 Username zero length ok',
      '10 Username flag 1 Password flag 1 ok',
      '10 Password with 0x0000',
      'duplicate CONNECT',
    ]),
    // No will: nobody would have signed it.
    ['10 Will flag 1 ok', 'CONNACK 5, closed'] as const,
    // The vectors want an MQTT 5 code here; MQTT-3.1.2-2 wants 1 of a 3.1.1 server.
    ...declare('CONNACK 1, closed', ['10 proto ver 2 [MQTT-3.1.2-2]', '10 proto ver 6 [MQTT-3.1.2-2]']),
  ])
  holds(groupOf('CONNECT', 'v3.1.1 CONNECT'), deviations, connectWith)
})

describe.skipIf(!hasVectors)(`the v3.1 CONNECT vectors${vectorsNote}`, () => {
  // 3.1 is not spoken: its clients are told so, by the code that 3.1 and 3.1.1 have for it.
  const deviations = new Map(
    declare('CONNACK 1, closed', [
      '10 ok ',
      '14 ok ',
      '10 proto ver 2',
      '10 proto ver 6',
      '10 empty client ID',
      '10 ok',
    ]),
  )
  holds(groupOf('CONNECT', 'v3.1   CONNECT'), deviations, connectWith)
})

describe.skipIf(!hasVectors)(`the v5.0 CONNECT vectors${vectorsNote}`, () => {
  // 5.0 is not spoken: its clients are told so (1), or closed where not even the header is right. So none gets as far as to PUBLISH.
  const groups = [
    'v5.0   CONNECT',
    'v5.0   CONNECT EXTENDED AUTH',
    'v5.0   CONNECT ALLOWED PROPERTIES',
    'v5.0   CONNECT DISALLOWED PROPERTIES',
    'v5.0   WILL ALLOWED PROPERTIES',
    'v5.0   WILL DISALLOWED PROPERTIES',
  ]
  test.each(groups)('%s', async (group) => {
    const { port } = await startBroker(pathOf(memoryInbox()))
    const vectors = groupOf('CONNECT', group).filter(({ msgs }) => msgs.some(({ payload }) => / 05 /.test(payload)))
    expect(vectors.length).toBeGreaterThan(0)
    for (const { msgs } of vectors) {
      const raw = await openRaw(port)
      raw.send(frameOf(msgs.find(({ type }) => type === 'send')?.payload ?? ''))
      raw.socket.end()
      await raw.closed
      expect(['', 'CONNACK 1']).toContain(raw.packets.map(wordOf).join())
    }
  })
})

describe.skipIf(!hasVectors)(`the v3.1.1 PUBLISH vectors, on the device’s own topic${vectorsNote}`, () => {
  const deviations = new Map(
    declare('closed', [
      // Nothing is retained: a packet is for the gateway.
      '31 retain 1',
      '31 retain 1 zero length',
      // "Counted once" is kept by the store, so QoS 2 is refused.
      '34 QoS 2 Dup 0',
      '3C QoS 2 Dup 1',
      '34 QoS 2 Dup flow*3',
      "34 QoS 2 repeated with/without 'payload'",
      // A device publishes to its own topics alone.
      '30 topic with U+2A6D4 (section 1.5.3.1)',
      'PUBLISH with $ topic',
    ]),
  )

  /** The vectors' topic is nobody's; ours is longer. */
  const onOwnTopic = (payload: string) => {
    if (!payload.includes("s5 'topic'")) return payload
    const longer = telemetry.length - 5
    return payload
      .replace("s5 'topic'", `s${telemetry.length} '${telemetry}'`)
      .replace(/r(\d+)/, (_, length) => `r${Number(length) + longer}`)
  }

  holds(groupOf('PUBLISH', 'v3.1.1 PUBLISH'), deviations, async (vector) => {
    const { port } = await startBroker(pathOf(memoryInbox()))
    const raw = vector.connect === false ? await openRaw(port) : await enter(port, connectOf(tracker))
    const before = raw.packets.length
    for (const { type, payload } of vector.msgs) if (type === 'send') raw.send(frameOf(onOwnTopic(payload)))
    return seenOf(raw, before)
  })
})
