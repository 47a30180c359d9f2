import type { Address } from '../../../devices/identity.ts'
import { Failure } from '../../errors.ts'
import { type RewardStore, termKey } from '../../ports.ts'
import { headOf } from '../epoch-head.ts'
import { byKey, type Data, type LoggedSummary } from './data.ts'

const NOBODY: Address = '0x0000000000000000000000000000000000000000'

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
  },

  settledBefore: async (lane, afterHeight, before) => {
    const rows = (data.batches.get(lane) ?? []).filter(
      ({ header }) => header.height > afterHeight && header.closedAt < before,
    )
    return {
      batches: rows.filter(({ state }) => state === 'settled').map(({ header }) => header),
      isComplete: rows.every(({ state }) => state === 'settled'),
    }
  },

  totalsAt: async (lane, height) => {
    const newest = new Map<string, LoggedSummary>()
    for (const row of data.summaries) {
      if (row.lane === lane && row.height <= height) newest.set(termKey(row.device, row.term), row)
    }
    return [...newest.entries()]
      .map(([key, { device, term, totalRecords, totalScore, ...at }]) => ({
        device,
        term,
        holder: data.holders.get(key) ?? NOBODY,
        totals: { totalRecords, totalScore, lane, height: at.height },
      }))
      .toSorted((a, b) => byKey((row: typeof a) => row.device)(a, b) || a.term - b.term)
  },

  putClaim: async (claim) => {
    data.claims.set(`${claim.device}/${claim.term}/${claim.cumulative}`, claim)
  },
})
