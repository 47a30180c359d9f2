import { type Millis, seconds } from '../../devices/units.ts'
import { logConsistency } from '../../sdk/log/merkle.ts'
import { Failure } from '../errors.ts'
import type { BatchRow, Caller, CallRow, Clock, Log, LogStore, SettleStore } from '../ports.ts'
import type { Exclusively } from './caller.ts'
import type { LaneHead, LanePort } from './lane-port.ts'
import { assertMove, nextOfBatch } from './state.ts'

export type SettlePorts = {
  readonly log: LogStore
  readonly settle: SettleStore
  readonly caller: Caller
  readonly ledger: LanePort
  readonly clock: Clock
  readonly events: Log
  readonly exclusively: Exclusively
}

/** Settlements under way at once: each builds on the one before, and a slow chain must not hold back those that can share its block. */
const WINDOW = 4
/** After a revert. Not at once: the same call reverts again until someone or something has changed. */
const RETRY_AFTER: Millis = seconds(60)

export const settleKey = (lane: number, height: bigint): string => `settle:${lane}:${height}`

const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])

/**
 * Brings a lane's batches and the chain together, once; tells whether it changed anything.
 *
 * The chain's lane is the truth: what it has is settled, what it lost goes back, what comes next is queued for the one nonce owner. Safe to
 * be cut off anywhere and done again, and at several gateways at once: the others do nothing meanwhile.
 */
export const settleOnce = async (ports: SettlePorts, lane: number): Promise<boolean> =>
  (await ports.exclusively(() => settleLane(ports, lane))) ?? false

const settleLane = async (ports: SettlePorts, lane: number): Promise<boolean> => {
  const head = await ports.ledger.head(lane)
  await checkSameLog(ports, lane, head)
  const didGoBack = await takeBack(ports, lane, head)
  const rows = await ports.settle.unsettled(lane, WINDOW)
  let did = didGoBack
  for (const row of rows) {
    const { height } = row.header
    if (height <= head.height) did = (await confirm(ports, row)) || did
    else if (height <= head.height + BigInt(WINDOW)) {
      const step = await advance(ports, row)
      did = step === 'changed' || did
      // What builds on it would revert too.
      if (step === 'blocked') break
    }
  }
  return did
}

/** Whoever wrote the lane on the chain wrote another log than ours: nothing may be settled over it, and someone must look. */
const checkSameLog = async ({ settle }: SettlePorts, lane: number, head: LaneHead): Promise<void> => {
  if (head.height === 0n) return
  const ours = (await settle.batch(lane, head.height))?.header
  if (ours && ours.size === head.size && isSame(ours.root, head.root)) return
  throw new Failure(
    'LANE_DIVERGED',
    ours
      ? `lane ${lane} differs from the chain’s at height ${head.height}: size ${ours.size} here, ${head.size} there`
      : `the chain has batch ${head.height} of lane ${lane}, this store has not`,
  )
}

/** Batches that were settled and are on the chain no more, after a reorganisation deeper than our confirmations. */
const takeBack = async ({ settle, events }: SettlePorts, lane: number, head: LaneHead): Promise<boolean> => {
  let did = false
  for (let height = head.height + 1n; ; height++) {
    const row = await settle.batch(lane, height)
    if (row?.state !== 'settled') return did
    events.warn({ lane, height, transaction: row.transaction }, 'the chain lost a settled batch: settled again')
    await move(settle, row, { state: 'cut' })
    did = true
  }
}

/** The chain has it. Settled once its call is final, or at once where another's call did it. */
const confirm = async (ports: SettlePorts, row: BatchRow): Promise<boolean> => {
  const { caller, clock, events, ledger, settle } = ports
  const { lane, height, from, size } = row.header
  const call = await caller.outcome(settleKey(lane, height))
  if (call?.state === 'sent' || call?.state === 'queued') return false
  const done =
    call?.state === 'mined' && call.hash && call.block !== undefined
      ? { transaction: call.hash, block: call.block }
      : await ledger.settlement(lane, height)
  if (row.state === 'cut') await move(settle, row, { state: 'sent' })
  await move(settle, { ...row, state: 'sent' }, { state: 'settled', settledAt: clock.now(), ...done })
  events.info({ lane, height, records: size - from, transaction: done?.transaction }, 'batch settled')
  return true
}

/** The chain does not have it yet. */
const advance = async (ports: SettlePorts, row: BatchRow): Promise<'changed' | 'waiting' | 'blocked'> => {
  const { caller, events, settle } = ports
  const { lane, height } = row.header
  const call = await caller.outcome(settleKey(lane, height))
  if (call?.state === 'queued' || call?.state === 'sent')
    return (await markSent(ports, row, call)) ? 'changed' : 'waiting'
  if (call?.state === 'reverted') {
    if (row.state === 'sent') {
      events.error({ lane, height, transaction: call.hash, reason: 'reverted' }, 'batch was not settled')
      await move(settle, row, { state: 'cut' })
    }
    if (ports.clock.now() - (call.attempts.at(-1)?.sentAt ?? 0) < RETRY_AFTER) return 'blocked'
  }
  await queue(ports, row)
  // A call that is mined while the chain has not its batch was lost by the chain: the nonce owner has now looked, and sends it again.
  return call?.state === 'mined' ? 'waiting' : 'changed'
}

const markSent = async ({ settle }: SettlePorts, row: BatchRow, call: CallRow): Promise<boolean> => {
  const transaction = call.attempts.at(-1)?.hash
  if (row.state !== 'cut' || call.state !== 'sent' || !transaction) return false
  await move(settle, row, { state: 'sent', transaction })
  return true
}

type Move = Parameters<SettleStore['move']>[2]

const move = (settle: SettleStore, { header: { lane, height }, state }: BatchRow, to: Move): Promise<void> => {
  assertMove(nextOfBatch, `batch ${height} of lane ${lane}`, [state, to.state])
  return settle.move(lane, height, to)
}

const queue = async ({ caller, ledger, log }: SettlePorts, { header }: BatchRow): Promise<void> => {
  const read = (ids: Parameters<LogStore['tiles']>[1]) => log.tiles(header.lane, ids)
  const proof = header.from === 0n ? [] : await logConsistency(read, header.from, header.size)
  await caller.call({ key: settleKey(header.lane, header.height), ...ledger.settleCall(header, proof) })
}
