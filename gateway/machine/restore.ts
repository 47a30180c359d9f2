import type { Hex } from '../../devices/units.ts'
import type { Journal, Log } from '../ports.ts'
import type { AnvilRpc } from './anvil-rpc.ts'
import type { BlockJournal, SealedBlock } from './block-journal.ts'
import { blockAt, mineAt } from './sealer.ts'

type Ports = { readonly rpc: AnvilRpc; readonly blocks: BlockJournal; readonly journal: Journal; readonly log: Log }

const isSame = (a: SealedBlock, b: SealedBlock): boolean =>
  a.number === b.number && a.timestamp === b.timestamp && a.transactions.join() === b.transactions.join()

/** The journaled transactions with these hashes. */
const rawOf = async (journal: Journal, wanted: ReadonlySet<Hex>): Promise<ReadonlyMap<Hex, Hex>> => {
  const found = new Map<Hex, Hex>()
  if (wanted.size === 0) return found
  for await (const { hash, raw } of journal.all()) if (wanted.has(hash)) found.set(hash, raw)
  return found
}

const offer = (rpc: AnvilRpc, raws: readonly Hex[]) =>
  rpc.askAll(raws.map((raw) => ({ method: 'eth_sendRawTransaction', params: [raw] })))

/** What anvil loaded from its last dump is a beginning of what was sealed; blocks that were sealed but not written down are written down. */
const isBeginning = async (rpc: AnvilRpc, blocks: BlockJournal): Promise<boolean> => {
  const newest = await blockAt(rpc, 'latest')
  for (let number = blocks.blocks.length + 1; number <= newest.number; number++)
    await blocks.seal(await blockAt(rpc, number))
  const sealed = blocks.blocks[newest.number - 1]
  return newest.number === 0 || (sealed !== undefined && isSame(newest, sealed))
}

/** Makes the blocks again that are not in the chain. False at the first one that comes out otherwise. */
const remake = async ({ rpc, blocks, journal }: Ports): Promise<boolean> => {
  const head = (await blockAt(rpc, 'latest')).number
  const missing = blocks.blocks.slice(head)
  const raws = await rawOf(journal, new Set(missing.flatMap((block) => block.transactions)))
  for (const block of missing) {
    await offer(
      rpc,
      block.transactions.flatMap((hash) => raws.get(hash) ?? []),
    )
    if (!isSame(await mineAt(rpc, block.timestamp), block)) return false
  }
  return true
}

/** How many open transactions are offered in one request. */
const CHUNK = 200

/** Offers what was journaled and is in no block yet, in the order it came. */
const offerOpen = async ({ rpc, blocks, journal }: Ports): Promise<number> => {
  let offered = 0
  let chunk: { hash: Hex; raw: Hex }[] = []
  const flush = async (): Promise<void> => {
    const answers = await offer(
      rpc,
      chunk.map(({ raw }) => raw),
    )
    for (const [index, answer] of answers.entries()) {
      const hash = chunk[index]?.hash
      // A nonce that is used by now, mostly: the same call with another fee was the one that got in.
      if (hash && 'error' in answer) await blocks.refuse(hash)
    }
    offered += chunk.length
    chunk = []
  }
  for await (const entry of journal.all()) {
    if (blocks.isSealed(entry.hash) || blocks.isRefused(entry.hash)) continue
    chunk.push(entry)
    if (chunk.length === CHUNK) await flush()
  }
  if (chunk.length > 0) await flush()
  return offered
}

/**
 * Brings the chain from anvil's last dump to where it was: the same blocks with the same times, then what had not got into one.
 *
 * False when the dump does not fit what was sealed (anvil does not write it atomically): then the caller starts from an empty chain.
 */
export const restore = async (ports: Ports): Promise<boolean> => {
  const { rpc, blocks, log } = ports
  if (!(await isBeginning(rpc, blocks))) return false
  const before = (await blockAt(rpc, 'latest')).number
  if (!(await remake(ports))) return false
  const offered = await offerOpen(ports)
  const remade = blocks.blocks.length - before
  if (remade + offered > 0) log.info({ blocks: remade, transactions: offered }, 'sub-chain restored from the journal')
  return true
}
