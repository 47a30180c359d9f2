import { describe, expect, test } from 'vitest'
import {
  incomingOf,
  knownOf,
  memoryInbox,
  NETWORK,
  NOON,
  nativePacket,
  place,
  reading,
  registrationOf,
  testDevice,
} from '../test/support/packets.ts'
import { openPipeline, type PipelineLimits } from './pipeline.ts'
import type { Inbox, Incoming, Outcome, Verdict } from './ports.ts'

const devices = Array.from({ length: 8 }, (_, index) => testDevice(`pipeline ${index}`))
const [tracker] = devices as [(typeof devices)[0], ...typeof devices]
const known = knownOf(devices.map((device) => registrationOf(device)))
const packet = (sequence: number, device = tracker) =>
  incomingOf(device, nativePacket(device, { sequence: BigInt(sequence) }))

const roomy = { packets: 100, bytes: 1e6, waiting: { packets: 100, bytes: 1e6 } }

const deviceOf = (verdict: Verdict) => (verdict.status === 'accepted' ? verdict.envelope.device : verdict.source)

const open = (inbox: Inbox, limits: Partial<PipelineLimits> = {}, more = {}) =>
  openPipeline({ inbox, known, network: NETWORK, ...more }, { company: 0, perSecond: 1e6, ...limits })

/** As a pipeline of its own would give them. */
const verdictsOf = async (...packets: readonly Incoming[]): Promise<readonly Verdict[]> => {
  const inbox = memoryInbox()
  await Promise.all(packets.map(open(inbox).submit))
  return inbox.stored.map(({ verdict }) => verdict)
}

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

  test('judges a packet by the one accepted before it, and by nothing that was stored already', async () => {
    const inbox = memoryInbox()
    const pipeline = open(inbox)
    const at = (sequence: number, minute: number, latitude: number) =>
      incomingOf(
        tracker,
        nativePacket(tracker, {
          sequence: BigInt(sequence),
          readings: [reading(NOON + 60_000 * minute, ...place(latitude, 0))],
        }),
      )
    // Another gateway of the same store accepted it long ago.
    await inbox.append(await verdictsOf(at(1, -990, 50)))
    for (const incoming of [at(5, -3, 10), at(1, -990, 50), at(6, -2, 10), at(7, -1, 50), at(2, -980, 10)])
      await pipeline.submit(incoming)
    expect(inbox.stored.slice(1).map(({ verdict, outcome }) => [outcome, 'flags' in verdict && verdict.flags])).toEqual(
      [
        ['ACCEPTED', []],
        ['SEQUENCE_SEEN', ['OUT_OF_ORDER']],
        ['ACCEPTED', []],
        ['ACCEPTED', ['IMPLAUSIBLE_SPEED']],
        ['ACCEPTED', ['OUT_OF_ORDER']],
      ],
    )
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

  test('holds back what is above its bound, says so, and takes it once there is room', async () => {
    const inbox = heldInbox()
    const first = inbox.arrival()
    const pipeline = open(inbox, { registered: { ...roomy, packets: 3 } })
    const taken = [1, 2].map((sequence) => pipeline.submit(packet(sequence)))
    expect(pipeline.isFull({ isRegistered: true })).toBe(false)
    taken.push(pipeline.submit(packet(3)), pipeline.submit(packet(4)))
    expect(pipeline.isFull({ isRegistered: true })).toBe(true)
    await first
    const second = inbox.arrival()
    inbox.commits[0]?.commit()
    await second
    inbox.commits[1]?.commit()
    expect(await Promise.all(taken)).toEqual(['ACCEPTED', 'ACCEPTED', 'ACCEPTED', 'ACCEPTED'])
    expect(inbox.commits.map(({ verdicts }) => verdicts.length)).toEqual([3, 1])
  })

  test('holds back what is above its bound in bytes', async () => {
    const inbox = heldInbox()
    const first = inbox.arrival()
    const pipeline = open(inbox, { registered: { ...roomy, bytes: packet(1).raw.length } })
    const taken = [1, 2].map((sequence) => pipeline.submit(packet(sequence)))
    await first
    const second = inbox.arrival()
    inbox.commits[0]?.commit()
    await second
    inbox.commits[1]?.commit()
    expect(await Promise.all(taken)).toEqual(['ACCEPTED', 'ACCEPTED'])
    expect(inbox.commits.map(({ verdicts }) => verdicts.length)).toEqual([1, 1])
  })

  test('lets devices in by turns once there is room, however many packets one of them holds ready', async () => {
    const inbox = heldInbox()
    const first = inbox.arrival()
    const pipeline = open(inbox, { registered: { ...roomy, packets: 2 } })
    const [, other] = devices as [unknown, (typeof devices)[0]]
    const taken = [1, 2, 3, 4, 5].map((sequence) => pipeline.submit(packet(sequence)))
    taken.push(pipeline.submit(packet(1, other)))
    await first
    const second = inbox.arrival()
    inbox.commits[0]?.commit()
    await second
    expect(inbox.commits[0]?.verdicts.map(deviceOf)).toEqual([tracker.device, other.device])
    expect(inbox.commits[1]?.verdicts.map(deviceOf)).toEqual([tracker.device, tracker.device])
    for (let commit = 1; commit < 3; commit += 1) {
      const next = inbox.arrival()
      inbox.commits[commit]?.commit()
      if (commit < 2) await next
    }
    expect(await Promise.all(taken)).toEqual(Array(6).fill('ACCEPTED'))
  })

  test('sends away the newest of the party that has most waiting, where too much waits', async () => {
    const inbox = heldInbox()
    const pipeline = open(inbox, { registered: { ...roomy, packets: 1, waiting: { packets: 3, bytes: 1e6 } } })
    const [, other] = devices as [unknown, (typeof devices)[0]]
    const first = inbox.arrival()
    const own = [pipeline.submit(packet(1))]
    await first
    own.push(pipeline.submit(packet(2)), pipeline.submit(packet(3)), pipeline.submit(packet(4)))
    const last = expect(own[3]).rejects.toMatchObject({ code: 'BUSY' })
    void pipeline.submit(packet(1, other))
    await last
    expect(pipeline.inFlight()).toBe(4)
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

describe('strangers', () => {
  const stranger = testDevice('of no registry')
  const from = (party: string, sequence: number) =>
    incomingOf(stranger, nativePacket(stranger, { sequence: BigInt(sequence) }), { isRegistered: false, party })
  const strangers = { ...roomy, packets: 4, perSlice: 2, pause: 0, company: 0 }

  test('are committed apart, few at a time, and a registered device’s packet waits for none of them', async () => {
    const inbox = heldInbox()
    const pipeline = open(inbox, { strangers: { ...strangers, pause: 1e6 } })
    for (let sequence = 1; sequence <= 50; sequence += 1) void pipeline.submit(from('192.0.2.1', sequence))
    const honest = pipeline.submit(packet(1))
    while (inbox.commits.length < 2) await new Promise((resume) => setImmediate(resume))
    const commits = inbox.commits.map(({ verdicts }) => verdicts.map(deviceOf))
    expect(commits).toEqual([[tracker.device], [stranger.device, stranger.device]])
    inbox.commits[0]?.commit()
    expect(await honest).toBe('ACCEPTED')
    const next = pipeline.submit(packet(2))
    while (inbox.commits.length < 3) await new Promise((resume) => setImmediate(resume))
    inbox.commits[2]?.commit()
    expect(await next).toBe('ACCEPTED')
  })

  test('fill their own share alone', async () => {
    const pipeline = open(heldInbox(), { strangers })
    for (let sequence = 1; sequence <= 50; sequence += 1) void pipeline.submit(from('192.0.2.1', sequence))
    expect([false, true].map((isRegistered) => pipeline.isFull({ isRegistered }))).toEqual([true, false])
  })

  test('of one address do not keep those of another waiting', async () => {
    const inbox = memoryInbox()
    const pipeline = open(inbox, { strangers: { ...strangers, packets: 100 } })
    const many = Array.from({ length: 50 }, (_, index) => pipeline.submit(from('192.0.2.1', index + 1)))
    await pipeline.submit(from('192.0.2.2', 1))
    expect(inbox.stored.length).toBeLessThanOrEqual(4)
    await Promise.all(many)
  })
})
