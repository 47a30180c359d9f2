import type { Header } from '../../sdk/log/header.ts'
import { append } from '../../sdk/log/merkle.ts'
import type { Clock } from '../ports.ts'
import { type CutLimits, closeBatch, isDue, leafHashesOf, recordsOfNext } from './cut.ts'
import { type PublishPorts, publish, republishOwned } from './publish.ts'

export type LogPorts = PublishPorts & { readonly clock: Clock }

export type BatchLimits = CutLimits & { readonly lane: number }

/**
 * Closes one batch of the lane and publishes it, if one is due. Undefined when nothing is due or another gateway owns the lane.
 *
 * A batch is committed before it is published, and nothing is committed above an unpublished batch: after a crash or a full disk the next
 * call first writes the files that are missing.
 */
export const cutBatch = (ports: LogPorts, limits: BatchLimits): Promise<Header | undefined> =>
  ports.store.whileOwning(limits.lane, () => cutOwned(ports, limits))

const cutOwned = async (ports: LogPorts, { lane, ...limits }: BatchLimits): Promise<Header | undefined> => {
  const { store, clock } = ports
  if (!isDue(await store.waiting(lane, limits.maxRecords), limits, clock.now())) return undefined
  const pending = await store.pending(lane, limits.maxRecords)
  const now = clock.now()
  const head = await store.head(lane)
  if (head) await republishOwned(ports, head)
  const records = recordsOfNext(pending)
  const readTiles = (ids: Parameters<typeof store.tiles>[1]) => store.tiles(lane, ids)
  const grown = await append(readTiles, head?.size ?? 0n, await leafHashesOf(records))
  const batch = await closeBatch({ lane, head, records, totals: await store.totals(records), grown, now })
  await store.commit(batch)
  await publish(ports, batch)
  return batch.header
}
