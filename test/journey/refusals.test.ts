import { createPublicClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encode } from '../../chain/client.ts'
import { MAX_MEASUREMENTS, MAX_PACKET_BYTES } from '../../devices/limits.ts'
import { sealConfirm, sealPebble } from '../../devices/pebble/packet.ts'
import { encodeSensor } from '../../devices/pebble/sensor.ts'
import { pebbleTopics } from '../../devices/pebble/topics.ts'
import { encodeSenml } from '../../devices/senml.ts'
import type { Hex } from '../../devices/units.ts'
import { type RefusalCode, refusals } from '../../gateway/errors.ts'
import {
  measurement,
  nativePacket,
  OTHER_NETWORK,
  reading,
  type TestDevice,
  type TestPacket,
  testDevice,
} from '../support/packets.ts'
import {
  connectDevice,
  connectPebble,
  eventually,
  explain,
  isPaired,
  outcomesOf,
  pair,
  proposePebble,
  type Refusals,
  sendAll,
  startWhole,
  type Whole,
} from '../support/whole-gateway.ts'

let whole: Whole
let network: Uint8Array
beforeAll(async () => {
  whole = await startWhole({
    // A day's epoch, so that one explanation holds every packet.
    CAIRN_EPOCH_SECONDS: '86400',
    CAIRN_OTHER_NETWORKS: `0x${Buffer.from(OTHER_NETWORK).toString('hex')}`,
  })
  network = (await whole.network()).networkId
})
afterAll(() => whole?.remove())

const packetOf = (device: TestDevice, packet: TestPacket = {}): Uint8Array =>
  nativePacket(device, { network, readings: [reading(Date.now(), measurement('temperature', 'Cel', 21))], ...packet })

const publish = async (device: TestDevice, packets: readonly Uint8Array[]): Promise<void> => {
  const session = await connectDevice(whole, device)
  await sendAll(session.send, packets)
  await session.end()
}

/** What was answered since `before`, by code. */
const since = async (before: Readonly<Record<string, number>>): Promise<Readonly<Record<string, number>>> => {
  const now = Object.entries(await outcomesOf(whole)).map(
    ([code, count]) => [code, count - (before[code] ?? 0)] as const,
  )
  return Object.fromEntries(now.filter(([, count]) => count > 0))
}

const signatureFlipped = (raw: Uint8Array): Uint8Array =>
  raw.map((byte, at) => (at === raw.length - 1 ? byte ^ 1 : byte))

const manyMeasurements = (count: number) => [
  reading(Date.now(), ...Array.from({ length: count }, (_, index) => measurement(`m${index}`, '', index))),
]

const revoke = async (device: TestDevice): Promise<void> => {
  const { domain } = await whole.network()
  const chain = createPublicClient({ transport: http(whole.process.rpcUrl) })
  const owner = privateKeyToAccount(whole.secret('demo-owner.key') as Hex)
  const fees = await chain.estimateFeesPerGas()
  const nonce = await chain.getTransactionCount({ address: owner.address })
  const call = { to: domain.registry, data: encode.revoke(device.device), chainId: domain.chainId }
  const serializedTransaction = await owner.signTransaction({ ...call, ...fees, nonce, gas: 200_000n, type: 'eip1559' })
  await chain.sendRawTransaction({ serializedTransaction })
  await eventually(
    'the revocation',
    async () => (await whole.get(`/v1/devices/${device.device}`)).body.revoked === true,
  )
}

type Story = {
  readonly when: string
  /** What its device must go through first. */
  readonly before?: (device: TestDevice) => Promise<void>
  readonly packets: (device: TestDevice) => readonly Uint8Array[]
  /** All that becomes of the packets, where not each is refused by that code. */
  readonly becomes?: Readonly<Record<string, number>>
}

/** A story for every code that a paired device can meet. */
const stories: Readonly<
  Record<Exclude<RefusalCode, 'UNKNOWN_DEVICE' | 'NOT_PAIRED' | 'QUOTA_EXCEEDED'>, readonly Story[]>
> = {
  MALFORMED: [
    { when: 'the bytes are none of CBOR', packets: () => [Uint8Array.of(0xff, 0x00, 0xff)] },
    { when: 'there are no bytes', packets: () => [new Uint8Array(0)] },
    { when: 'it is another device’s packet', packets: () => [packetOf(testDevice('somebody else'))] },
    { when: 'what was signed is no SenML', packets: (device) => [packetOf(device, { payload: Uint8Array.of(0xa0) })] },
  ],
  TOO_LARGE: [
    { when: 'it is over 16 KB', packets: () => [new Uint8Array(MAX_PACKET_BYTES + 1)] },
    {
      when: 'it holds over 512 measurements',
      packets: (device) => [packetOf(device, { payload: encodeSenml(manyMeasurements(MAX_MEASUREMENTS + 1)) })],
    },
  ],
  KEY_REVOKED: [
    { when: 'the owner has revoked the key on chain', before: revoke, packets: (device) => [packetOf(device)] },
  ],
  WRONG_NETWORK: [
    {
      when: 'it is signed for a network that the operator knows',
      packets: (device) => [packetOf(device, { network: OTHER_NETWORK })],
    },
    { when: 'it is signed for no network', packets: (device) => [packetOf(device, { network: new Uint8Array(0) })] },
  ],
  BAD_SIGNATURE: [
    { when: 'a bit of the signature is wrong', packets: (device) => [signatureFlipped(packetOf(device))] },
    {
      when: 'it is signed for a network that nobody knows',
      packets: (device) => [packetOf(device, { network: new Uint8Array(32) })],
    },
  ],
  SEQUENCE_SEEN: [
    {
      when: 'it comes again',
      packets: (device) => {
        const raw = packetOf(device)
        return [raw, raw, raw]
      },
      becomes: { ACCEPTED: 1, SEQUENCE_SEEN: 2 },
    },
  ],
  SEQUENCE_CONFLICT: [
    {
      when: 'another packet took its sequence number',
      packets: (device) =>
        [1, 2].map((value) =>
          packetOf(device, { readings: [reading(Date.now(), measurement('temperature', 'Cel', value))] }),
        ),
      becomes: { ACCEPTED: 1, SEQUENCE_CONFLICT: 1 },
    },
  ],
  OUT_OF_RANGE: [
    { when: 'the sequence is 0', packets: (device) => [packetOf(device, { sequence: 0n })] },
    { when: 'the sequence is 2^63', packets: (device) => [packetOf(device, { sequence: 2n ** 63n })] },
  ],
}

const told = Object.entries(stories).flatMap(([code, each]) =>
  each.map((story) => ({ code: code as RefusalCode, ...story })),
)

describe('a packet is acknowledged, counted once, and its owner is told', () => {
  const devices = told.map(({ code, when }) => testDevice(`${code} ${when}`))
  beforeAll(async () => {
    await Promise.all(devices.map((device) => pair(whole, device)))
  })

  test.each(told.map((story, index) => [story.code, story.when, { ...story, index }] as const))(
    '%s when %s',
    async (code, _, { index, before, packets, becomes }) => {
      const device = devices[index] as TestDevice
      await before?.(device)
      const sent = packets(device)
      const counts = becomes ?? { [code]: sent.length }
      const earlier = await outcomesOf(whole)
      await publish(device, sent)
      expect(await since(earlier)).toEqual(counts)
      // What was accepted counts once its batch is closed.
      const explained = await eventually('the explanation', async () => {
        const answer = await explain(whole, device.device)
        return (counts.ACCEPTED ?? 0) === (answer.counts.ACCEPTED ?? 0) && answer
      })
      expect(explained).toEqual({ counts, basisPoints: 10_000 })
      const { body } = await whole.get<Refusals>(`/v1/devices/${device.device}/refusals`)
      expect(body.refusals.reduce((sum, { count }) => sum + count, 0)).toBe(counts[code])
      expect(body.refusals[0]).toMatchObject({ code, fix: refusals[code].fix })
    },
  )

  test('QUOTA_EXCEEDED when a device sends more than 20 in a second', async () => {
    const device = testDevice('hasty')
    await pair(whole, device)
    const earlier = await outcomesOf(whole)
    // A busy machine sends fewer in a second, so as many as it takes.
    let sent = 0
    await eventually('the first refusal', async () => {
      const packets = Array.from({ length: 120 }, () => packetOf(device, { sequence: BigInt(++sent) }))
      await publish(device, packets)
      return ((await since(earlier)).QUOTA_EXCEEDED ?? 0) > 0
    })
    const { ACCEPTED = 0, QUOTA_EXCEEDED = 0, ...others } = await since(earlier)
    expect(others).toEqual({})
    expect(ACCEPTED).toBeGreaterThanOrEqual(20)
    expect(QUOTA_EXCEEDED).toBe(sent - ACCEPTED)
    const explained = await eventually('the explanation', async () => {
      const answer = await explain(whole, device.device)
      return answer.counts.ACCEPTED === ACCEPTED && answer
    })
    expect(explained).toEqual({ counts: { ACCEPTED, QUOTA_EXCEEDED }, basisPoints: 10_000 })
  })
})

describe('a packet of a device that has no owner is acknowledged and counted', () => {
  test('UNKNOWN_DEVICE when nobody knows the device, and nobody is told of it', async () => {
    const device = testDevice('stranger')
    const earlier = await outcomesOf(whole)
    await publish(device, [packetOf(device)])
    expect(await since(earlier)).toEqual({ UNKNOWN_DEVICE: 1 })
    const { status, body } = await whole.get(`/v1/devices/${device.device}/refusals`)
    expect([status, body.code]).toEqual([404, 'UNKNOWN_DEVICE'])
  })

  test('NOT_PAIRED while an owner’s proposal waits for the device; the owner is told once it is paired', async () => {
    const device = testDevice('slow Pebble')
    const imei = '350916067000001'
    await proposePebble(whole, device, imei)
    const { address } = await whole.owner()
    expect((await whole.get(`/v1/pairings/${device.device}`)).body).toMatchObject({ state: 'proposed' })

    const seconds = Math.floor(Date.now() / 1_000)
    const message = encodeSensor([measurement('temperature', 'Cel', 20.77)], { temperature: 'zigzag', random: '' })
    const earlier = await outcomesOf(whole)
    const session = await connectPebble(whole, imei)
    const { data, confirm } = pebbleTopics(imei)
    await session.publish(data, sealPebble({ key: device.key, kind: 'data', message, timestamp: seconds }), 1)
    expect(await since(earlier)).toEqual({ NOT_PAIRED: 1 })

    await session.publish(
      confirm,
      sealConfirm({ key: device.key, owner: address, timestamp: seconds + 1, channel: 8_183 }),
      1,
    )
    await isPaired(whole, device.device)
    await session.end()
    expect(await explain(whole, device.device)).toEqual({ counts: { NOT_PAIRED: 1 }, basisPoints: 10_000 })
  })
})

test('all that came in is in the public counts, each packet once', async () => {
  const { ACCEPTED = 0, ...refused } = await outcomesOf(whole)
  const sum = Object.values(refused).reduce((total, count) => total + count, 0)
  // One answer for all who ask within a second.
  await eventually('the public counts', async () => {
    const { body } = await whole.get('/v1/counts', '')
    return body.packets === `${ACCEPTED}` && body.refused === `${sum}`
  })
  expect(Object.keys(refused).sort()).toEqual(Object.keys(refusals).sort())
})
