import { utf8ToBytes } from '@noble/hashes/utils.js'
import { type CheckpointKey, originOf, signCheckpoint } from '../../sdk/log/checkpoint.ts'
import type { Header } from '../../sdk/log/header.ts'
import type { Batch, Files, LogStore } from '../ports.ts'
import { checkpointPath, filesOf, headerPath } from './layout.ts'

export type PublishPorts = {
  readonly store: LogStore
  readonly files: Files
  /** The operator's Ed25519 key, and the network id that names the log. */
  readonly checkpointKey: CheckpointKey & { readonly network: Uint8Array }
}

const checkpointOf = ({ lane, size, root }: Header, key: PublishPorts['checkpointKey']): Uint8Array =>
  utf8ToBytes(signCheckpoint({ origin: originOf(key.network, lane), size, root }, key))

/** Writes a committed batch's files, the header last. Same batch, same bytes: writing them twice changes nothing. */
export const publish = async ({ files, checkpointKey }: PublishPorts, batch: Omit<Batch, 'tiles'>): Promise<void> => {
  for (const [path, bytes] of filesOf(batch)) await files.put(path, bytes)
  await files.put(checkpointPath(batch.header.lane), checkpointOf(batch.header, checkpointKey))
}

const isSame = (a: Uint8Array | undefined, b: Uint8Array): boolean =>
  a?.length === b.length && b.every((byte, at) => byte === a[at])

/** Heights that the database holds and the files lack. Batches are published in order, so the search ends at the first that is there. */
const unpublished = async (files: Files, head: Header): Promise<readonly bigint[]> => {
  const heights: bigint[] = []
  for (let height = head.height; height > 0n; height--) {
    if (await files.get(headerPath(head.lane, height))) break
    heights.unshift(height)
  }
  return heights
}

/**
 * Writes what a crash between commit and publishing left out, lowest batch first, so that a second crash leaves no gap. With an empty
 * folder it writes the whole lane anew. Call it while owning the lane.
 */
export const republishOwned = async (ports: PublishPorts, head: Header): Promise<void> => {
  const { store, files } = ports
  for (const height of await unpublished(files, head)) {
    const batch = await store.committed(head.lane, height)
    if (!batch) throw new RangeError(`lane ${head.lane} has a head at ${head.height} but no batch ${height}`)
    await publish(ports, batch)
  }
  const [path, note] = [checkpointPath(head.lane), checkpointOf(head, ports.checkpointKey)]
  if (!isSame(await files.get(path), note)) await files.put(path, note)
}

/** At start: mends the published files of a lane, unless another gateway owns it and does so itself. */
export const republish = async (ports: PublishPorts, lane: number): Promise<void> => {
  await ports.store.whileOwning(lane, async () => {
    const head = await ports.store.head(lane)
    if (head) await republishOwned(ports, head)
  })
}
