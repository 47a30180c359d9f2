import { inDigits, percentile, tableOf } from '../bench/report.ts'
import type { Kept } from './disk.ts'
import type { Told } from './plan.ts'

/*
 * What one attack did to the fleet, and whether that is too much. Pure.
 */

/** Unix ms; the end is no part of it. */
export type Window = { readonly from: number; readonly to: number }

export type Latency = { readonly p50: number; readonly p99: number; readonly packets: number }

/** What the gateway's own process told in a window. */
export type Inside = {
  /** MB, the most. */
  readonly rss: number
  /** ms that its event loop was late, the most. */
  readonly lag: number
}

export type Round = {
  readonly attack: string
  readonly before: Latency & Inside
  readonly during: Latency & Inside
  readonly after: Latency & Inside
  /** Of the fleet, from the attack's begin to the end of the window after it. */
  readonly sessionsEnded: number
  readonly connectsRefused: number
  /** Packets due before the end of the attack that had no PUBACK at the end of the window after it. */
  readonly unacknowledged: number
  readonly reads: { readonly asked: number; readonly failed: number }
  /** Bytes by what keeps them, beyond what the fleet alone made it keep in a window of the same length. */
  readonly kept: Kept
  /** What the attacker did and got. */
  readonly did: Readonly<Record<string, number>>
  readonly gatewayEnded: boolean
}

export type Limits = {
  /** Times the p99 before. */
  readonly ratio: number
  /** Times the p50 before: noise moves a p99, and hardly a median. */
  readonly median: number
  /** ms. */
  readonly p99: number
  readonly bytes: number
}

/** 3 MB in a window of 12 s would be 21 GB a day; but the first burst of an hour's budget may fall into one window. */
export const LIMITS: Limits = { ratio: 3, median: 10, p99: 300, bytes: 8 * 2 ** 20 }

/** ms from when packets were sent to their PUBACK, of those sent in the window; who has none yet counts as it stands at `now`. */
export const latencyIn = (told: readonly Told[], window: Window, now: number): Latency => {
  const sent = new Map<string, number>()
  const waits: number[] = []
  const nameOf = (one: { device: number; packet: number }): string => `${one.device}/${one.packet}`
  for (const one of told) {
    if (one.kind === 'sent' && isIn(window, one.at)) sent.set(nameOf(one), one.at)
    if (one.kind !== 'acknowledged') continue
    const at = sent.get(nameOf(one))
    if (at === undefined) continue
    sent.delete(nameOf(one))
    waits.push(one.at - at)
  }
  waits.push(...[...sent.values()].map((at) => now - at))
  waits.sort((one, other) => one - other)
  return { p50: percentile(waits, 0.5), p99: percentile(waits, 0.99), packets: waits.length }
}

export const isIn = ({ from, to }: Window, at: number): boolean => at >= from && at < to

/** Packets sent before `end` that nobody had acknowledged by `now`. */
export const unacknowledged = (told: readonly Told[], end: number, now: number): number => {
  const waiting = new Set<string>()
  for (const one of told) {
    if (one.kind === 'sent' && one.at < end) waiting.add(`${one.device}/${one.packet}`)
    if (one.kind === 'acknowledged' && one.at < now) waiting.delete(`${one.device}/${one.packet}`)
  }
  return waiting.size
}

export const totalOf = (kept: Kept): number =>
  Math.max(
    0,
    Object.values(kept).reduce((sum, bytes) => sum + bytes, 0),
  )

/**
 * Why a round is too much; none = the fleet did not feel the attack. What the machine itself does to the fleet is no attack's fault: the
 * p99 before is taken as many times as a process that is busy and asks nothing made it, and milliseconds count only where the machine is
 * quick enough to tell.
 */
export const faultsOf = (round: Round, control: Round | undefined, limits = LIMITS): readonly string[] => {
  const { before, during } = round
  const mostP99 = limits.ratio * before.p99 * noiseOf(control, 'p99', limits)
  const mostP50 = limits.median * before.p50 * noiseOf(control, 'p50', limits)
  const canTell = before.p99 <= limits.p99 / limits.ratio
  return [
    ...(round.gatewayEnded ? ['the gateway ended'] : []),
    ...(during.packets === 0 ? ['no honest packet was sent'] : []),
    ...(during.p50 > mostP50 ? [`p50 ${inDigits(during.p50 / before.p50)} × before`] : []),
    ...(during.p99 > mostP99 ? [`p99 ${inDigits(during.p99 / before.p99)} × before`] : []),
    ...(during.p99 > limits.p99 && canTell ? [`p99 over ${limits.p99} ms`] : []),
    ...(round.sessionsEnded > 0 ? [`${round.sessionsEnded} sessions ended`] : []),
    ...(round.connectsRefused > 0 ? [`${round.connectsRefused} CONNECTs refused`] : []),
    ...(round.unacknowledged > 0 ? [`${round.unacknowledged} unacknowledged`] : []),
    ...(totalOf(round.kept) > limits.bytes ? [`keeps ${megabytes(totalOf(round.kept))} MB`] : []),
  ]
}

/** What the control made of the wait before, in times: at least as it was, and at most what would be felt. */
const noiseOf = (control: Round | undefined, wait: 'p50' | 'p99', limits: Limits): number =>
  control ? Math.min(limits.ratio, Math.max(1, control.during[wait] / control.before[wait])) : 1

/** Whether nothing but time speaks against a round: no count and no byte. */
export const isSpeedAlone = (round: Round, control: Round | undefined): boolean =>
  faultsOf(round, control).length > 0 && faultsOf({ ...round, during: round.before }, control).length === 0

const megabytes = (bytes: number): string => inDigits(bytes / 2 ** 20)
const latency = ({ p50, p99 }: Latency): string => `${inDigits(p50)} / ${inDigits(p99)}`

const heads = [
  'attack',
  'before',
  'during',
  'after',
  'ended',
  'refused',
  'unacked',
  'reads failed',
  'kept MB',
  'RSS MB',
  'lag ms',
  'verdict',
]

const cellsOf = (round: Round, control: Round | undefined): readonly string[] => [
  round.attack,
  latency(round.before),
  latency(round.during),
  latency(round.after),
  `${round.sessionsEnded}`,
  `${round.connectsRefused}`,
  `${round.unacknowledged}`,
  `${round.reads.failed}/${round.reads.asked}`,
  megabytes(totalOf(round.kept)),
  `${inDigits(Math.round(round.during.rss))}`,
  `${inDigits(Math.round(round.before.lag))} → ${inDigits(Math.round(round.during.lag))}`,
  faultsOf(round, control).join(', ') || 'held',
]

/** The newest control among the rounds so far. */
export const controlOf = (rounds: readonly Round[]): Round | undefined =>
  rounds.findLast(({ attack }) => attack === 'control')

export const tableOfRounds = (rounds: readonly Round[]): string =>
  tableOf(
    heads,
    rounds.map((round, at) => cellsOf(round, controlOf(rounds.slice(0, at)))),
  )

/** What an attacker did and got, and what grew most: so that an attack that never came about is seen. */
export const detailOf = ({ attack, did, kept }: Round): string => {
  const grew = Object.entries(kept)
    .filter(([, bytes]) => bytes > 100_000)
    .sort(([, one], [, other]) => other - one)
    .slice(0, 3)
    .map(([name, bytes]) => `${name} ${megabytes(bytes)} MB`)
  const counted = Object.entries(did).map(([name, count]) => `${name} ${inDigits(count)}`)
  return `${attack}: ${counted.join(', ') || 'nothing counted'}${grew.length > 0 ? `; grew: ${grew.join(', ')}` : ''}`
}
