import { isAddress } from '../../../devices/identity.ts'
import type { EvidenceStore } from '../../ports.ts'
import { folded, remembered } from '../evidence-age.ts'
import { countBytes, evidenceBytes } from '../evidence-budget.ts'
import { countKey, evidenceKey } from '../refusal-slots.ts'
import { byKey, type Data } from './data.ts'

/** The IMEI's device, for a Pebble that was refused under its IMEI before it was registered. */
const deviceOf = ({ imeis }: Data, source: string) =>
  source.startsWith('imei:') ? imeis.get(source.slice('imei:'.length)) : isAddress(source) ? source : undefined

const isRegistered = (data: Data, source: string): boolean => {
  const device = deviceOf(data, source)
  return device !== undefined && data.devices.has(device)
}

const replace = <T>(rows: Map<string, T>, keyOf: (row: T) => string, left: readonly T[]): void => {
  rows.clear()
  for (const row of left) rows.set(keyOf(row), row)
}

const sum = (bytes: readonly number[]): number => bytes.reduce((all, each) => all + each, 0)

export const memoryEvidence = (data: Data): EvidenceStore => ({
  sweep: async (now) => {
    const oldestFirst = [...data.evidence.values()].toSorted(byKey(({ firstAt }) => firstAt))
    replace(data.evidence, evidenceKey, remembered(oldestFirst, now))
    replace(
      data.counts,
      countKey,
      folded(data.counts.values(), now, (source) => isRegistered(data, source)),
    )
    return false
  },

  bytes: async () =>
    sum([...data.evidence.values()].map(evidenceBytes)) + sum([...data.counts.values()].map(countBytes)),
})
