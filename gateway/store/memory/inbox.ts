import type { Inbox, Refused } from '../../ports.ts'
import { firsts, LANE, settle } from '../arrivals.ts'
import { givenOf } from '../evidence-budget.ts'
import { addCounts, addEvidence, countKey, evidenceKey } from '../refusal-slots.ts'
import { type Data, packetKey } from './data.ts'

export const memoryInbox = (data: Data): Inbox => ({
  append: async (verdicts) => {
    const winners = new Set<number>()
    for (const { index, verdict } of firsts(verdicts)) {
      const key = packetKey(verdict.envelope.device, verdict.envelope.sequence)
      if (data.packets.has(key)) continue
      data.packets.set(key, { accepted: verdict, lane: LANE, log: undefined })
      winners.add(index)
    }
    const stored = (key: string) => data.packets.get(key)?.accepted.envelope.digest ?? new Uint8Array()
    const { outcomes, refusals } = settle(verdicts, winners, stored)
    file(data, refusals)
    return outcomes
  },
})

const lease = ({ slots, evidenceUse }: Data): void => {
  for (const ask of slots.asks()) {
    const key = `${ask.hour} ${ask.class}`
    const used = evidenceUse.get(key) ?? 0
    const given = givenOf(ask, used)
    evidenceUse.set(key, used + given)
    slots.give(ask, given)
  }
}

const file = (data: Data, refusals: readonly Refused[]): void => {
  data.slots.rowsOf(refusals)
  lease(data)
  const { evidence, counts } = data.slots.rowsOf(refusals)
  for (const row of evidence) {
    const key = evidenceKey(row)
    const seen = data.evidence.get(key)
    data.evidence.set(key, seen ? addEvidence(seen, row) : row)
  }
  for (const row of counts) {
    const key = countKey(row)
    const seen = data.counts.get(key)
    data.counts.set(key, seen ? addCounts(seen, row) : row)
  }
}
