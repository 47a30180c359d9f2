import type { BatchState } from '../ports.ts'

/** The states a batch may be in before it moves to a state. Moving to where it is already is allowed: a retry after a lost answer. */
export const before: Readonly<Record<BatchState, readonly BatchState[]>> = {
  cut: ['cut', 'sent', 'settled'],
  sent: ['sent', 'cut'],
  settled: ['settled', 'sent'],
}
