import { describe, expect, test } from 'vitest'
import { openNative } from '../../devices/cose.ts'
import type { Envelope } from '../../devices/packet.ts'
import {
  NETWORK,
  NOON,
  nativePacket,
  place,
  reading,
  registrationOf,
  testDevice,
  withOtherS,
} from '../../test/support/packets.ts'
import { boundedMap } from './bounded-map.ts'
import { gather } from './gather.ts'
import { openJudge } from './judge.ts'
import { openQuota } from './quota.ts'
import { openRecent } from './recent.ts'

const tracker = testDevice('tracker')

describe('a bounded map', () => {
  test('forgets what was longest unused', () => {
    const map = boundedMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    map.get('a')
    map.set('c', 3)
    expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([1, undefined, 3, 2])
  })
  test('takes names of the language for names', () => {
    const map = boundedMap<string, number>(4)
    expect(map.get('__proto__')).toBeUndefined()
    map.set('constructor', 1)
    expect(map.get('constructor')).toBe(1)
  })
})

describe('the quota', () => {
  const takes = (count: number, at: number, quota = openQuota(20)) =>
    Array.from({ length: count }, () => quota.take('d', at)).filter(Boolean).length

  test('lets a second’s worth through at once', () => expect(takes(30, NOON)).toBe(20))

  test('refills one packet in 50 ms', () => {
    const quota = openQuota(20)
    takes(20, NOON, quota)
    expect([quota.take('d', NOON + 49), quota.take('d', NOON + 50), quota.take('d', NOON + 50)]).toEqual([
      false,
      true,
      false,
    ])
  })

  test('holds over a minute: no more than 20 a second and the first burst', () => {
    const quota = openQuota(20)
    let passed = 0
    for (let at = 0; at < 60_000; at += 10) passed += quota.take('d', NOON + at) ? 1 : 0
    expect(passed).toBeGreaterThanOrEqual(1_199)
    expect(passed).toBeLessThanOrEqual(1_220)
  })

  test('is each device’s own, and survives a clock that steps back', () => {
    const quota = openQuota(1)
    expect([quota.take('a', NOON), quota.take('a', NOON), quota.take('b', NOON)]).toEqual([true, false, true])
    expect([quota.take('a', NOON - 60_000), quota.take('a', NOON - 59_000)]).toEqual([false, true])
  })
})

test('recent packets are known by device, digest and signature, however they were framed', () => {
  const recent = openRecent(2)
  const envelopeOf = (raw: Uint8Array) => {
    const opened = openNative(raw, NETWORK)
    if (!opened.ok) throw new Error(opened.refusal.code)
    return opened.value
  }
  const raw = nativePacket(tracker, { sequence: 1n })
  const [one, two, three] = [raw, ...[2n, 3n].map((sequence) => nativePacket(tracker, { sequence }))].map(
    envelopeOf,
  ) as [Envelope, Envelope, Envelope]
  recent.add(one)
  expect(recent.has(envelopeOf(Uint8Array.from(raw)))).toBe(true)
  expect(recent.has(envelopeOf(withOtherS('secp256k1', raw)))).toBe(true)
  expect(recent.has({ ...one, device: `0x${'11'.repeat(20)}` })).toBe(false)
  expect(recent.has({ ...one, signature: two.signature })).toBe(false)
  expect(recent.has(two)).toBe(false)
  recent.add(two)
  recent.add(three)
  expect(recent.has(one)).toBe(false)
})

describe('the judge', () => {
  const packets = (judge = openJudge()) => {
    const judged = (latitude: number, { term = 1, sequence = 1n, at = NOON } = {}) => {
      const envelope = { format: 'cose-es256k', device: tracker.device, sequence } as Envelope
      const registration = registrationOf(tracker, { term })
      const readings = [reading(at, ...place(latitude, 0))]
      return { envelope, flags: judge.judge({ registration, envelope, readings, receivedAt: NOON }).flags }
    }
    const accepted = (...given: Parameters<typeof judged>) => {
      const { envelope, flags } = judged(...given)
      judge.accepted(envelope)
      return flags
    }
    return { judged, accepted }
  }

  test('forgets where a device was under its former owner', () => {
    const { accepted } = packets()
    expect([accepted(10), accepted(50), accepted(10, { term: 2 })]).toEqual([[], ['IMPLAUSIBLE_SPEED'], []])
  })

  test('a transfer begins no new order', () => {
    const { accepted } = packets()
    expect([accepted(10, { sequence: 9n }), accepted(10, { term: 2 })]).toEqual([[], ['OUT_OF_ORDER']])
  })

  test('compares with what was accepted alone: what the store has already changes nothing', () => {
    const { judged, accepted } = packets()
    accepted(10, { sequence: 9n })
    // Somebody hands in what the device sent long ago.
    judged(50, { sequence: 1n, at: NOON - 86_400_000 })
    expect(accepted(10, { sequence: 10n })).toEqual([])
    expect(accepted(50, { sequence: 11n })).toEqual(['IMPLAUSIBLE_SPEED'])
  })

  test('forgets what was longest unused', () => {
    const judge = openJudge(1)
    const { accepted } = packets(judge)
    accepted(10)
    const other = { format: 'cose-es256k', device: `0x${'11'.repeat(20)}`, sequence: 1n } as Envelope
    const registration = registrationOf(tracker, { device: other.device })
    judge.judge({ registration, envelope: other, readings: [], receivedAt: NOON })
    judge.accepted(other)
    expect(accepted(50)).toEqual([])
  })
})

describe('gather', () => {
  test('hands over in order, never two groups at once, none above its size', async () => {
    const groups: number[][] = []
    let running = 0
    let mostRunning = 0
    const done = new Promise<void>((resolve) => {
      const queue = gather<number>(4, 0, async (group) => {
        running += 1
        mostRunning = Math.max(mostRunning, running)
        await new Promise((resume) => setImmediate(resume))
        groups.push([...group])
        running -= 1
        if (groups.flat().length === 21) resolve()
      })
      for (let index = 0; index < 21; index += 1) queue.push([index])
    })
    await done
    expect(groups.flat()).toEqual(Array.from({ length: 21 }, (_, index) => index))
    expect(Math.max(...groups.map((group) => group.length))).toBe(4)
    expect(mostRunning).toBe(1)
  })

  test('a full group does not wait for company', async () => {
    const hour = 3_600_000
    const group = await new Promise((resolve) => {
      const queue = gather<number>(2, hour, async (items) => resolve(items))
      queue.push([1])
      queue.push([2])
    })
    expect(group).toEqual([1, 2])
  })
})
