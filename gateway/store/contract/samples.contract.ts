import { createHash } from 'node:crypto'
import type { Address } from '../../../devices/identity.ts'
import type { Hex, Millis } from '../../../devices/units.ts'
import type { Header } from '../../../sdk/log/header.ts'
import type { Tile } from '../../../sdk/log/merkle.ts'
import type { Accepted, Batch, Earning, Epoch, PendingRecord, Proposal, Refused, Registration } from '../../ports.ts'
import type { Store } from '../store.ts'

/** Rows for the contract suites; a test names only what it is about. */

export const T0: Millis = Date.UTC(2025, 10, 23, 12)

const hash = (text: string): Uint8Array => new Uint8Array(createHash('sha256').update(text).digest())
const hex = (text: string, bytes = 32): Hex =>
  `0x${Buffer.from(hash(text))
    .toString('hex')
    .slice(0, 2 * bytes)}`

export const bytes32 = (name: string): Uint8Array => hash(name)
export const hash32 = (name: string): Hex => hex(name)
/** Sorted as numbered, for fewer than 65,536 of them. */
export const address = (n: number): Address => `0x${n.toString(16).padStart(4, '0')}${hex(String(n), 18).slice(2)}`

type AcceptedFacts = Partial<Omit<Accepted, 'status' | 'envelope'>> & {
  readonly device?: Address
  readonly sequence?: bigint | number
  /** Another content under the same sequence. */
  readonly content?: string
}

export const accepted = ({
  device = address(1),
  sequence = 1,
  content = '',
  ...rest
}: AcceptedFacts = {}): Accepted => {
  const name = `${device}/${sequence}/${content}`
  const at = rest.receivedAt ?? T0
  return {
    status: 'accepted',
    envelope: {
      format: 'cose-es256k',
      device,
      sequence: BigInt(sequence),
      digest: hash(name),
      signature: new Uint8Array([...hash(`${name} r`), ...hash(`${name} s`)]),
      payload: new Uint8Array(),
      kind: 'data',
      raw: Buffer.from(`packet ${name}`),
    },
    term: 1,
    receivedAt: at,
    readings: 1,
    from: at - 1_000,
    to: at,
    flags: [],
    quality: 10_000,
    ...rest,
  }
}

/** `content` makes it a packet that could be opened. */
export const refused = ({ content, ...rest }: Partial<Refused> & { readonly content?: string } = {}): Refused => ({
  status: 'refused',
  code: 'BAD_SIGNATURE',
  facts: {},
  source: address(1),
  standing: 'device',
  digest: content === undefined ? undefined : hash(content),
  raw: Buffer.from(content ?? 'rubbish'),
  receivedAt: T0,
  ...rest,
})

export const registration = (rest: Partial<Registration> = {}): Registration => ({
  device: address(1),
  key: { curve: 'secp256k1', publicKey: new Uint8Array([...hash('x'), ...hash('y')]) },
  model: 'tracker-1',
  cell: 0n,
  owner: address(900),
  term: 1,
  grade: 'full',
  revoked: false,
  block: 1n,
  ...rest,
})

export const proposal = (rest: Partial<Proposal> = {}): Proposal => ({
  device: address(1),
  imei: undefined,
  owner: address(900),
  curve: 'p256',
  model: 'pebble-gravel',
  cell: 0n,
  nonce: 0n,
  deadline: 1_800_000_000n,
  ownerSignature: `0x${'ab'.repeat(65)}`,
  release: undefined,
  state: 'proposed',
  detail: '',
  proposedAt: T0,
  ...rest,
})

const byDeviceAndSequence = (a: PendingRecord, b: PendingRecord): number =>
  a.device === b.device ? Number(a.sequence - b.sequence) : a.device < b.device ? -1 : 1

const header = (head: Header | undefined, records: number, closedAt: Millis): Header => {
  const height = (head?.height ?? 0n) + 1n
  const name = `batch ${height}`
  return {
    lane: head?.lane ?? 0,
    height,
    from: head?.size ?? 0n,
    size: (head?.size ?? 0n) + BigInt(records),
    root: hash(`${name} root`),
    witnessRoot: hash(`${name} witness`),
    summaryRoot: hash(`${name} summary`),
    dataHash: hash(`${name} data`),
    layoutVersion: 1,
    closedAt,
  }
}

/** A batch of all that is pending, one term per device, with totals carried on; its hashes are made up. */
export const nextBatch = async (
  store: Store,
  { closedAt = T0, tiles = [] }: { closedAt?: Millis; tiles?: readonly Tile[] } = {},
): Promise<Batch> => {
  const head = await store.log.head(0)
  const records = (await store.log.pending(0, 10_000)).toSorted(byDeviceAndSequence)
  const next = header(head, records.length, closedAt)
  const totals = await store.log.totals(records)
  const starts = records.flatMap((record, n) => (records[n - 1]?.device === record.device ? [] : [n]))
  const summaries = starts.map((start, n) => {
    const run = records.slice(start, starts[n + 1])
    const { device, term } = run[0] as PendingRecord
    const earlier = totals.get(`${device}/${term}`)
    const first = next.from + BigInt(start)
    return {
      device,
      term,
      first,
      end: first + BigInt(run.length),
      totalRecords: (earlier?.totalRecords ?? 0n) + BigInt(run.length),
      totalScore: (earlier?.totalScore ?? 0n) + run.reduce((sum, { quality }) => sum + BigInt(quality), 0n),
      previousLane: earlier?.lane ?? 0,
      previousHeight: earlier?.height ?? 0n,
    }
  })
  return { header: next, records, summaries, tiles }
}

/** Commits a batch of all that is pending and settles it. */
export const settleNext = async (store: Store, closedAt: Millis): Promise<Batch> => {
  const batch = await nextBatch(store, { closedAt })
  await store.log.commit(batch)
  await store.settle.move(0, batch.header.height, { state: 'sent', transaction: hash32('tx') })
  await store.settle.move(0, batch.header.height, { state: 'settled', block: 5n, settledAt: closedAt + 1 })
  return batch
}

export const earning = (rest: Partial<Earning> = {}): Earning => ({
  device: address(1),
  term: 1,
  holder: address(900),
  grade: 'full',
  records: 1n,
  score: 10_000n,
  weight: 10_000n,
  amount: 1n,
  cumulative: 1n,
  ...rest,
})

export const epoch = (rest: Partial<Epoch> = {}): Epoch => ({
  epoch: 1n,
  heights: [1n],
  totalWeight: 10_000n,
  totalEarned: 1n,
  weightsRoot: hash('weights'),
  earningsRoot: hash('earnings'),
  state: 'computed',
  transaction: undefined,
  earnings: [earning()],
  runRoots: [hash('run')],
  ...rest,
})
