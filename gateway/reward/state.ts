import { Failure } from '../errors.ts'
import type { EpochHead, EpochState } from '../ports.ts'

/** A proposed epoch goes back to `computed` when the chain lost its proposal. */
const nextOfEpoch: Readonly<Record<EpochState, readonly EpochState[]>> = {
  computed: ['proposed'],
  proposed: ['final', 'computed'],
  final: [],
}

/** The move, checked: one that the table does not have is a mistake of ours, found before it is stored. */
export const moved = (
  { epoch, state: from }: Pick<EpochHead, 'epoch' | 'state'>,
  state: EpochState,
  transaction: EpochHead['transaction'],
): Pick<EpochHead, 'state' | 'transaction'> => {
  if (!nextOfEpoch[from].includes(state))
    throw new Failure('INTERNAL', `epoch ${epoch} cannot go from ${from} to ${state}`)
  return { state, transaction }
}
