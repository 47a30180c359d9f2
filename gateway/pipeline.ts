import type { Millis } from '../devices/units.ts'
import { Failure } from './errors.ts'
import type { Inbox, Incoming, Known, Log, Outcome, Path, Verdict } from './ports.ts'
import { gather } from './verify/gather.ts'
import { openJudge } from './verify/judge.ts'
import { openQuota } from './verify/quota.ts'
import { openRecent } from './verify/recent.ts'
import { verify } from './verify/verify.ts'

/*
 * The path on one screen:
 *
 *   submit ─► verify, 64 packets at a time ─► inbox.append, one group commit at a time ─► outcome
 *
 * Both are queues, first in first out, so the packets of one source keep their order to the end.
 */

export type PipelinePorts = {
  readonly inbox: Inbox
  readonly known: Known
  readonly network: Uint8Array
  readonly otherNetworks?: readonly Uint8Array[]
  readonly log?: Log
  /** Told of each outcome once it is durable. One that throws is logged, and the path goes on. */
  readonly observers?: readonly ((outcome: Outcome, incoming: Incoming) => void)[]
}

export type PipelineLimits = {
  /** Packets submitted and not answered yet. */
  readonly inFlight: number
  /** Their bytes: those too large to be packets come through here too, to be refused. */
  readonly inFlightBytes: number
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

const limitsByDefault: PipelineLimits = {
  inFlight: 4_096,
  inFlightBytes: 64 * 1_024 * 1_024,
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
  const { inFlight: most, inFlightBytes: mostBytes, group, company, perSecond } = { ...limitsByDefault, ...limits }
  const recent = openRecent()
  const tally = new Map<Outcome, number>()
  const verifyPorts = {
    ...ports,
    otherNetworks: ports.otherNetworks ?? [],
    quota: openQuota(perSecond),
    recent,
    judge: openJudge(),
  }
  let inFlight = 0
  let inFlightBytes = 0
  let isStopping = false
  let whenIdle: (() => void) | undefined

  const verifying = gather<Submitted>(VERIFY_SLICE, 0, async (slice) => {
    try {
      const verdicts = await verify(
        verifyPorts,
        slice.map(({ incoming }) => incoming),
      )
      appending.push(slice.map((submitted, index) => ({ submitted, verdict: verdicts[index] as Verdict })))
    } catch (reason) {
      for (const { fail } of slice) fail(reason)
    }
    // Between two slices the sockets get their turn.
    await new Promise((resume) => setImmediate(resume))
  })

  const appending = gather<Verified>(group, company, async (rows) => {
    try {
      const outcomes = await ports.inbox.append(rows.map(({ verdict }) => verdict))
      rows.forEach((row, index) => {
        settle(row, outcomes[index])
      })
    } catch (reason) {
      for (const { submitted } of rows) submitted.fail(reason)
    }
  })

  const settle = ({ submitted, verdict }: Verified, outcome: Outcome | undefined) => {
    if (!outcome) return submitted.fail(new Failure('INTERNAL', 'the store left a packet without an outcome'))
    const { status } = verdict
    if (status === 'accepted' && (outcome === 'ACCEPTED' || outcome === 'SEQUENCE_SEEN'))
      recent.add(verdict.envelope.device, verdict.envelope.raw)
    tally.set(outcome, (tally.get(outcome) ?? 0) + 1)
    submitted.answer(outcome)
    tell(ports, outcome, submitted.incoming)
  }

  const end = (bytes: number) => {
    inFlight -= 1
    inFlightBytes -= bytes
    if (inFlight === 0) whenIdle?.()
  }

  return {
    tally,
    inFlight: () => inFlight,
    submit: (incoming) => {
      if (isStopping) return Promise.reject(new Failure('BUSY', 'the gateway is stopping'))
      const bytes = incoming.raw.length
      if (inFlight >= most || inFlightBytes + bytes > mostBytes)
        return Promise.reject(new Failure('BUSY', `${inFlight} packets of ${inFlightBytes} bytes are under way`))
      inFlight += 1
      inFlightBytes += bytes
      return new Promise<Outcome>((answer, fail) => verifying.push([{ incoming, answer, fail }])).finally(() =>
        end(bytes),
      )
    },
    stop: async () => {
      isStopping = true
      if (inFlight > 0) await new Promise<void>((resume) => (whenIdle = resume))
    },
  }
}

const tell = ({ observers = [], log }: PipelinePorts, outcome: Outcome, incoming: Incoming): void => {
  for (const observe of observers) {
    try {
      observe(outcome, incoming)
    } catch (error) {
      log?.error({ err: error }, 'an observer of the path failed')
    }
  }
}
