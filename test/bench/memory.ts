import { setTimeout as wait } from 'node:timers/promises'
import { memoryOf, partsOf } from './machine.ts'
import { type Measured, median } from './report.ts'
import type { Say, Stand } from './stand.ts'

const REST = 8
const SAMPLES = 5

/** What a gateway holds that has started and has nothing to do. Run it before anything else meets the gateway. */
export const measureMemory = async (stand: Stand, say: Say): Promise<readonly Measured[]> => {
  const gateway = await stand.gateway()
  say(`letting it rest for ${REST} s`)
  await wait(REST * 1_000)
  const samples: Record<string, number>[] = []
  for (let sample = 0; sample < SAMPLES; sample++) {
    const parts = Object.entries(partsOf(gateway.pid))
    samples.push(
      Object.fromEntries(parts.map(([name, pids]) => [name, pids.reduce((sum, pid) => sum + memoryOf(pid), 0)])),
    )
    await wait(1_000)
  }
  return Object.keys(samples[0] ?? {}).map((name) => ({
    what: `memory at rest: ${name}`,
    value: median(samples.map((sample) => sample[name] ?? 0)),
    unit: 'MB',
    note:
      name === 'gateway'
        ? `${REST} s after start, no devices, TypeScript by tsx; Pss, so shared pages count once`
        : 'its processes together',
  }))
}
