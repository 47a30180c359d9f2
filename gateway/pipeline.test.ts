import { describe, expect, test } from 'vitest'
import {
  incomingOf,
  knownOf,
  memoryInbox,
  NETWORK,
  nativePacket,
  registrationOf,
  testDevice,
} from '../test/support/packets.ts'
import { openPipeline, type PipelineLimits } from './pipeline.ts'
import type { Inbox, Outcome, Verdict } from './ports.ts'

const devices = Array.from({ length: 8 }, (_, index) => testDevice(`pipeline ${index}`))
const [tracker] = devices as [(typeof devices)[0], ...typeof devices]
const known = knownOf(devices.map((device) => registrationOf(device)))
const packet = (sequence: number, device = tracker) =>
  incomingOf(device, nativePacket(device, { sequence: BigInt(sequence) }))

const open = (inbox: Inbox, limits: Partial<PipelineLimits> = {}, more = {}) =>
  openPipeline({ inbox, known, network: NETWORK, ...more }, { company: 0, perSecond: 1e6, ...limits })

/** An inbox whose commits end when the test says so. */
const heldInbox = () => {
  const inbox = memoryInbox()
  const commits: { verdicts: readonly Verdict[]; commit: () => void; fail: (reason: Error) => void }[] = []
  let arrived = () => {}
  return {
    commits,
    stored: inbox.stored,
    arrival: () => new Promise<void>((resolve) => (arrived = resolve)),
    append: (verdicts: readonly Verdict[]) =>
      new Promise<readonly Outcome[]>((resolve, reject) => {
        commits.push({ verdicts, commit: () => resolve(inbox.append(verdicts)), fail: reject })
        arrived()
      }),
  }
}

describe('the path', () => {
  test('answers each packet with what became of it', async () => {
    const pipeline = open(memoryInbox())
    const outcomes = [packet(1), packet(2), incomingOf(tracker, Uint8Array.of(0)), packet(1)].map(pipeline.submit)
    expect(await Promise.all(outcomes)).toEqual(['ACCEPTED', 'ACCEPTED', 'MALFORMED', 'SEQUENCE_SEEN'])
    expect(Object.fromEntries(pipeline.tally)).toEqual({ ACCEPTED: 2, MALFORMED: 1, SEQUENCE_SEEN: 1 })
  })

  test('records refusals as it records packets', async () => {
    const inbox = memoryInbox()
    await open(inbox).submit(incomingOf(tracker, Uint8Array.of(0)))
    expect(inbox.stored).toMatchObject([{ verdict: { status: 'refused', code: 'MALFORMED' }, outcome: 'MALFORMED' }])
  })

  test('answers nothing before the commit', async () => {
    const inbox = heldInbox()
    const arrival = inbox.arrival()
    const pipeline = open(inbox)
    let answered = false
    const outcome = pipeline.submit(packet(1)).finally(() => (answered = true))
    await arrival
    expect(answered).toBe(false)
    inbox.commits[0]?.commit()
    expect(await outcome).toBe('ACCEPTED')
  })

  test('commits in groups, and what comes during a commit goes into the next', async () => {
    const inbox = heldInbox()
    const first = inbox.arrival()
    const pipeline = open(inbox)
    const one = pipeline.submit(packet(1))
    await first
    const rest = [2, 3, 4].map((sequence) => pipeline.submit(packet(sequence)))
    const second = inbox.arrival()
    inbox.commits[0]?.commit()
    await one
    await second
    expect(inbox.commits.map(({ verdicts }) => verdicts.length)).toEqual([1, 3])
    inbox.commits[1]?.commit()
    await Promise.all(rest)
  })

  test('keeps each source’s order over many groups', async () => {
    const inbox = memoryInbox()
    const pipeline = open(inbox, { group: 7 })
    const packets = Array.from({ length: 160 }, (_, index) => packet(1 + (index >> 3), devices[index % 8]))
    await Promise.all(packets.map(pipeline.submit))
    for (const { device } of devices) {
      const own = inbox.stored.flatMap(({ verdict }) =>
        verdict.status === 'accepted' && verdict.envelope.device === device ? [verdict.envelope.sequence] : [],
      )
      expect(own).toEqual(Array.from({ length: 20 }, (_, index) => BigInt(index + 1)))
    }
  })

  test('a commit that fails fails its own packets alone, and a resend is accepted, never taken for seen', async () => {
    const inbox = heldInbox()
    const first = inbox.arrival()
    const pipeline = open(inbox)
    const lost = pipeline.submit(packet(1))
    await first
    const second = inbox.arrival()
    inbox.commits[0]?.fail(new Error('the database is away'))
    await expect(lost).rejects.toThrow('away')
    const resent = pipeline.submit(packet(1))
    await second
    inbox.commits[1]?.commit()
    expect(await resent).toBe('ACCEPTED')
    expect(pipeline.inFlight()).toBe(0)
  })

  test('refuses to take more than its bound, without losing what it has', async () => {
    const inbox = heldInbox()
    const first = inbox.arrival()
    const pipeline = open(inbox, { inFlight: 3 })
    const taken = [1, 2, 3].map((sequence) => pipeline.submit(packet(sequence)))
    await expect(pipeline.submit(packet(4))).rejects.toMatchObject({ code: 'BUSY' })
    await first
    inbox.commits[0]?.commit()
    expect(await Promise.all(taken)).toEqual(['ACCEPTED', 'ACCEPTED', 'ACCEPTED'])
  })

  test('refuses to take more bytes than its bound', async () => {
    const { raw } = packet(1)
    const pipeline = open(memoryInbox(), { inFlightBytes: raw.length })
    const taken = pipeline.submit(packet(1))
    await expect(pipeline.submit(packet(2))).rejects.toMatchObject({ code: 'BUSY' })
    expect(await taken).toBe('ACCEPTED')
    expect(await pipeline.submit(packet(2))).toBe('ACCEPTED')
  })

  test('stops when all that it took is answered, and takes nothing more', async () => {
    const inbox = heldInbox()
    const first = inbox.arrival()
    const pipeline = open(inbox)
    const taken = pipeline.submit(packet(1))
    let hasStopped = false
    const stopped = pipeline.stop().then(() => (hasStopped = true))
    await expect(pipeline.submit(packet(2))).rejects.toMatchObject({ code: 'BUSY' })
    await first
    expect(hasStopped).toBe(false)
    inbox.commits[0]?.commit()
    expect(await taken).toBe('ACCEPTED')
    await stopped
  })

  test('goes on when an observer throws', async () => {
    const seen: Outcome[] = []
    const errors: object[] = []
    const observers = [
      () => {
        throw new Error('metrics are broken')
      },
      (outcome: Outcome) => seen.push(outcome),
    ]
    const log = { error: (fields: object) => errors.push(fields), warn: () => {}, info: () => {} }
    const pipeline = open(memoryInbox(), {}, { observers, log })
    expect(await pipeline.submit(packet(1))).toBe('ACCEPTED')
    expect([seen, errors.length]).toEqual([['ACCEPTED'], 1])
  })

  test('fails, and does not hang, where the store leaves an outcome out', async () => {
    const pipeline = open({ append: async () => [] })
    await expect(pipeline.submit(packet(1))).rejects.toMatchObject({ code: 'INTERNAL' })
  })

  test('an identical packet is answered from memory, without a place in the quota', async () => {
    const pipeline = open(memoryInbox(), { perSecond: 1 })
    const outcomes: Outcome[] = []
    for (const sequence of [1, 1, 1, 2]) outcomes.push(await pipeline.submit(packet(sequence)))
    expect(outcomes).toEqual(['ACCEPTED', 'SEQUENCE_SEEN', 'SEQUENCE_SEEN', 'QUOTA_EXCEEDED'])
  })

  test('two different packets of one sequence are a conflict', async () => {
    const pipeline = open(memoryInbox())
    const other = incomingOf(
      tracker,
      nativePacket(tracker, { sequence: 1n, readings: [], payload: nativePacket(tracker) }),
    )
    const readable = incomingOf(
      tracker,
      nativePacket(tracker, {
        readings: [{ at: 1_780_000_000_000, clock: 'device', measurements: [{ name: 'a', unit: '', value: 2 }] }],
      }),
    )
    expect(await pipeline.submit(packet(1))).toBe('ACCEPTED')
    expect(await pipeline.submit(readable)).toBe('SEQUENCE_CONFLICT')
    expect(await pipeline.submit(other)).toBe('MALFORMED')
  })
})
