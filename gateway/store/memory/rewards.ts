import type { Address } from '../../../devices/identity.ts'
import { Failure } from '../../errors.ts'
import { type RewardStore, termKey } from '../../ports.ts'
import { headOf } from '../epoch-head.ts'
import { byKey, type Data, type LoggedSummary } from './data.ts'

const NOBODY: Address = '0x0000000000000000000000000000000000000000'
const UNKNOWN = { holder: NOBODY, grade: 'full' } as const

/** Each term's highest totals at some heights, by lane. */
const totalsAt = (data: Data, heights: readonly bigint[]): ReadonlyMap<string, LoggedSummary> => {
  const highest = new Map<string, LoggedSummary>()
  for (const row of data.summaries) {
    if (row.height > (heights[row.lane] ?? 0n)) continue
    const key = termKey(row.device, row.term)
    if ((highest.get(key)?.totalRecords ?? 0n) < row.totalRecords) highest.set(key, row)
  }
  return highest
}

const earnedBefore = (data: Data, key: string): bigint =>
  newestFirst(data)
    .flatMap(({ earnings }) => earnings)
    .find(({ device, term }) => termKey(device, term) === key)?.cumulative ?? 0n

const newestFirst = (data: Data) => [...data.epochs.values()].toSorted(byKey(({ epoch }) => -epoch))

export const memoryRewards = (data: Data): RewardStore => ({
  latest: async (state) => {
    const epoch = newestFirst(data).find((one) => !state || one.state === state)
    return epoch && headOf(epoch)
  },

  epoch: async (number) => {
    const epoch = data.epochs.get(number)
    return epoch && headOf(epoch)
  },

  earnings: async (epoch) => data.epochs.get(epoch)?.earnings ?? [],

  open: async () =>
    newestFirst(data)
      .filter(({ state }) => state !== 'final')
      .map(headOf)
      .toReversed(),

  move: async (number, to) => {
    const epoch = data.epochs.get(number)
    if (!epoch) throw new Failure('INTERNAL', `epoch ${number} was never computed`)
    data.epochs.set(number, { ...epoch, ...to })
  },

  put: async (epoch) => {
    const earnings = epoch.earnings.toSorted(byKey(({ device, term }) => `${device}${String(term).padStart(10, '0')}`))
    data.epochs.set(epoch.epoch, { ...epoch, earnings })
    data.paidEpochs.delete(epoch.epoch)
  },

  settledBefore: async (lane, afterHeight, before) => {
    const rows = (data.batches.get(lane) ?? []).filter(
      ({ header }) => header.height > afterHeight && header.closedAt < before,
    )
    const settled = rows.filter(({ state }) => state === 'settled').map(({ header }) => header)
    return {
      firstClosedAt: settled[0]?.closedAt,
      last: settled.at(-1)?.height,
      isComplete: settled.length === rows.length,
    }
  },

  added: async (from, to) => {
    const before = totalsAt(data, from)
    return [...totalsAt(data, to).entries()]
      .map(([key, { device, term, totalRecords, totalScore }]) => ({
        ...{ device, term, ...(data.terms.get(key) ?? UNKNOWN) },
        records: totalRecords - (before.get(key)?.totalRecords ?? 0n),
        score: totalScore - (before.get(key)?.totalScore ?? 0n),
        earnedBefore: earnedBefore(data, key),
      }))
      .filter(({ records }) => records > 0n)
      .toSorted((a, b) => byKey((row: typeof a) => row.device)(a, b) || a.term - b.term)
  },

  unpaid: async (limit) =>
    newestFirst(data)
      .filter(({ epoch, state }) => state === 'final' && !data.paidEpochs.has(epoch))
      .map(headOf)
      .filter(({ earned }) => earned > 0n)
      .toReversed()
      .slice(0, limit),

  paid: async (epoch) => {
    if (!data.epochs.has(epoch)) throw new Failure('INTERNAL', `epoch ${epoch} was never computed`)
    data.paidEpochs.add(epoch)
  },

  putClaims: async (claims) => {
    for (const claim of claims) data.claims.set(`${claim.device}/${claim.term}/${claim.cumulative}`, claim)
  },
})
