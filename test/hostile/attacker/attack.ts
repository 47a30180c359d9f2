import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import type { Random } from '../../support/mutations.ts'
import type { Target } from '../plan.ts'

/*
 * What an attack is, and what all of them need.
 */

export type Tools = {
  readonly target: Target
  readonly seed: string
  readonly random: Random
  /** Counts what the attacker did and what it got; shown beside the numbers, so that an attack that never came about is seen. */
  count(what: string, by?: number): void
}

/**
 * `prepare` makes keys and packets, and answers what begins the attack. That may run for ever: its process is ended when its time is over,
 * and every socket with it. What one attack does in a second is bounded by `crowd`.
 */
export type Attack = {
  readonly what: string
  readonly prepare: (tools: Tools) => Promise<() => Promise<unknown>> | (() => Promise<unknown>)
}

const AFTER_FAILURE = 200

/**
 * `many` loops at once, each doing `work` again and again, together at most `perSecond` times. What fails is counted by its code and tried
 * again after a moment.
 */
export const crowd = async (
  { count }: Pick<Tools, 'count'>,
  { many, perSecond }: { readonly many: number; readonly perSecond: number },
  work: (index: number, round: number) => Promise<unknown>,
): Promise<void> => {
  const pace = openPace(perSecond)
  const loop = async (index: number): Promise<never> => {
    for (let round = 0; ; round++) {
      await pace()
      try {
        await work(index, round)
      } catch (error) {
        count((error as NodeJS.ErrnoException).code ?? 'failed')
        await wait(AFTER_FAILURE)
      }
    }
  }
  await Promise.all(Array.from({ length: many }, (_, index) => loop(index)))
}

/** Resolves so often a second, evenly; never catches up. */
const openPace = (perSecond: number): (() => Promise<void>) => {
  const period = 1_000 / perSecond
  let next = performance.now()
  return async () => {
    const now = performance.now()
    next = Math.max(next + period, now)
    // At least a turn of the loop: writes that the kernel takes at once would keep the attacker from its own end.
    await (next - now > 1 ? wait(next - now) : turn())
  }
}

/** The attackers' own loopback addresses; the fleet has 127.1.0.0/16. Only Linux lets them be bound without being set up. */
export const addressOf = (attacker: number): string =>
  `127.${9 + ((attacker >> 15) % 200)}.${(attacker >> 7) & 255}.${1 + (attacker & 127)}`
