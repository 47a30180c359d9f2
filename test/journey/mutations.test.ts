import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { openConfirm, sealConfirm, sealPebble } from '../../devices/pebble/packet.ts'
import { encodeSensor } from '../../devices/pebble/sensor.ts'
import { sealToken } from '../../devices/token.ts'
import { minutes } from '../../devices/units.ts'
import { authenticate } from '../../gateway/ingress/session.ts'
import type { Incoming } from '../../gateway/ports.ts'
import { openJudge } from '../../gateway/verify/judge.ts'
import { openQuota } from '../../gateway/verify/quota.ts'
import { openRecent } from '../../gateway/verify/recent.ts'
import { holds } from '../../gateway/verify/signature.ts'
import { verify } from '../../gateway/verify/verify.ts'
import { mutate, randomOf } from '../support/mutations.ts'
import {
  knownOf,
  measurement,
  NETWORK,
  NOON,
  nativePacket,
  OTHER_NETWORK,
  place,
  reading,
  registrationOf,
  testDevice,
} from '../support/packets.ts'
import { cpuOfAsync } from '../support/speed.ts'

/*
 * A million broken packets, the same ones each time, through all that stands between a socket and the store. Two thousand
 * through a socket: hostile.test.ts.
 */

/** A slice may cost so many times what the median slice does: it holds the gateway's only thread meanwhile. */
const MAX_RATIO = 50
/** As many as the gateway verifies in one go. */
const SLICE = 64
/** Milliseconds between two arrivals: ten times what a device may send, so that a flood's share reaches the curve, as in the gateway. */
const BETWEEN = 5

const tracker = testDevice('mutated')
const onP256 = testDevice('mutated on P-256', 'p256')
const pebble = testDevice('mutated Pebble')
const imei = '350916067000004'
const known = knownOf(
  [registrationOf(tracker), registrationOf(onP256), registrationOf(pebble, { model: 'pebble-riverrock' })],
  { imeis: { [imei]: pebble.device } },
)

const measurements = (count: number) =>
  Array.from({ length: count }, (_, index) => measurement(`sensor/${index}`, 'Cel', 20 + index / 100))
/** Small ones, one with many readings, one with every type of value. */
const payloads = [
  [reading(NOON, measurement('temperature', 'Cel', 20.77), ...place(49.92, -97.19))],
  [reading(NOON, measurement('humidity', '%RH', 48.62)), reading(NOON + 60_000, measurement('humidity', '%RH', 48.7))],
  [reading(NOON, ...measurements(40))],
  [reading(NOON, { name: 'door', unit: '', value: true }, { name: 'station', unit: '', value: 'Großmünster' })],
]
const native = (device: typeof tracker): readonly Uint8Array[] =>
  payloads.map((readings, index) => nativePacket(device, { sequence: BigInt(index + 1), readings }))
const pebblePackets = ['zigzag', 'uint32'].map((temperature, index) =>
  sealPebble({
    key: pebble.key,
    kind: 'data',
    message: encodeSensor(
      [measurement('temperature', 'Cel', 20.77), ...place(49.92, -97.19), measurement('battery', 'V', 3.56)],
      { temperature: temperature as 'zigzag' | 'uint32', random: '5da0997414922a8b' },
    ),
    timestamp: NOON / 1_000 + index,
  }),
)

const openPath = () => ({
  known,
  network: NETWORK,
  otherNetworks: [OTHER_NETWORK],
  quota: openQuota(),
  recent: openRecent(),
  judge: openJudge(),
})

/** Meets the packets as they come, and answers those that it took for good. */
type Meet = (packets: readonly Uint8Array[]) => Promise<readonly Uint8Array[]>

const throughVerify = (source: string, framing: Incoming['framing']): Meet => {
  const path = openPath()
  let receivedAt = NOON
  return async (packets) => {
    const incoming = packets.map((raw): Incoming => {
      receivedAt += BETWEEN
      return { source, isProven: framing === 'native', isRegistered: true, party: source, framing, raw, receivedAt }
    })
    const verdicts = await verify(path, incoming)
    return packets.filter((_, index) => verdicts[index]?.status === 'accepted')
  }
}

const throughTheDoor: Meet = async (packets) =>
  packets.filter((password) => {
    const ports = { known, network: NETWORK, clock: { now: () => NOON }, holds, letsPebblesIn: false }
    const connect = {
      clientId: tracker.device,
      username: 'device',
      password: Buffer.from(password),
      hasWill: false,
      isClean: true,
      keepAlive: 0,
    }
    return 'kind' in authenticate(ports, connect)
  })

const throughConfirm: Meet = async (packets) => {
  for (const raw of packets) openConfirm(raw)
  return []
}

const token = sealToken({ key: tracker.key, network: NETWORK, now: NOON, life: minutes(10) })
const confirm = sealConfirm({ key: pebble.key, owner: tracker.device, timestamp: NOON / 1_000, channel: 8_183 })

type Slice = { readonly packets: readonly Uint8Array[]; readonly cost: number }

/** The dearest slice against the median one. A collection may fall into a slice; one that is dear by itself is dear each time. */
const worstRatio = async (slices: readonly Slice[], meet: Meet): Promise<number> => {
  const sorted = slices.toSorted((one, other) => one.cost - other.cost)
  const median = sorted[sorted.length >> 1]?.cost ?? 0
  let worst = 0
  for (const { packets, cost } of sorted.filter((slice) => slice.cost > MAX_RATIO * median)) {
    const again = [await cpuOfAsync(() => meet(packets)), await cpuOfAsync(() => meet(packets))]
    worst = Math.max(worst, Math.min(cost, ...again) / median)
  }
  return worst
}

describe('a million mutations of valid packets: nothing thrown, no slice far dearer than others, none taken that differs', () => {
  test.each<[number, string, readonly Uint8Array[], () => Meet]>([
    [200_000, 'native packets on secp256k1', native(tracker), () => throughVerify(tracker.device, 'native')],
    [100_000, 'native packets on P-256', native(onP256), () => throughVerify(onP256.device, 'native')],
    [400_000, 'Pebble packets', pebblePackets, () => throughVerify(`imei:${imei}`, 'pebble')],
    [150_000, 'Pebble confirms', [confirm], () => throughConfirm],
    [150_000, 'device tokens', [Buffer.from(token)], () => throughTheDoor],
  ])('%i of %s', async (count, _, originals, open) => {
    const meet = open()
    const random = randomOf(count)
    const unbroken = new Set(originals.map((raw) => Buffer.from(raw).toString('hex')))
    const slices: Slice[] = []
    for (let done = 0; done < count; done += SLICE) {
      const packets = Array.from({ length: Math.min(SLICE, count - done) }, () =>
        mutate(originals[random(originals.length)] as Uint8Array, random),
      )
      let taken: readonly Uint8Array[] = []
      const cost = await cpuOfAsync(async () => {
        taken = await meet(packets)
      })
      slices.push({ packets, cost })
      expect(taken.filter((raw) => !unbroken.has(Buffer.from(raw).toString('hex')))).toEqual([])
      await turn()
    }
    expect(await worstRatio(slices, meet)).toBeLessThan(MAX_RATIO)
  })
})
