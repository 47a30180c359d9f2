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
}

/** One line of an epoch's earnings tree, with its place and proof. */
export type ClaimLine = {
  readonly device: Address
  readonly term: number
  readonly cumulative: bigint
  readonly index: bigint
  readonly proof: readonly Uint8Array[]
}

type Proposed = { readonly proposedAt: Millis; readonly earningsRoot: Uint8Array }

/** RewardLedger, as far as rewarding needs it. */
export type RewardLedgerPort = {
  proposed(epoch: bigint): Promise<Proposed | undefined>
  /** Token base units that ever came in. */
  funded(): Promise<bigint>
  /** Time of the newest block. */
  time(): Promise<Millis>
  /** Those of the lines that have not been paid in full. */
  unpaid<T extends { device: Address; term: number; cumulative: bigint }>(lines: readonly T[]): Promise<readonly T[]>
  proposeCall(epoch: EpochHead): Omit<Call, 'key'>
  claimCall(epoch: bigint, claims: readonly ClaimLine[]): Omit<Call, 'key'>
}
