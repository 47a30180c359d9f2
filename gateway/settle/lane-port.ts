import type { Hex } from '../../devices/units.ts'
import type { Header } from '../../sdk/log/header.ts'
import type { Hash } from '../../sdk/log/merkle.ts'
import type { Call } from '../ports.ts'

/** The settled end of a lane, as the chain has it. Height 0 = nothing settled. */
export type LaneHead = { readonly size: bigint; readonly height: bigint; readonly root: Hash }

/** LaneLedger, as far as settling needs it. */
export type LanePort = {
  head(lane: number): Promise<LaneHead>
  settleCall(header: Header, proof: readonly Hash[]): Omit<Call, 'key'>
  /** The transaction that settled a batch; undefined where the chain does not tell (any more). */
  settlement(lane: number, height: bigint): Promise<{ transaction: Hex; block: bigint } | undefined>
}
