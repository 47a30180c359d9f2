import { setTimeout as wait } from 'node:timers/promises'
import { growthOf, type Kept, measureDisk } from './disk.ts'
import type { Stand } from './stand.ts'
import { type Inside, isIn, type Latency, latencyIn, type Round, unacknowledged, type Window } from './verdict.ts'

/** Longest wait until the fleet is as it was after a round: all in, nothing waiting. */
const CALM_WITHIN = 60_000

/** A window, and what grew from just before `begin` to its end. */
const look = async (
  stand: Stand,
  seconds: number,
  begin?: () => Promise<unknown>,
): Promise<{ window: Window; grew: Kept }> => {
  const before = await measureDisk(stand.gateway.dataDir)
  await begin?.()
  const from = Date.now()
  await wait(seconds * 1_000)
  const window = { from, to: Date.now() }
  return { window, grew: growthOf(before, await measureDisk(stand.gateway.dataDir)) }
}

/** One attack, with a window of the same length before and after it. */
export const runRound = async (stand: Stand, attack: string, seconds: number): Promise<Round> => {
  const before = await look(stand, seconds)
  let ended: Promise<Round['did']> = Promise.resolve({})
  const during = await look(stand, seconds, async () => {
    ended = (await stand.attack(attack, seconds)).ended
  })
  const did = await ended
  const after = await look(stand, seconds)
  const now = Date.now()
  const { told } = stand
  const whole: Window = { from: during.window.from, to: now }
  const of = ({ window }: { window: Window }): Latency & Inside => ({
    ...latencyIn(told, window, now),
    ...stand.inside(window),
  })
  const heard = told.filter(({ kind, ...one }) => kind !== 'captured' && 'at' in one && isIn(whole, one.at))
  const reads = heard.flatMap((one) => (one.kind === 'read' ? [one] : []))
  return {
    attack,
    before: of(before),
    during: of(during),
    after: of(after),
    sessionsEnded: heard.filter(({ kind }) => kind === 'ended').length,
    connectsRefused: heard.filter(({ kind }) => kind === 'refused').length,
    unacknowledged: unacknowledged(told, during.window.to, now),
    reads: { asked: reads.length, failed: reads.filter(({ status }) => status < 200 || status >= 300).length },
    // What the fleet alone makes a gateway keep in the same time is no attack's.
    kept: growthOf(before.grew, during.grew),
    did,
    gatewayEnded: stand.hasEnded(),
  }
}

/** ms of packets whose median tells whether an attack is over. */
const LOOK_BACK = 4_000
const MAX_RATIO = 3

/**
 * Whether the fleet came to rest by itself, its median wait as before the round: one that begins in another's ruins measures nothing, and a
 * control that does would excuse everything.
 */
export const comesToRest = async (stand: Stand, { before }: Pick<Round, 'before'>): Promise<boolean> => {
  for (let waited = 0; waited < CALM_WITHIN; waited += 500) {
    if (stand.hasEnded()) return false
    const now = Date.now()
    const waiting = unacknowledged(stand.told, now - 1_000, now)
    const troubles = stand.told.filter(
      (one) => (one.kind === 'ended' || one.kind === 'refused') && one.at > now - 2_000,
    )
    const { p50 } = latencyIn(stand.told, { from: now - LOOK_BACK, to: now }, now)
    if (waiting === 0 && troubles.length === 0 && p50 <= MAX_RATIO * before.p50) return true
    await wait(500)
  }
  return false
}
