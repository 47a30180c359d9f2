import { sha256 } from '@noble/hashes/sha2.js'
import type { Millis } from '../../devices/units.ts'
import type { Header } from '../../sdk/log/header.ts'
import { type Hash, leafHash, rootOf, type Tile } from '../../sdk/log/merkle.ts'
import { encodeRecord } from '../../sdk/log/record.ts'
import { encodeSummary, type Summary } from '../../sdk/log/summary.ts'
import { encodeWitness } from '../../sdk/log/witness.ts'
import { type Batch, type PendingRecord, type Totals, termKey, type Waiting } from '../ports.ts'
import { bodiesFile } from './layout.ts'

/** One lane as it began; reshaping lanes raises it (design.md §6). */
const LAYOUT_VERSION = 1

/** When a batch is closed: as soon as it is full, or when its oldest record has waited long enough. */
export type CutLimits = { readonly maxRecords: number; readonly maxAge: Millis }

export const isDue = ({ records, oldest }: Waiting, limits: CutLimits, now: Millis): boolean =>
  // A clock that was set back would else keep its records waiting until it has caught up.
  oldest !== undefined && (records >= limits.maxRecords || now - oldest >= limits.maxAge || now < oldest)

const compare = <T extends string | bigint | number>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0)

/** Addresses are lower-case hexadecimal of one length: their order as text is the order of their bytes. */
const byDeviceAndSequence = (a: PendingRecord, b: PendingRecord): number =>
  compare(a.device, b.device) || compare(a.sequence, b.sequence)

/**
 * Which of the pending records the next batch takes, in the log's order: sorted by (device, sequence), and of each device one term alone,
 * its lowest. A batch with two terms of one device could mix them by sequence, and then a summary's range would hold another term's
 * records. The rest waits for the next batch.
 */
export const recordsOfNext = (pending: readonly PendingRecord[]): readonly PendingRecord[] => {
  const lowest = new Map<string, number>()
  for (const { device, term } of pending) lowest.set(device, Math.min(term, lowest.get(device) ?? term))
  return pending.filter(({ device, term }) => term === lowest.get(device)).toSorted(byDeviceAndSequence)
}

/** Records hashed in one go, for some 2 ms: 4,096 at once would keep every PUBACK waiting for 50. */
const TURN = 256

/** Hashes each record, and lets others run in between. */
const hashesOf = async (
  records: readonly PendingRecord[],
  hash: (record: PendingRecord) => Hash,
): Promise<readonly Hash[]> => {
  const hashes: Hash[] = []
  for (let from = 0; from < records.length; from += TURN) {
    if (from > 0) await new Promise((resume) => setImmediate(resume))
    hashes.push(...records.slice(from, from + TURN).map(hash))
  }
  return hashes
}

export const leafHashesOf = (records: readonly PendingRecord[]): Promise<readonly Hash[]> =>
  hashesOf(records, (record) => leafHash(encodeRecord(record)))

const witnessRootOf = async (records: readonly PendingRecord[]): Promise<Hash> =>
  rootOf(await hashesOf(records, (record) => leafHash(encodeWitness(encodeRecord(record), record.signature))))

const summaryRootOf = (summaries: readonly Summary[]): Hash =>
  rootOf(summaries.map((summary) => leafHash(encodeSummary(summary))))

/** What every record of a run, that is of one (device, term), has in common. */
type Run = { readonly first: bigint; readonly records: readonly PendingRecord[] }

const runsOf = (records: readonly PendingRecord[], from: bigint): readonly Run[] => {
  const starts = records.flatMap(({ device }, at) => (records[at - 1]?.device === device ? [] : [at]))
  return starts.map((start, run) => ({
    first: from + BigInt(start),
    records: records.slice(start, starts[run + 1] ?? records.length),
  }))
}

const summaryOf = ({ first, records }: Run, totals: ReadonlyMap<string, Totals>): Summary => {
  const { device, term } = records[0] as PendingRecord
  const before = totals.get(termKey(device, term))
  const count = BigInt(records.length)
  return {
    device,
    term,
    first,
    end: first + count,
    totalRecords: (before?.totalRecords ?? 0n) + count,
    totalScore: (before?.totalScore ?? 0n) + records.reduce((sum, { quality }) => sum + BigInt(quality), 0n),
    previousLane: before?.lane ?? 0,
    previousHeight: before?.height ?? 0n,
  }
}

/** What a batch is closed with: the lane as it stood, its grown log, and the totals of the terms in it. */
export type Closing = {
  readonly lane: number
  readonly head: Header | undefined
  /** As `recordsOfNext` chose and sorted them. */
  readonly records: readonly PendingRecord[]
  readonly totals: ReadonlyMap<string, Totals>
  readonly grown: { readonly size: bigint; readonly root: Hash; readonly tiles: readonly Tile[] }
  readonly now: Millis
}

/** The batch, whole: same input, same bytes. Its time never lies before the batch before it, whatever the clock does. */
export const closeBatch = async ({ lane, head, records, totals, grown, now }: Closing): Promise<Batch> => {
  const from = head?.size ?? 0n
  const summaries = runsOf(records, from).map((run) => summaryOf(run, totals))
  const header: Header = {
    lane,
    height: (head?.height ?? 0n) + 1n,
    from,
    size: grown.size,
    root: grown.root,
    witnessRoot: await witnessRootOf(records),
    summaryRoot: summaryRootOf(summaries),
    dataHash: sha256(bodiesFile(records)),
    layoutVersion: LAYOUT_VERSION,
    closedAt: Math.max(now, head?.closedAt ?? 0),
  }
  return { header, records, summaries, tiles: grown.tiles }
}
