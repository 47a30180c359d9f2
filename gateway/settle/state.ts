import { Failure } from '../errors.ts'
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

/** A move that the table does not have is a mistake of ours, found before it is stored. */
export const assertMove = <State extends string>(
  next: Readonly<Record<State, readonly State[]>>,
  what: string,
  [from, to]: readonly [State, State],
): void => {
  if (!next[from].includes(to)) throw new Failure('INTERNAL', `${what} cannot go from ${from} to ${to}`)
}
