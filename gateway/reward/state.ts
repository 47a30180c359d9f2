import type { EpochState } from '../ports.ts'

/** A proposed epoch goes back to `computed` when the chain lost its proposal. */
export const nextOfEpoch: Readonly<Record<EpochState, readonly EpochState[]>> = {
  computed: ['proposed'],
  proposed: ['final', 'computed'],
  final: [],
}
