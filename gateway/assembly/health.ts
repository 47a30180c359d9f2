import type { PublicClient } from 'viem'
import type { Millis } from '../../devices/units.ts'
import type { Health } from '../read/api.ts'
import type { Store } from '../store/store.ts'
import { clock, LANE } from './ground.ts'

const part = async <T>(ask: Promise<T>): Promise<{ ok: true; value: T } | { ok: false; detail: string }> => {
  try {
    return { ok: true, value: await ask }
  } catch (error) {
    // The first line alone: what follows may hold a URL.
    return { ok: false, detail: (error as Error).message.split('\n')[0] ?? 'failed' }
  }
}

const age = (since: Millis | undefined): Millis => (since === undefined ? 0 : Math.max(0, clock.now() - since))

const queuesOf = async (store: Store): Promise<Health['queues']> => {
  const { cut, settle, calls } = await store.read.oldest(LANE)
  return { cut: age(cut), settle: age(settle), calls: age(calls) }
}

/** Asks the database and the chain, and looks how long the oldest thing has waited in each queue. */
export const healthOf = async (store: Store, client: PublicClient): Promise<Health> => {
  const [queues, block] = await Promise.all([part(queuesOf(store)), part(client.getBlockNumber())])
  return {
    database: queues.ok ? { ok: true } : queues,
    chain: block.ok ? { ok: true, block: block.value } : block,
    queues: queues.ok ? queues.value : { cut: 0, settle: 0, calls: 0 },
  }
}
