import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runRound } from '../hostile/rounds.ts'
import { openStand, type Stand } from '../hostile/stand.ts'
import { LIMITS, type Round, totalOf } from '../hostile/verdict.ts'

/*
 * The short form of `npm run prove:hostile`: counts and bytes as there, speed by its median and generously, since others may use the machine.
 */

const SECONDS = 4
/** Floods that were felt made the median a hundred times what it was. */
const MAX_RATIO = 20

let stand: Stand
let control: Round
beforeAll(async () => {
  stand = await openStand('journey', () => {})
  control = await runRound(stand, 'control', SECONDS)
})
afterAll(() => stand?.end())

describe('an honest fleet feels nothing of', () => {
  test.each([
    ['pingreq', 'sessions'],
    ['strangers', 'sessions'],
    ['half-open', 'sockets'],
    ['unreadable', 'answer bytes'],
  ])('%s', async (attack, sign) => {
    const round = await runRound(stand, attack, SECONDS)
    // The attack came about.
    expect(round.did[sign]).toBeGreaterThan(0)
    expect(round).toMatchObject({ sessionsEnded: 0, connectsRefused: 0, unacknowledged: 0, gatewayEnded: false })
    expect(totalOf(round.kept)).toBeLessThanOrEqual(LIMITS.bytes)
    const quiet = Math.max(round.before.p50, control.during.p50)
    expect(round.during.p50 / quiet).toBeLessThan(MAX_RATIO)
  })
})
