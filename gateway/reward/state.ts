import { Failure } from '../errors.ts'
import type { Epoch, EpochState } from '../ports.ts'

/** A proposed epoch goes back to `computed` when the chain lost its proposal. */
const nextOfEpoch: Readonly<Record<EpochState, readonly EpochState[]>> = {
  computed: ['proposed'],
  proposed: ['final', 'computed'],
  final: [],
}

/** The epoch in its next state. A move that the table does not have is a mistake of ours, found before it is stored. */
export const moved = (epoch: Epoch, state: EpochState, transaction: Epoch['transaction']): Epoch => {
  if (!nextOfEpoch[epoch.state].includes(state))
    throw new Failure('INTERNAL', `epoch ${epoch.epoch} cannot go from ${epoch.state} to ${state}`)
  return { ...epoch, state, transaction }
}
