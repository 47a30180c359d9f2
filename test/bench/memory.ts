import { setTimeout as wait } from 'node:timers/promises'
import { type Memory, memoryOf, partsOf } from './machine.ts'
import { type Measured, median } from './report.ts'
import type { Say, Stand } from './stand.ts'

const REST = 8
const SAMPLES = 5

/** What a gateway holds that has started and has nothing to do. Run it before anything else meets the gateway. */
export const measureMemory = async (stand: Stand, say: Say): Promise<readonly Measured[]> => {
  const gateway = await stand.gateway()
  say(`letting it rest for ${REST} s`)
  await wait(REST * 1_000)
  const samples = new Map<string, (Memory | undefined)[]>()
  for (let sample = 0; sample < SAMPLES; sample++) {
    for (const [name, pids] of Object.entries(partsOf(gateway.pid)))
      samples.set(name, [...(samples.get(name) ?? []), memoryOf(pids)])
    await wait(1_000)
  }
  return [...samples].map(([name, memories]) => lineOf(name, memories))
}

/** A part of which nothing could be learned has a line too, which says so: that is the machine's fault, and no failure. */
export const lineOf = (name: string, memories: readonly (Memory | undefined)[]): Measured => {
  const known = memories.filter((memory) => memory !== undefined)
  const part = name === 'gateway' ? `${REST} s after start, no devices, TypeScript by tsx` : 'its processes together'
  return {
    what: `memory at rest: ${name}`,
    value: median(known.map(({ megabytes }) => megabytes)),
    unit: 'MB',
    note: `${part}; ${known[0]?.what ?? 'this machine tells it neither by /proc nor by ps'}`,
  }
}
