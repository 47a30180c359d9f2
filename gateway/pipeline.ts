import type { Envelope } from '../devices/packet.ts'
import type { Millis } from '../devices/units.ts'
import { Failure } from './errors.ts'
import { openShare, type Share, type ShareLimits } from './limits/share.ts'
import type { Inbox, Incoming, Known, Log, Outcome, Path, Verdict } from './ports.ts'
import { gather } from './verify/gather.ts'
import { openJudge } from './verify/judge.ts'
import { openQuota } from './verify/quota.ts'
import { openRecent } from './verify/recent.ts'
import { openRounds } from './verify/rounds.ts'
import { verify } from './verify/verify.ts'

/*
 * The path on one screen:
 *
 *   submit ─► share ─► verify, 64 packets at a time ─► inbox.append, one group commit at a time ─► outcome
 *
 * A share is a fair queue and a bound on what is under way behind it. Registered devices have one, all strangers together have another, small
 * one: however many strangers there are, a registered device's packet never waits for more than one slice of theirs. What strangers have sent
 * is committed apart, a few times a second, so that no registered device's packet waits for the rows of their refusals. Behind the shares all
 * is first in first out, so the packets of one source keep their order to the end.
 */

export type PipelinePorts = {
  readonly inbox: Inbox
  readonly known: Known
  readonly network: Uint8Array
  readonly otherNetworks?: readonly Uint8Array[]
  readonly log?: Log
  /** Told of each outcome once it is durable. One that throws is logged, and the path goes on. */
  readonly observers?: readonly ((outcome: Outcome, incoming: Incoming, verdict: Verdict) => void)[]
}

export type PipelineLimits = {
  /** Packets of sessions that are proven to be registered devices'. */
  readonly registered: ShareLimits
  /** All others': unregistered keys, HTTP, Pebbles that have not sent a packet of theirs yet. */
  readonly strangers: ShareLimits & {
    /** Of each slice that is verified. */
    readonly perSlice: number
    /** From one slice with strangers in it to the next. */
    readonly pause: Millis
    /** As `company`, for commits of what strangers have sent. */
    readonly company: Millis
  }
  /** Rows of one commit. */
  readonly group: number
  /** How long the first verified packet waits for company; one fsync costs about as much. */
  readonly company: Millis
  /** Packets of one device in a second. */
  readonly perSecond: number | undefined
}

export type Pipeline = Path & {
  /** Outcomes since the start, by code. */
  readonly tally: ReadonlyMap<Outcome, number>
  /** Submitted and not answered yet. */
  inFlight(): number
  /** Takes nothing more; resolves when all that was taken is answered. */
  stop(): Promise<void>
}

const MB = 1_024 * 1_024

const limitsByDefault: PipelineLimits = {
  registered: { packets: 3_840, bytes: 60 * MB, waiting: { packets: 65_536, bytes: 64 * MB } },
  strangers: {
    packets: 256,
    bytes: 4 * MB,
    waiting: { packets: 1_024, bytes: 8 * MB },
    // A stranger's packet costs some 0.1 ms: 1.6 ms of a slice, and a twentieth of a core at 500 a second in all. Its row costs the database more.
    perSlice: 16,
    pause: 32,
    company: 50,
  },
  group: 512,
  company: 3,
  perSecond: undefined,
}
/** At some 0.1 ms each, one slice holds the event loop for about 6 ms. */
const VERIFY_SLICE = 64

type Submitted = {
  readonly incoming: Incoming
  readonly answer: (outcome: Outcome) => void
  /** Nothing is known to be stored: the submitter must not acknowledge. */
  readonly fail: (reason: unknown) => void
}
type Verified = { readonly submitted: Submitted; readonly verdict: Verdict }

export const openPipeline = (ports: PipelinePorts, limits: Partial<PipelineLimits> = {}): Pipeline => {
  const { registered, strangers, group, company, perSecond } = { ...limitsByDefault, ...limits }
  const recent = openRecent()
  const judge = openJudge()
  const tally = new Map<Outcome, number>()
  const verifyPorts = {
    ...ports,
    otherNetworks: ports.otherNetworks ?? [],
    quota: openQuota(perSecond),
    recent,
    judge,
  }
  const shares = { registered: openShare<Submitted>(registered), strangers: openShare<Submitted>(strangers) }
  const shareOf = ({ isRegistered }: Pick<Incoming, 'isRegistered'>) =>
    isRegistered ? shares.registered : shares.strangers
  const size = () => shares.registered.size + shares.strangers.size
  let areStrangersResting = false
  let isStopping = false
  let whenIdle: (() => void) | undefined

  const nextStrangers = (): readonly Submitted[] => {
    if (areStrangersResting) return []
    const some = take(shares.strangers, strangers.perSlice)
    if (some.length > 0) {
      areStrangersResting = true
      setTimeout(() => {
        areStrangersResting = false
        verifying.wake()
      }, strangers.pause)
    }
    return some
  }

  const nextSlice = (): readonly Submitted[] => {
    const some = nextStrangers()
    return [...take(shares.registered, VERIFY_SLICE - some.length), ...some]
  }

  const verifying = openRounds(nextSlice, async (slice) => {
    try {
      const verdicts = await verify(
        verifyPorts,
        slice.map(({ incoming }) => incoming),
      )
      const rows = slice.map((submitted, index) => ({ submitted, verdict: verdicts[index] as Verdict }))
      appending.registered.push(rows.filter(({ submitted }) => submitted.incoming.isRegistered))
      appending.strangers.push(rows.filter(({ submitted }) => !submitted.incoming.isRegistered))
    } catch (reason) {
      for (const submitted of slice) fail(submitted, reason)
    }
  })

  const append = async (rows: readonly Verified[]) => {
    try {
      const outcomes = await ports.inbox.append(rows.map(({ verdict }) => verdict))
      rows.forEach((row, index) => {
        settle(row, outcomes[index])
      })
    } catch (reason) {
      for (const { submitted } of rows) fail(submitted, reason)
    }
  }
  const appending = {
    registered: gather<Verified>(group, company, append),
    strangers: gather<Verified>(group, strangers.company, append),
  }

  const settle = ({ submitted, verdict }: Verified, outcome: Outcome | undefined) => {
    if (!outcome) return fail(submitted, new Failure('INTERNAL', 'the store left a packet without an outcome'))
    if (verdict.status === 'accepted') learn(verdict.envelope, outcome)
    tally.set(outcome, (tally.get(outcome) ?? 0) + 1)
    end(submitted)
    submitted.answer(outcome)
    tell(ports, outcome, submitted.incoming, verdict)
  }

  /** What is seen again is answered from memory; what is new is what the device's next packet is compared with. */
  const learn = (envelope: Envelope, outcome: Outcome) => {
    if (outcome === 'ACCEPTED') judge.accepted(envelope)
    if (outcome === 'ACCEPTED' || outcome === 'SEQUENCE_SEEN') recent.add(envelope)
  }

  const fail = (submitted: Submitted, reason: unknown) => {
    end(submitted)
    submitted.fail(reason)
  }

  /** Its room is another's now. */
  const end = ({ incoming }: Submitted) => {
    shareOf(incoming).end(incoming.raw.length)
    verifying.wake()
    if (size() === 0) whenIdle?.()
  }

  return {
    tally,
    inFlight: size,
    isFull: (incoming) => shareOf(incoming).isFull,
    submit: (incoming) => {
      if (isStopping) return Promise.reject(new Failure('BUSY', 'the gateway is stopping'))
      return new Promise<Outcome>((answer, reject) => {
        const sentAway = shareOf(incoming).offer(
          incoming.party,
          { incoming, answer, fail: reject },
          incoming.raw.length,
        )
        for (const { fail } of sentAway) fail(new Failure('BUSY', `${size()} packets are under way`))
        verifying.wake()
      })
    },
    stop: async () => {
      isStopping = true
      if (size() > 0) await new Promise<void>((resume) => (whenIdle = resume))
    },
  }
}

const take = <T>(share: Share<T>, most: number): readonly T[] => {
  const taken: T[] = []
  while (taken.length < most) {
    const next = share.next()
    if (next === undefined) break
    taken.push(next)
  }
  return taken
}

const tell = ({ observers = [], log }: PipelinePorts, outcome: Outcome, incoming: Incoming, verdict: Verdict): void => {
  for (const observe of observers) {
    try {
      observe(outcome, incoming, verdict)
    } catch (error) {
      log?.error({ err: error }, 'an observer of the path failed')
    }
  }
}
