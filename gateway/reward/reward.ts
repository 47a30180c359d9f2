import { type Millis, seconds } from '../../devices/units.ts'
import { Failure } from '../errors.ts'
import type { Caller, CallRow, Clock, Earning, EpochHead, Log, RewardStore } from '../ports.ts'
import { claimsOf, computeEpoch, dueEpoch, type EarningsTree, earningsTree, endOf, type Standing } from './epoch.ts'
import type { RewardLedgerPort, Rules } from './ledger-port.ts'
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
/** At about 120,000 gas each, three million in one call: every chain takes that. */
const CLAIMS_PER_CALL = 25

const proposeKey = (epoch: bigint): string => `epoch:${epoch}`
const claimKey = (epoch: bigint, slice: number): string => `claim:${epoch}:${slice}`

/**
 * Takes rewards one step further: epochs under way towards `final`, claims of the newest final one, the next epoch that is due. Tells
 * whether it did anything.
 *
 * Each step can be found out anew from the store and the chain, so being cut off anywhere costs only the doing again.
 */
export const rewardOnce = async (ports: RewardPorts): Promise<boolean> =>
  (await ports.exclusively(() => rewardStep(ports))) ?? false

const rewardStep = async (ports: RewardPorts): Promise<boolean> => {
  const didAdvance = await advanceOpen(ports)
  const didCompute = await computeNext(ports)
  const didClaim = ports.autoClaim && (await claimNewest(ports))
  return didAdvance || didCompute || didClaim
}

// ------------------------------------------------------------------------------------------- computed → proposed → final

const advanceOpen = async (ports: RewardPorts): Promise<boolean> => {
  let did = false
  for (const epoch of await ports.store.open()) {
    const step = await advance(ports, epoch)
    did = step === 'changed' || did
    // The ledger takes epochs in their order only.
    if (step === 'waiting' && epoch.state === 'computed') break
  }
  return did
}

const advance = async (ports: RewardPorts, epoch: EpochHead): Promise<'changed' | 'waiting'> => {
  const { events, ledger, store, rules } = ports
  const proposed = await ledger.proposed(epoch.epoch)
  if (proposed && !isSame(proposed.earningsRoot, epoch.earningsRoot))
    throw new Failure('EPOCH_DIVERGED', `the chain has other earnings for epoch ${epoch.epoch} than this store`)
  if (epoch.state === 'computed') return proposed ? markProposed(ports, epoch) : propose(ports, epoch)
  if (!proposed) {
    events.warn({ epoch: epoch.epoch }, 'the chain lost a proposed epoch: proposed again')
    await store.move(epoch.epoch, moved(epoch, 'computed', undefined))
    return 'changed'
  }
  const finalAt = proposed.proposedAt + 1_000 * Number(rules.challengeWindow)
  if ((await ledger.time()) < finalAt && ports.clock.now() < finalAt + BLOCK_LAG) return 'waiting'
  await store.move(epoch.epoch, moved(epoch, 'final', epoch.transaction))
  events.info({ epoch: epoch.epoch, terms: epoch.terms }, 'epoch final')
  return 'changed'
}

/** The chain has it; it counts once the call is final. */
const markProposed = async (
  { caller, events, store }: RewardPorts,
  epoch: EpochHead,
): Promise<'changed' | 'waiting'> => {
  const call = await caller.outcome(proposeKey(epoch.epoch))
  if (call?.state === 'queued' || call?.state === 'sent') return 'waiting'
  await store.move(epoch.epoch, moved(epoch, 'proposed', call?.state === 'mined' ? call.hash : undefined))
  events.info({ epoch: epoch.epoch, transaction: call?.hash }, 'epoch proposed')
  return 'changed'
}

const propose = async (ports: RewardPorts, epoch: EpochHead): Promise<'changed' | 'waiting'> => {
  const { caller, events, ledger } = ports
  const call = await caller.outcome(proposeKey(epoch.epoch))
  if (isUnderWay(call) || isTooSoon(ports, call)) return 'waiting'
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

const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])
const isUnderWay = (call: CallRow | undefined): boolean => call?.state === 'queued' || call?.state === 'sent'
const isTooSoon = ({ clock }: RewardPorts, call: CallRow | undefined): boolean =>
  call?.state === 'reverted' && clock.now() - (call.attempts.at(-1)?.sentAt ?? 0) < RETRY_AFTER

// ------------------------------------------------------------------------------------------------------- the next epoch

const laneNumbers = ({ lanes }: RewardPorts): readonly number[] => Array.from({ length: lanes }, (_, lane) => lane)

const standingsAt = async (ports: RewardPorts, heights: readonly bigint[]): Promise<readonly Standing[]> =>
  (await Promise.all(heights.map((height, lane) => (height > 0n ? ports.store.totalsAt(lane, height) : [])))).flat()

/** Computes the oldest epoch that is over and whose batches are all settled. Epochs without a batch do not exist. */
const computeNext = async (ports: RewardPorts): Promise<boolean> => {
  const { clock, events, rules, store } = ports
  const head = await store.latest()
  const from = laneNumbers(ports).map((lane) => head?.heights[lane] ?? 0n)
  const uncounted = await Promise.all(from.map((height, lane) => store.settledBefore(lane, height, clock.now())))
  const closings = uncounted.flatMap(({ batches }) => batches.slice(0, 1).map((header) => header.closedAt))
  if (closings.length === 0) return false
  const number = dueEpoch(Math.min(...closings), head?.epoch, rules)
  const end = endOf(number, rules)
  if (clock.now() < end + CUT_MARGIN) return false
  const settled = await Promise.all(from.map((height, lane) => store.settledBefore(lane, height, end)))
  if (!settled.every(({ isComplete }) => isComplete)) return false
  const heights = settled.map(({ batches }, lane) => batches.at(-1)?.height ?? from[lane] ?? 0n)
  const now = await standingsAt(ports, heights)
  const before = await standingsAt(ports, from)
  const previous = head && { earnings: await store.earnings(head.epoch) }
  const epoch = computeEpoch({ epoch: number, heights, now, before, previous }, rules)
  await store.put(epoch)
  events.info({ epoch: number, terms: epoch.earnings.length, totalWeight: epoch.totalWeight }, 'epoch computed')
  return true
}

// --------------------------------------------------------------------------------------------------------------- claims

/** Earnings are cumulative, so the newest final epoch pays what any earlier one left. */
const claimNewest = async (ports: RewardPorts): Promise<boolean> => {
  const epoch = await ports.store.latest('final')
  if (epoch?.state !== 'final') return false
  const earnings = await ports.store.earnings(epoch.epoch)
  let did = false
  let tree: EarningsTree | undefined
  for (let start = 0; start < earnings.length; start += CLAIMS_PER_CALL) {
    const slice = earnings.slice(start, start + CLAIMS_PER_CALL)
    const wanted = await dueClaims(ports, claimKey(epoch.epoch, start / CLAIMS_PER_CALL), slice)
    if (wanted.length === 0) continue
    tree ??= await earningsTree(earnings)
    const claims = await claimsOf(tree, earnings, wanted)
    const key = claimKey(epoch.epoch, start / CLAIMS_PER_CALL)
    await ports.caller.call({ key, ...ports.ledger.claimCall(epoch.epoch, claims) })
    did = true
  }
  return did
}

/** Lines of the slice that are not paid and that no call under way pays. */
const dueClaims = async (ports: RewardPorts, key: string, slice: readonly Earning[]): Promise<readonly Earning[]> => {
  const { caller, events, ledger } = ports
  const call = await caller.outcome(key)
  if (isUnderWay(call) || isTooSoon(ports, call)) return []
  const unpaid = await ledger.unpaid(slice.filter(({ cumulative }) => cumulative > 0n))
  if (unpaid.length > 0 && call?.state === 'reverted')
    events.error({ key, transaction: call.hash }, 'claim reverted: sent again')
  return unpaid
}
