import { type Address, isAddress } from '../../../devices/identity.ts'
import type { EvidenceStore } from '../../ports.ts'
import { folded, remembered } from '../evidence-age.ts'
import { countBytes, evidenceBytes } from '../evidence-budget.ts'
import { countKey, evidenceKey } from '../refusal-slots.ts'
import { byKey, type Data } from './data.ts'

/** Those that go by the IMEI, for a Pebble that was refused under its IMEI before it was registered. */
const devicesOf = ({ imeis }: Data, source: string): readonly Address[] => {
  if (source.startsWith('imei:')) return [...(imeis.get(source.slice('imei:'.length)) ?? [])]
  return isAddress(source) ? [source] : []
}

const isRegistered = (data: Data, source: string): boolean =>
  devicesOf(data, source).some((device) => data.devices.has(device))

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
