import { setTimeout as wait } from 'node:timers/promises'
import { createPublicClient, http } from 'viem'
import { readLane } from '../../chain/client.ts'
import { decodeRecord, RECORD_BYTES } from '../../sdk/log/record.ts'
import { benchDevice } from './load/packets.ts'
import { dueOf } from './load/plan.ts'
import { readMetrics } from './metrics.ts'
import { type Measured, percentile } from './report.ts'
import type { Loaded, Say, Stand } from './stand.ts'

const PER_SECOND = 100
const SECONDS = 40
/** How often the chain is asked; half of it is the error of each time, towards longer. */
const LOOK_EVERY = 100
const SETTLED_WITHIN = 120_000

/** Heights of the lane with the unix ms at which the chain was first seen to have them. */
type Sightings = ReadonlyMap<bigint, number>

const watchLane = async (stand: Stand) => {
  const { rpcUrl } = await stand.gateway()
  const { ledger } = (await stand.fleet()).network
  const client = createPublicClient({ transport: http(rpcUrl) })
  const seen = new Map<bigint, number>()
  let isOver = false
  let size = 0n
  let newest = (await readLane(client, ledger, 0)).height
  const watching = (async () => {
    while (!isOver) {
      const lane = await readLane(client, ledger, 0)
      const now = Date.now()
      for (; newest < lane.height; ) seen.set(++newest, now)
      size = lane.size
      await wait(LOOK_EVERY)
    }
  })()
  return {
    size: () => Number(size),
    stop: async (): Promise<Sightings> => {
      isOver = true
      await watching
      return seen
    },
  }
}

/** When each packet was seen settled, by `device sequence`, from the published batches. */
const settledAt = async (url: string, sightings: Sightings): Promise<ReadonlyMap<string, number>> => {
  const found = new Map<string, number>()
  for (const [height, at] of sightings) {
    const response = await fetch(`${url}/log/0/${String(height).padStart(8, '0')}/bodies`)
    if (!response.ok) throw new Error(`batch ${height} is settled and not published: ${response.status}`)
    const bodies = new Uint8Array(await response.arrayBuffer())
    for (let from = 0; from < bodies.length; from += RECORD_BYTES) {
      const { device, sequence } = decodeRecord(bodies.subarray(from, from + RECORD_BYTES))
      found.set(`${device} ${sequence}`, at)
    }
  }
  return found
}

/** ms from the moment each packet was due to be published until the chain had it. */
const latenciesOf = ({ plan, result }: Loaded, settled: ReadonlyMap<string, number>): readonly number[] => {
  const addresses = Array.from({ length: plan.devices }, (_, at) => benchDevice(plan.seed, at).address)
  const from = PER_SECOND * plan.warmUp
  return Array.from({ length: PER_SECOND * SECONDS }, (_, n) => {
    const { device, sequence, due } = dueOf(plan, PER_SECOND, from + n)
    const at = settled.get(`${addresses[device]} ${sequence}`)
    if (at === undefined) throw new Error(`packet ${sequence} of ${addresses[device]} was never settled`)
    return at - (result.startedAt + due)
  })
}

/** Resolves when all that was accepted is on the chain. */
const untilSettled = async (lane: { size(): number }, accepted: number, say: Say): Promise<void> => {
  for (let waited = 0; lane.size() < accepted; waited += LOOK_EVERY) {
    if (waited > SETTLED_WITHIN) throw new Error(`${accepted - lane.size()} accepted packets were not settled in time`)
    say(`${lane.size()} of ${accepted} packets settled`)
    await wait(LOOK_EVERY)
  }
}

/** How long after its publishing a packet is on the chain, with the demo's settings: batches of 5 s. */
export const measureSettleLatency = async (stand: Stand, say: Say): Promise<readonly Measured[]> => {
  const { url } = await stand.gateway()
  await stand.fleet()
  const lane = await watchLane(stand)
  try {
    const pace = { kind: 'open', perSecond: PER_SECOND } as const
    const loaded = await stand.load({ pace, warmUp: 2, seconds: SECONDS }, () => {})
    await untilSettled(lane, (await readMetrics(url)).get('packets_accepted_total') ?? 0, say)
    const sightings = await lane.stop()
    const latencies = Float64Array.from(latenciesOf(loaded, await settledAt(url, sightings))).sort()
    const inSeconds = (share: number): number => percentile(latencies, share) / 1_000
    const note = `${latencies.length} packets at ${PER_SECOND}/s in ${sightings.size} batches of 5 s; p50 ${inSeconds(0.5).toFixed(1)} s, worst ${inSeconds(1).toFixed(1)} s`
    return [{ what: 'publish → settled: p95', value: inSeconds(0.95), unit: 's', target: { most: 15 }, note }]
  } finally {
    await lane.stop()
  }
}
