import type { UsageStore } from '../../ports.ts'
import type { Data } from './data.ts'

export const memoryUsage = ({ ownerBytes }: Data): UsageStore => {
  const keyOf = ({ day, owner }: { readonly day: number; readonly owner: string }) => `${day} ${owner}`
  return {
    add: async (uses) =>
      uses.map((use) => {
        const bytes = use.bytes + (ownerBytes.get(keyOf(use))?.bytes ?? 0)
        ownerBytes.set(keyOf(use), { ...use, bytes })
        return { ...use, bytes }
      }),
    of: async (day) => [...ownerBytes.values()].filter((use) => use.day === day),
  }
}
