import type { Inbox } from '../../ports.ts'
import { firsts, LANE, settle } from '../arrivals.ts'
import { rowsOf } from '../refusal-slots.ts'
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
    file(data, rowsOf(refusals, data.slotOf))
    return outcomes
  },
})

const file = (data: Data, { evidence, counts }: ReturnType<typeof rowsOf>): void => {
  for (const row of evidence) {
    const key = `${row.source} ${row.code} ${row.slot}`
    const seen = data.evidence.get(key)
    data.evidence.set(key, {
      ...(seen ?? row),
      count: (seen?.count ?? 0) + row.count,
      firstAt: Math.min(seen?.firstAt ?? row.firstAt, row.firstAt),
      lastAt: Math.max(seen?.lastAt ?? row.lastAt, row.lastAt),
    })
  }
  for (const row of counts) {
    const key = `${row.source} ${row.code} ${row.from}`
    data.counts.set(key, { ...row, count: (data.counts.get(key)?.count ?? 0) + row.count })
  }
}
