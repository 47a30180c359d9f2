import type { BatchState, CallState } from '../ports.ts'

/** A batch goes back to `cut` when its call reverted, or when the chain that had it lost it. */
export const nextOfBatch: Readonly<Record<BatchState, readonly BatchState[]>> = {
  cut: ['sent'],
  sent: ['settled', 'cut'],
  settled: ['cut'],
}

/**
 * A sent call is queued again when another transaction took its nonce; a mined one is sent again when the chain lost it. A queued one ends
 * unsent only when it was made to fill a nonce that is filled.
 */
export const nextOfCall: Readonly<Record<CallState, readonly CallState[]>> = {
  queued: ['sent', 'reverted'],
  sent: ['sent', 'mined', 'reverted', 'queued'],
  mined: ['sent'],
  reverted: ['queued'],
}
