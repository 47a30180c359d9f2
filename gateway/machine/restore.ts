import type { Address } from '../../devices/identity.ts'
import type { Hex } from '../../devices/units.ts'
import type { Journal, Log } from '../ports.ts'
import type { AnvilRpc } from './anvil-rpc.ts'
import type { BlockJournal, SealedBlock } from './block-journal.ts'
import { mineAt } from './sealer.ts'
import { headerAt, rootNow, sealedOf, type Tip, tipNow } from './tip.ts'
import { readTransaction } from './transaction.ts'
import type { Waiting } from './waiting.ts'

export type RestorePorts = {
  readonly rpc: AnvilRpc
  readonly blocks: BlockJournal
  readonly journal: Journal
  readonly waiting: Waiting
  readonly chainId: number
  /** Accounts that have gas money from the beginning. */
  readonly funded: readonly Address[]
  /** anvil found no dump to go on from. */
  readonly isFresh: boolean
  readonly log: Log
}

/** A million coins, once: a settlement costs some 10^14 base units, so it lasts for billions of them. */
const FUNDS = 10n ** 24n

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

const give = async (rpc: AnvilRpc, accounts: readonly Address[]): Promise<void> => {
  for (const account of accounts) await rpc.demand('anvil_setBalance', [account, `0x${FUNDS.toString(16)}`])
}

/**
 * Whether what anvil loaded from its dump is a beginning of what was sealed, with the state that its newest block names, and nothing else.
 *
 * A gateway that was killed between making a block and writing it down left one block more: taken, if all in it was journaled. If the whole
 * block journal is lost, all blocks of the dump are taken so.
 */
const isBeginning = async ({ rpc, blocks, journal, isFresh }: RestorePorts): Promise<boolean> => {
  const newest = await headerAt(rpc, 'latest')
  // From a dump of block 0, anvil gives block 1 another base fee than from nothing: it would never be made again.
  if (newest.number === 0) return isFresh
  const known = blocks.blocks.length
  // Money was given after this block: whether before or after the dump, its root does not tell.
  if (blocks.fundedAfter(newest.number).length > 0 || (await rootNow(rpc)) !== newest.stateRoot) return false
  const shared = Math.min(known, newest.number)
  if (shared > 0 && blocks.blocks[shared - 1]?.hash !== (await headerAt(rpc, shared)).hash) return false
  if (newest.number <= known) return true
  if (known > 0 && newest.number > known + 1) return false
  const more: (SealedBlock & { hash: Hex })[] = []
  for (let number = known + 1; number <= newest.number; number++) more.push(sealedOf(await headerAt(rpc, number)))
  const hashes = more.flatMap(({ transactions }) => transactions)
  if ((await rawOf(journal, new Set(hashes))).size !== hashes.length) return false
  for (const block of more) await blocks.seal(block)
  return true
}

/**
 * Makes the blocks again that are not in the chain. False at the first one that comes out otherwise.
 *
 * Made from nothing, a block with another hash than was written down says that the state had been changed before it was made: what comes out
 * now is right.
 */
const remake = async ({ rpc, blocks, journal, log }: RestorePorts): Promise<boolean> => {
  const head = (await headerAt(rpc, 'latest')).number
  const missing = blocks.blocks.slice(head)
  const raws = await rawOf(journal, new Set(missing.flatMap((block) => block.transactions)))
  const made: SealedBlock[] = blocks.blocks.slice(0, head)
  for (const block of missing) {
    await give(rpc, blocks.fundedAfter(block.number - 1))
    await offer(
      rpc,
      block.transactions.flatMap((hash) => raws.get(hash) ?? []),
    )
    const again = await mineAt(rpc, block.timestamp)
    const isOther = block.hash !== undefined && block.hash !== again.hash
    if (!isSame(again, block) || (isOther && head > 0)) return false
    if (isOther && made.every((each, index) => each.hash === blocks.blocks[index]?.hash))
      log.error({ code: 'SUBCHAIN_TAMPERED', block: block.number }, 'sub-chain had other state than its journal makes')
    made.push(sealedOf(again))
  }
  if (made.some(({ hash }, index) => hash !== blocks.blocks[index]?.hash)) await blocks.remade(made)
  return true
}

/** Money for those who never had any: after the newest block, once, and written down. */
const fundNew = async ({ rpc, blocks, funded }: RestorePorts): Promise<void> => {
  const { number } = await headerAt(rpc, 'latest')
  await give(rpc, blocks.fundedAfter(number))
  const given = blocks.fundedAfter()
  const missing = funded.filter((account) => !given.includes(account))
  if (missing.length === 0) return
  await blocks.fund(missing, number)
  await give(rpc, missing)
}

/** How many open transactions are offered in one request. */
const CHUNK = 200

/** Offers what was journaled and is in no block yet, in the order it came. What does not fit any more is forgotten. */
const offerOpen = async ({ rpc, blocks, journal, waiting, chainId }: RestorePorts): Promise<number> => {
  let offered = 0
  let chunk: { hash: Hex; raw: Hex }[] = []
  const flush = async (): Promise<void> => {
    const answers = await offer(
      rpc,
      chunk.map(({ raw }) => raw),
    )
    for (const [index, answer] of answers.entries()) {
      const { hash, raw } = chunk[index] ?? {}
      if (!hash) continue
      const transaction = readTransaction(raw, chainId)
      // A nonce that is used by now, mostly: the same call with another fee was the one that got in.
      if ('error' in answer || !transaction) await journal.forget(hash)
      else waiting.add(transaction)
    }
    offered += chunk.length
    chunk = []
  }
  for await (const entry of journal.all()) {
    if (blocks.isSealed(entry.hash)) continue
    if (blocks.isRefused(entry.hash)) await journal.forget(entry.hash)
    else chunk.push(entry)
    if (chunk.length === CHUNK) await flush()
  }
  if (chunk.length > 0) await flush()
  return offered
}

/**
 * Brings the chain from anvil's last dump to where it was: the same blocks with the same times, then what had not got into one.
 *
 * Undefined when the dump does not fit what was sealed (anvil does not write it atomically, and somebody may have changed the state before it
 * was written): then the caller starts from an empty chain.
 */
export const restore = async (ports: RestorePorts): Promise<Tip | undefined> => {
  const { rpc, blocks, funded, log } = ports
  // Of an earlier version, which gave the money at every start: from now on it is there from the beginning.
  if (blocks.fundedAfter().length === 0 && funded.length > 0) await blocks.fund(funded, 0)
  if (!(await isBeginning(ports))) return undefined
  const before = (await headerAt(rpc, 'latest')).number
  if (!(await remake(ports))) return undefined
  await fundNew(ports)
  const tip = await tipNow(rpc)
  const offered = await offerOpen(ports)
  const remade = blocks.blocks.length - before
  if (remade + offered > 0) log.info({ blocks: remade, transactions: offered }, 'sub-chain restored from the journal')
  return tip
}
