import type { Millis } from '../../devices/units.ts'
import { earningHash, encodeWeight } from '../../sdk/log/earning.ts'
import { leafHash, rootOf } from '../../sdk/log/merkle.ts'
import { gradesIn, type RewardParameters, shareOut } from '../../sdk/reward.ts'
import type { Added, Earning, Epoch } from '../ports.ts'
import type { Rules } from './ledger-port.ts'
import { rootsInTurns } from './roots.ts'

/** The order of both trees. Addresses are lower-case hex of one length, so text order is byte order. */
const byTerm = (a: Added, b: Added): number => {
  if (a.device === b.device) return a.term - b.term
  return a.device < b.device ? -1 : 1
}

export const epochAt = (time: Millis, { epochLength }: Pick<Rules, 'epochLength'>): bigint =>
  BigInt(time) / (1_000n * epochLength)

export const endOf = (epoch: bigint, { epochLength }: Pick<Rules, 'epochLength'>): Millis =>
  Number((epoch + 1n) * epochLength * 1_000n)

/**
 * The epoch that the oldest batch not counted yet falls into. One closed in an epoch that is computed already, or before the first, counts
 * in the next that can still be proposed: nothing is lost by being late.
 */
export const dueEpoch = (oldestClosedAt: Millis, previous: bigint | undefined, rules: Rules): bigint =>
  [epochAt(oldestClosedAt, rules), rules.firstEpoch, (previous ?? -1n) + 1n].reduce((a, b) => (a > b ? a : b))

/** Terms of one device stand side by side in the order of the trees. */
const devicesIn = (terms: readonly Added[]): readonly (readonly Added[])[] => {
  const devices: Added[][] = []
  for (const term of terms) {
    const last = devices.at(-1)
    if (last?.[0]?.device === term.device) last.push(term)
    else devices.push([term])
  }
  return devices
}

const sum = (values: readonly bigint[]): bigint => values.reduce((a, b) => a + b, 0n)

const weightHash = (line: Earning): Uint8Array => leafHash(encodeWeight(line))

/**
 * An epoch's weights, amounts and roots, from public data alone: what each term added to the log in it, and the grade of its registration.
 *
 * Both caps are the device's, whatever number of terms it had (`sdk/reward.ts`). A term whose grade does not earn keeps its line and its score,
 * weighs nothing, and takes nothing from the device's other terms. Whole numbers only; every amount is rounded down, so the sum never exceeds
 * the budget.
 */
export const computeEpoch = async (
  given: {
    readonly epoch: bigint
    readonly heights: readonly bigint[]
    readonly added: readonly Added[]
    /** What all epochs before it earned. */
    readonly earnedBefore: bigint
  },
  rules: RewardParameters & Pick<Rules, 'earningGrades'>,
): Promise<Epoch> => {
  const earning = new Set(gradesIn(rules.earningGrades))
  const devices = devicesIn(given.added.toSorted(byTerm))
  const scores = devices.map((terms) => terms.map(({ grade, score }) => (earning.has(grade) ? score : 0n)))
  const { totalWeight, shares } = shareOut(scores, rules)
  const earnings = devices.flatMap((terms, at) =>
    terms.map(({ earnedBefore, ...term }, which): Earning => {
      const { weight, amount } = shares[at]?.[which] ?? { weight: 0n, amount: 0n }
      return { ...term, weight, amount, cumulative: earnedBefore + amount }
    }),
  )
  const runRoots = await rootsInTurns(earnings, earningHash)
  return {
    epoch: given.epoch,
    heights: given.heights,
    totalWeight,
    totalEarned: given.earnedBefore + sum(earnings.map(({ amount }) => amount)),
    weightsRoot: rootOf(await rootsInTurns(earnings, weightHash)),
    earningsRoot: rootOf(runRoots),
    state: 'computed',
    transaction: undefined,
    earnings,
    runRoots,
  }
}
