import type { Address } from '../../devices/identity.ts'
import type { Millis } from '../../devices/units.ts'
import { encodeEarning, encodeWeight } from '../../sdk/log/earning.ts'
import { append, leafHash, logInclusion, type ReadTiles, rootOf, type TileId } from '../../sdk/log/merkle.ts'
import { type RewardParameters, reward, weightOf } from '../../sdk/reward.ts'
import { type Earning, type Epoch, type Totals, termKey } from '../ports.ts'
import type { ClaimLine, Rules } from './ledger-port.ts'

/** A term's newest summary at some heights. */
export type Standing = {
  readonly device: Address
  readonly term: number
  readonly holder: Address
  readonly totals: Totals
}

type Line = { readonly device: Address; readonly term: number }

/** The order of both trees. Addresses are lower-case hex of one length, so text order is byte order. */
const byTerm = (a: Line, b: Line): number => {
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

/** One standing per term: a term that moved between lanes has one in each, and the newest has the highest totals. */
const newestOf = (standings: readonly Standing[]): ReadonlyMap<string, Standing> => {
  const newest = new Map<string, Standing>()
  for (const standing of standings) {
    const key = termKey(standing.device, standing.term)
    const other = newest.get(key)
    if (!other || other.totals.totalRecords < standing.totals.totalRecords) newest.set(key, standing)
  }
  return newest
}

type Scored = Line & {
  readonly holder: Address
  readonly records: bigint
  readonly score: bigint
  readonly weight: bigint
}

/** Every term that has a summary at `now`, with what it added since `before`, in tree order. */
const scoreTerms = (
  now: readonly Standing[],
  before: readonly Standing[],
  parameters: RewardParameters,
): readonly Scored[] => {
  const earlier = newestOf(before)
  return [...newestOf(now).values()].toSorted(byTerm).map(({ device, term, holder, totals }) => {
    const start = earlier.get(termKey(device, term))?.totals
    const score = totals.totalScore - (start?.totalScore ?? 0n)
    const records = totals.totalRecords - (start?.totalRecords ?? 0n)
    return { device, term, holder, records, score, weight: weightOf(score, parameters) }
  })
}

const sum = (values: readonly bigint[]): bigint => values.reduce((a, b) => a + b, 0n)

const weightLeaf = (line: Earning): Uint8Array => leafHash(encodeWeight(line))
const earningLeaf = (line: Earning): Uint8Array => leafHash(encodeEarning(line))

/**
 * An epoch's weights, earnings and roots, from public data alone: the terms' standings at the epoch's heights and at those of the epoch
 * computed before it.
 *
 * Whole numbers only; every amount is rounded down, so the sum never exceeds the budget.
 */
export const computeEpoch = (
  given: {
    readonly epoch: bigint
    readonly heights: readonly bigint[]
    readonly now: readonly Standing[]
    readonly before: readonly Standing[]
    readonly previous: Pick<Epoch, 'earnings'> | undefined
  },
  parameters: RewardParameters,
): Epoch => {
  const terms = scoreTerms(given.now, given.before, parameters)
  const totalWeight = sum(terms.map(({ weight }) => weight))
  const earned = new Map(given.previous?.earnings.map((line) => [termKey(line.device, line.term), line.cumulative]))
  const earnings = terms.map((line): Earning => {
    const amount = reward({ weight: line.weight, totalWeight }, parameters)
    return { ...line, amount, cumulative: (earned.get(termKey(line.device, line.term)) ?? 0n) + amount }
  })
  return {
    epoch: given.epoch,
    heights: given.heights,
    totalWeight,
    totalEarned: sum(earnings.map(({ cumulative }) => cumulative)),
    weightsRoot: rootOf(earnings.map(weightLeaf)),
    earningsRoot: rootOf(earnings.map(earningLeaf)),
    state: 'computed',
    transaction: undefined,
    earnings,
  }
}

/** An epoch's earnings tree, from which a proof takes a few hashes instead of all of them. */
export type EarningsTree = { readonly read: ReadTiles; readonly size: bigint }

const tileKey = ({ level, index }: TileId): string => `${level}/${index}`

export const earningsTree = async (earnings: readonly Earning[]): Promise<EarningsTree> => {
  const { size, tiles } = await append(async () => [], 0n, earnings.map(earningLeaf))
  const byId = new Map(tiles.map((tile) => [tileKey(tile), tile.hashes]))
  const read: ReadTiles = async (ids) => ids.map((id) => byId.get(tileKey(id)) ?? new Uint8Array())
  return { read, size }
}

/** The wanted lines of an epoch with their places and proofs, ready to be claimed. */
export const claimsOf = (
  tree: EarningsTree,
  earnings: readonly Earning[],
  wanted: readonly Earning[],
): Promise<readonly ClaimLine[]> =>
  Promise.all(
    wanted.map(async (line) => {
      const index = BigInt(earnings.indexOf(line))
      const { device, term, cumulative } = line
      return { device, term, cumulative, index, proof: await logInclusion(tree.read, index, tree.size) }
    }),
  )
