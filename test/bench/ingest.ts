import { cpus } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { createPublicClient, http } from 'viem'
import { readLane } from '../../chain/client.ts'
import { countCpu, inCores, partsOf } from './machine.ts'
import { readMetrics } from './metrics.ts'
import type { Measured } from './report.ts'
import type { Loaded, Say, Stand } from './stand.ts'

/** Below the quota of 20, with room for a stall: what waits then comes at once, and 16 are within a full bucket. */
const PACE = { kind: 'closed', window: 8, perDevice: 18 } as const
const SETTLED_WITHIN = 120_000

type Cpu = Readonly<Record<string, number>>

/** What kept it from being more. */
const boundOf = (rate: number, offered: number, cpu: Cpu): string => {
  if (rate > 0.95 * offered) return `the devices’ own pace (${offered}/s), not the gateway`
  if ((cpu.gateway ?? 0) > 0.85) return 'the gateway’s one thread'
  if (Object.keys(cpu).length === 0) return 'something: only Linux tells who took the cores'
  const all = Object.values(cpu).reduce((sum, cores) => sum + cores, 0)
  return all > 0.9 * cpus().length ? 'this machine’s cores, all taken' : 'waiting, for the disk or between processes'
}

/** Outcomes by code since `before`, those that happened. */
const outcomesSince = (before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>) =>
  [...after]
    .filter(([sample]) => /^packets_(accepted|refused)_total/.test(sample))
    .map(([sample, value]): [string, number] => [
      sample.match(/"(.+)"/)?.[1] ?? 'ACCEPTED',
      value - (before.get(sample) ?? 0),
    ])
    .filter(([, count]) => count > 0)

/** Resolves with how many records the chain has once it has `records`, or when it is given up. */
const settledRecords = async (stand: Stand, records: number, say: Say): Promise<number> => {
  const { rpcUrl } = await stand.gateway()
  const { ledger } = (await stand.fleet()).network
  const client = createPublicClient({ transport: http(rpcUrl) })
  for (let waited = 0; ; waited += 500) {
    const { size } = await readLane(client, ledger, 0)
    if (Number(size) >= records || waited >= SETTLED_WITHIN) return Number(size)
    say(`${size} of ${records} acknowledged packets are settled`)
    await wait(500)
  }
}

type Run = {
  readonly loaded: Loaded
  readonly cpu: Cpu
  readonly outcomes: readonly (readonly [string, number])[]
  readonly total: number
}

const run = async (stand: Stand): Promise<Run> => {
  await stand.fleet()
  const gateway = await stand.gateway()
  const before = await readMetrics(gateway.url)
  let taken: ReturnType<typeof countCpu> | undefined
  let cpu: Cpu = {}
  const loaded = await stand.load({ pace: PACE, warmUp: 4, seconds: 12 }, (said, pid) => {
    if (said === 'begin') taken = countCpu(() => ({ ...partsOf(gateway.pid), load: [pid] }))
    if (said === 'end') cpu = taken?.() ?? {}
  })
  const after = await readMetrics(gateway.url)
  return { loaded, cpu, outcomes: outcomesSince(before, after), total: after.get('packets_accepted_total') ?? 0 }
}

/**
 * Packets that are verified, fsynced and acknowledged in a second, end to end, the load generator on the same machine; log, settlement and
 * rewards run as always meanwhile. Every PUBACK is then looked for behind the gateway: counted as accepted, and settled on the chain.
 */
export const measureIngest = async (stand: Stand, say: Say): Promise<readonly Measured[]> => {
  const { loaded, cpu, outcomes, total } = await run(stand)
  const { result, plan } = loaded
  const rate = result.acknowledgedInSpan / result.spanSeconds
  const accepted = outcomes.find(([code]) => code === 'ACCEPTED')?.[1] ?? 0
  const settled = await settledRecords(stand, total, say)
  const { latency } = result
  return [
    {
      what: 'ingest: durable verified packets, QoS 1',
      value: rate,
      unit: '/s',
      target: { least: 2_000 },
      note: `${plan.devices} devices × ${PACE.window} in flight, ${result.spanSeconds} s; bounded by ${boundOf(rate, plan.devices * PACE.perDevice, cpu)}; cores: ${inCores(cpu)}`,
    },
    {
      what: 'ingest: acknowledged, and not accepted',
      value: result.acknowledged - accepted,
      unit: '',
      target: { most: 0 },
      note: `of ${result.acknowledged}: ${outcomes.map(([code, count]) => `${code} ${count}`).join(', ')}; PUBACK p50 ${latency.p50.toFixed(0)} ms, p99 ${latency.p99.toFixed(0)} ms`,
    },
    {
      what: 'ingest: accepted, and not settled',
      value: total - settled,
      unit: '',
      target: { most: 0 },
      note: `records on chain against packets accepted since the gateway’s start, ${total}`,
    },
  ]
}
