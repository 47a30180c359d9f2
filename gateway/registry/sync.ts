import type { Registration, RegistryStore } from '../ports.ts'
import type { RegistryChain, RegistryEvent } from './chain.ts'
import { type Folded, fold } from './fold.ts'
import type { KnownDevices, Mark } from './known.ts'

export type SyncPorts = {
  readonly chain: RegistryChain
  readonly store: RegistryStore
  readonly known: KnownDevices
  /** Blocks on top of what is read. */
  readonly confirmations: bigint
}

/** IoTeX refuses wider `eth_getLogs`, and other public nodes do too. */
export const MAX_BLOCKS = 2_000n

/**
 * Reads the next blocks of DeviceRegistry's events; answers whether there was anything to read. Safe to call again after any failure.
 *
 * Where the chain no longer holds the block read last (a reorganisation, an older dump), the registry is read anew from its deployment:
 * the store keeps each device's newest state only, so nothing less could tell what the lost blocks had changed.
 */
export const syncOnce = async (ports: SyncPorts): Promise<boolean> => {
  const { chain, known, confirmations } = ports
  const top = (await chain.height()) - confirmations
  if (top < chain.deployedAt) return false
  const { cursor } = known
  if (!cursor) return readNext(ports, chain.deployedAt, top)
  if (cursor.block === top && (await isStillThere(chain, cursor))) return false
  if (!(await isStillThere(chain, cursor)) || hasLeftovers(known, cursor.block, top)) return readAnew(ports, top)
  return readNext(ports, cursor.block + 1n, top)
}

const isStillThere = async (chain: RegistryChain, mark: Mark): Promise<boolean> =>
  (await chain.hashOf(mark.block)) === mark.blockHash

/** Known from blocks that were lost, and that the chain has now grown past again: what they said has to be seen anew or forgotten. */
const hasLeftovers = (known: KnownDevices, cursor: bigint, top: bigint): boolean =>
  known.newestBlock > cursor && known.all().some(({ block }) => block > cursor && block <= top)

const readNext = async (ports: SyncPorts, from: bigint, top: bigint): Promise<boolean> => {
  const { chain, store, known } = ports
  const to = lastOf(from, top)
  const seen = await readRange(chain, from, to)
  if (!seen) return true
  const folded = fold((device) => known.byAddress(device), seen.events)
  await learn({ store, known }, [...folded.values()], seen.mark)
  return true
}

const readAnew = async (ports: SyncPorts, top: bigint): Promise<boolean> => {
  const { chain, store, known } = ports
  let folded: Folded = new Map()
  let mark: Mark | undefined
  for (let from = chain.deployedAt; from <= top; from = lastOf(from, top) + 1n) {
    const seen = await readRange(chain, from, lastOf(from, top))
    if (!seen) return true
    folded = new Map([...folded, ...fold((device) => folded.get(device), seen.events)])
    mark = seen.mark
  }
  if (mark) await learn({ store, known }, judge(known.all(), folded, top), mark)
  return true
}

/**
 * What to believe after the registry was read anew up to `top`.
 *
 * A device known from a block above `top` is left as it is: the chain (or the node that answered) may just be catching up, and a packet
 * refused meanwhile would be lost. A device that no block up to `top` knows any more is accepted no longer.
 */
export const judge = (known: readonly Registration[], folded: Folded, top: bigint): readonly Registration[] => {
  const ahead = new Set(known.filter(({ block }) => block > top).map(({ device }) => device))
  const gone = known.filter(({ device, block }) => block <= top && !folded.has(device))
  return [
    ...[...folded.values()].filter(({ device }) => !ahead.has(device)),
    ...gone.map((registration) => ({ ...registration, revoked: true })),
  ]
}

const learn = async (
  { store, known }: Pick<SyncPorts, 'store' | 'known'>,
  registrations: readonly Registration[],
  mark: Mark,
): Promise<void> => {
  await store.learn({ registrations, ...mark })
  known.learn(registrations, mark)
}

const lastOf = (from: bigint, top: bigint): bigint => (from + MAX_BLOCKS - 1n < top ? from + MAX_BLOCKS - 1n : top)

/** Undefined where the chain changed while it was read; the next round sees it whole. */
const readRange = async (
  chain: RegistryChain,
  from: bigint,
  to: bigint,
): Promise<{ readonly events: readonly RegistryEvent[]; readonly mark: Mark } | undefined> => {
  const before = await chain.hashOf(to)
  const events = await chain.events(from, to)
  const after = await chain.hashOf(to)
  return before && before === after ? { events, mark: { block: to, blockHash: before } } : undefined
}
