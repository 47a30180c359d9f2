import type { Address } from '../../devices/identity.ts'
import type { Millis } from '../../devices/units.ts'
import type { RewardParameters } from '../../sdk/reward.ts'
import type { Call, EpochHead } from '../ports.ts'

/** Fixed when RewardLedger was deployed. */
export type Rules = RewardParameters & {
  /** Seconds. */
  readonly epochLength: bigint
  readonly challengeWindow: bigint
  /** No earlier epoch may be proposed. */
  readonly firstEpoch: bigint
  /** Which grades earn: bit g for grade g. */
  readonly earningGrades: number
}

/** Neighbouring lines of an epoch's earnings tree with one proof for all, as RewardLedger takes them. */
export type ClaimRun = {
  readonly epoch: bigint
  /** Place of the first line. */
  readonly first: number
  readonly lines: readonly { readonly device: Address; readonly term: number; readonly amount: bigint }[]
  readonly proof: readonly Uint8Array[]
}

export type ProposedEpoch = {
  readonly proposedAt: Millis
  readonly earningsRoot: Uint8Array
  /** Token base units that its lines have taken. */
  readonly paid: bigint
}

/** RewardLedger, as far as rewarding needs it. */
export type RewardLedgerPort = {
  proposed(epoch: bigint): Promise<ProposedEpoch | undefined>
  /** The newest epoch proposed; undefined before the first. */
  latest(): Promise<{ readonly epoch: bigint; readonly proposedAt: Millis } | undefined>
  /** Token base units that ever came in. */
  funded(): Promise<bigint>
  /** Time of the newest block. */
  time(): Promise<Millis>
  /** Which of an epoch's lines are paid, by place; `count` of them are asked about. */
  paidLines(epoch: bigint, count: number): Promise<(place: number) => boolean>
  proposeCall(epoch: EpochHead): Omit<Call, 'key'>
  claimCall(run: ClaimRun): Omit<Call, 'key'>
}
