import { type Millis, seconds } from '../../devices/units.ts'
import { Failure } from '../errors.ts'
import type { Caller, CallRow, Clock, EpochHead, Log, RewardStore } from '../ports.ts'
import { computeEpoch, dueEpoch, endOf, epochAt } from './epoch.ts'
import type { ClaimRun, RewardLedgerPort, Rules } from './ledger-port.ts'
import { moved } from './state.ts'

export type RewardPorts = {
  readonly store: RewardStore
  readonly caller: Caller
  readonly ledger: RewardLedgerPort
  readonly rules: Rules
  /** How many lanes the ledger has. */
  readonly lanes: number
  /** Send claims for every holder; otherwise holders claim themselves. */
  readonly autoClaim: boolean
  /** An epoch's lines as claims; see `openClaimRuns`. */
  readonly runs: (epoch: bigint) => Promise<readonly ClaimRun[]>
  readonly clock: Clock
  readonly events: Log
  /** Runs work that only one gateway may do at a time; resolves undefined at once where another does it. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T | undefined>
}

/** A batch that closes in an epoch's last instant is stored some moments later; none is stored later than this. */
const CUT_MARGIN: Millis = seconds(5)
/** How far a block's time may be behind the clock. */
const BLOCK_LAG: Millis = seconds(10)
/** After a revert. Not at once: the same call reverts again until someone or something has changed. */
const RETRY_AFTER: Millis = seconds(60)
/** Unpaid epochs looked at in one step: the oldest, and some behind it, should it be impossible to pay. */
const EPOCHS_AT_ONCE = 4
/** Claims queued at a time. Twice what the nonce owner has in flight: settlements do not wait behind ten thousand payments. */
const CLAIMS_AT_ONCE = 16

const proposeKey = (epoch: bigint): string => `epoch:${epoch}`
/** Named by the run's first line, so that a claim has the same name after a crash. */
const claimKey = ({ epoch, first }: ClaimRun): string => `claim:${epoch}:${first}`

/**
 * Takes rewards one step further: epochs under way towards `final`, claims of those not paid, the next epoch that is due. Tells
 * whether it did anything.
 *
 * Each step can be found out anew from the store and the chain, so being cut off anywhere costs only the doing again.
 */
export const rewardOnce = async (ports: RewardPorts): Promise<boolean> =>
  (await ports.exclusively(() => rewardStep(ports))) ?? false

const rewardStep = async (ports: RewardPorts): Promise<boolean> => {
  const didAdvance = await advanceOpen(ports)
  const didCompute = await computeNext(ports)
  const didClaim = ports.autoClaim && (await claimDue(ports))
  return didAdvance || didCompute || didClaim
}

// ------------------------------------------------------------------------------------------- computed → proposed → final

const advanceOpen = async (ports: RewardPorts): Promise<boolean> => {
  let did = false
  for (const epoch of worthAsking(await ports.store.open())) {
    const step = await advance(ports, epoch)
    did ||= step !== 'waiting'
    // The ledger takes epochs in their order only.
    if (step === 'lost' || (step === 'waiting' && epoch.state === 'computed')) break
  }
  return did
}

/**
 * Of the proposed ones the oldest, which becomes final first, and the newest, which a chain that lost some lost too; and the computed ones. A day's
 * window of hourly epochs would else be 24 questions a second.
 */
const worthAsking = (open: readonly EpochHead[]): readonly EpochHead[] => {
  const proposed = open.filter(({ state }) => state === 'proposed')
  return open.filter((epoch) => epoch.state === 'computed' || epoch === proposed[0] || epoch === proposed.at(-1))
}

type Step = 'changed' | 'waiting' | 'lost'

const advance = async (ports: RewardPorts, epoch: EpochHead): Promise<Step> => {
  const { events, ledger, store, rules } = ports
  const proposed = await ledger.proposed(epoch.epoch)
  if (proposed && !isSame(proposed.earningsRoot, epoch.earningsRoot))
    throw new Failure('EPOCH_DIVERGED', `the chain has other earnings for epoch ${epoch.epoch} than this store`)
  if (epoch.state === 'computed') return proposed ? markProposed(ports, epoch) : propose(ports, epoch)
  if (!proposed) {
    events.warn({ epoch: epoch.epoch }, 'the chain lost a proposed epoch: proposed again')
    await store.move(epoch.epoch, moved(epoch, 'computed', undefined))
    return 'lost'
  }
  const finalAt = proposed.proposedAt + 1_000 * Number(rules.challengeWindow)
  if ((await ledger.time()) < finalAt && ports.clock.now() < finalAt + BLOCK_LAG) return 'waiting'
  await store.move(epoch.epoch, moved(epoch, 'final', epoch.transaction))
  events.info({ epoch: epoch.epoch, terms: epoch.terms }, 'epoch final')
  return 'changed'
}

/** The chain has it; it counts once the call is final. */
const markProposed = async ({ caller, events, store }: RewardPorts, epoch: EpochHead): Promise<Step> => {
  const call = await caller.outcome(proposeKey(epoch.epoch))
  if (call?.state === 'queued' || call?.state === 'sent') return 'waiting'
  await store.move(epoch.epoch, moved(epoch, 'proposed', call?.state === 'mined' ? call.hash : undefined))
  events.info({ epoch: epoch.epoch, transaction: call?.hash }, 'epoch proposed')
  return 'changed'
}

const propose = async (ports: RewardPorts, epoch: EpochHead): Promise<Step> => {
  const { caller, events, ledger } = ports
  const call = await caller.outcome(proposeKey(epoch.epoch))
  if (isUnderWay(call) || isTooSoon(ports, call) || !(await isItsTurn(ports, epoch))) return 'waiting'
  const funded = await ledger.funded()
  if (epoch.totalEarned > funded) {
    events.warn({ epoch: epoch.epoch, missing: epoch.totalEarned - funded }, 'rewards wait for funds')
    return 'waiting'
  }
  if (call?.state === 'reverted')
    events.error({ epoch: epoch.epoch, transaction: call.hash }, 'proposal reverted: sent again')
  await caller.call({ key: proposeKey(epoch.epoch), ...ledger.proposeCall(epoch) })
  return 'waiting'
}

/** The ledger takes one proposal in each epoch of block time. Epochs that were held up go out one by one, and none is lost. */
const isItsTurn = async ({ clock, ledger, rules }: RewardPorts, { epoch }: EpochHead): Promise<boolean> => {
  const latest = await ledger.latest()
  if (!latest) return true
  if (latest.epoch > epoch)
    throw new Failure('EPOCH_DIVERGED', `the chain has epoch ${latest.epoch}, and epoch ${epoch} was never proposed`)
  return clock.now() >= endOf(epochAt(latest.proposedAt, rules), rules) + CUT_MARGIN
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])
const isUnderWay = (call: CallRow | undefined): boolean => call?.state === 'queued' || call?.state === 'sent'
const isTooSoon = ({ clock }: RewardPorts, call: CallRow | undefined): boolean =>
  call?.state === 'reverted' && clock.now() - (call.attempts.at(-1)?.sentAt ?? 0) < RETRY_AFTER

// ------------------------------------------------------------------------------------------------------- the next epoch

const laneNumbers = ({ lanes }: RewardPorts): readonly number[] => Array.from({ length: lanes }, (_, lane) => lane)

/** Computes the oldest epoch that is over and whose batches are all settled. Epochs without a batch do not exist. */
const computeNext = async (ports: RewardPorts): Promise<boolean> => {
  const { clock, events, rules, store } = ports
  const head = await store.latest()
  const from = laneNumbers(ports).map((lane) => head?.heights[lane] ?? 0n)
  const uncounted = await Promise.all(from.map((height, lane) => store.settledBefore(lane, height, clock.now())))
  const closings = uncounted.flatMap(({ firstClosedAt }) => firstClosedAt ?? [])
  if (closings.length === 0) return false
  const number = dueEpoch(Math.min(...closings), head?.epoch, rules)
  const end = endOf(number, rules)
  if (clock.now() < end + CUT_MARGIN) return false
  const settled = await Promise.all(from.map((height, lane) => store.settledBefore(lane, height, end)))
  if (!settled.every(({ isComplete }) => isComplete)) return false
  const heights = settled.map(({ last }, lane) => last ?? from[lane] ?? 0n)
  const added = await store.added(from, heights)
  const epoch = await computeEpoch({ epoch: number, heights, added, earnedBefore: head?.totalEarned ?? 0n }, rules)
  await store.put(epoch)
  events.info({ epoch: number, terms: epoch.earnings.length, totalWeight: epoch.totalWeight }, 'epoch computed')
  return true
}

// --------------------------------------------------------------------------------------------------------------- claims

/** Each epoch is paid by itself, oldest first; the next one only when nothing of it is under way. */
const claimDue = async (ports: RewardPorts): Promise<boolean> => {
  for (const epoch of await ports.store.unpaid(EPOCHS_AT_ONCE)) {
    const step = await claimEpoch(ports, epoch)
    if (step !== 'stuck') return step === 'changed'
  }
  return false
}

const claimEpoch = async (
  ports: RewardPorts,
  { epoch, terms }: EpochHead,
): Promise<'changed' | 'waiting' | 'stuck'> => {
  const runs = await ports.runs(epoch)
  const isPaid = await ports.ledger.paidLines(epoch, terms)
  const left = runs.filter(({ first, lines }) => lines.some(({ amount }, at) => amount > 0n && !isPaid(first + at)))
  if (left.length === 0) return notePaid(ports, epoch, runs)
  const steps: string[] = []
  for (const run of left.slice(0, CLAIMS_AT_ONCE)) steps.push(await claimRun(ports, run))
  if (steps.includes('sent')) return 'changed'
  return steps.includes('under way') ? 'waiting' : 'stuck'
}

const claimRun = async (ports: RewardPorts, run: ClaimRun): Promise<'sent' | 'under way' | 'too soon'> => {
  const { caller, events, ledger } = ports
  const key = claimKey(run)
  const call = await caller.outcome(key)
  if (isUnderWay(call)) return 'under way'
  if (isTooSoon(ports, call)) return 'too soon'
  if (call?.state === 'reverted') events.error({ key, transaction: call.hash }, 'claim reverted: sent again')
  await caller.call({ key, ...ledger.claimCall(run) })
  return 'sent'
}

/** Paid once our own claims count as final. The last one is the likeliest to be under way still, so it is asked about first. */
const notePaid = async ({ caller, events, store }: RewardPorts, epoch: bigint, runs: readonly ClaimRun[]) => {
  for (const run of runs.toReversed()) if (isUnderWay(await caller.outcome(claimKey(run)))) return 'waiting'
  await store.paid(epoch)
  events.info({ epoch }, 'epoch paid')
  return 'changed'
}
