import type { Readable } from 'node:stream'
import type { Address, DeviceKey } from '../devices/identity.ts'
import type { Envelope, Facts, Format } from '../devices/packet.ts'
import type { BasisPoints, Hex, Millis } from '../devices/units.ts'
import type { Header } from '../sdk/log/header.ts'
import type { Tile, TileId } from '../sdk/log/merkle.ts'
import type { LogRecord } from '../sdk/log/record.ts'
import type { Summary } from '../sdk/log/summary.ts'
import type { RefusalCode } from './errors.ts'

/*
 * What the stages need of the world. Adapters are picked in `main.ts` alone; each port has one contract suite that every adapter passes.
 */

export type Clock = { now(): Millis }
export type Rng = { bytes(length: number): Uint8Array }

/** Events with their fields, as pino writes them. error = someone must act, warn = heals itself, info = rare and worth reading. */
export type Log = Readonly<Record<'error' | 'warn' | 'info', (fields: object, message: string) => void>>

/** Bytes by path, such as `log/0/00000017/bodies`. What is published there never changes, but for a lane's `checkpoint`. */
export type Files = {
  /** Durable when it resolves, and whole or not at all. Writing a path again replaces it. */
  put(path: string, bytes: Uint8Array): Promise<void>
  get(path: string): Promise<Uint8Array | undefined>
  /** For what may be large. The stream MUST be read to its end or destroyed. */
  open(path: string): Promise<OpenFile | undefined>
}

/** A published file that is read piece by piece. */
export type OpenFile = { readonly bytes: number; readonly stream: Readable }

// ----------------------------------------------------------------------------------------------------------------- the network

/** Where a network's contracts are. No event of the network is older than `block`. */
export type Contracts = {
  readonly registry: Address
  readonly ledger: Address
  readonly rewards: Address
  readonly token: Address
  readonly block: bigint
}

/** The one network that a database belongs to. The nonce is noted before the first transaction leaves: it means the addresses. */
export type NetworkNote = {
  readonly chainId: number
  readonly deployer: Address
  readonly nonce: bigint
  /** Once all of them stand. */
  readonly contracts: Contracts | undefined
}

export type NetworkStore = {
  note(): Promise<NetworkNote | undefined>
  /** Notes the network of a database that has none; answers the one that stands, which may be another gateway's. */
  claim(note: Omit<NetworkNote, 'contracts'>): Promise<NetworkNote>
  complete(contracts: Contracts): Promise<void>
}

// ---------------------------------------------------------------------------------------------------------------- who is known

/**
 * How a device came into the registry, and never what it or its owner calls itself. `full`: its key signed the pairing, bound to this
 * network. `legacy`: a Pebble's confirm, which names no network. `attested`: its manufacturer signed in the device's stead.
 */
export type Grade = 'full' | 'legacy' | 'attested'

/** A device as the DeviceRegistry contract holds it. */
export type Registration = {
  readonly device: Address
  readonly key: DeviceKey
  readonly model: string
  /** H3 cell index that the owner declared, 0n for none. */
  readonly cell: bigint
  readonly owner: Address
  readonly term: number
  readonly grade: Grade
  /** Accepted no longer: its owner revoked the key on chain. */
  readonly revoked: boolean
  /** Block of the DeviceRegistry event that this is read from. */
  readonly block: bigint
}

/** Who is known, from memory: verify and CONNACK never wait for the chain or the database. */
export type Known = {
  byAddress(device: Address): Registration | undefined
  /**
   * Devices that may answer to a Pebble's IMEI: the one on the manufacturer's list, or those learned at pairing. No Pebble signs its IMEI, so
   * anybody's device may be among them: where there are several, only the signature says whose a packet is, and it may be a device that is
   * not among them. At most 16. Known does not mean paired.
   */
  byImei(imei: string): readonly Address[]
  /** An open proposal names the device: it is expected, though not paired. */
  isProposed(device: Address): boolean
}

/** Whose devices an operator takes: anyone's, those on the manufacturer's list, those that the manufacturer attested on chain. */
export type PairingPolicy = 'open' | 'listed' | 'attested'

/**
 * The side of pairing that a Pebble talks to, from memory. 0 = nobody proposed (say nothing), 1 = an owner proposed, 2 = paired. Whoever
 * claims an IMEI is told so too, so a paired device's owner is never named.
 */
export type PebbleDesk = {
  statusOf(imei: string): { readonly status: 0 | 1 | 2; readonly proposer?: Address }
  /** The device's signed Enter. Rejects only when it could not be looked at; a wrong one is the desk's to note. */
  confirm(imei: string, raw: Uint8Array): Promise<void>
}

/** An owner's signed wish to pair, until the chain says it is done. Fields as in the EIP-712 type `Pairing` of DeviceRegistry. */
export type Proposal = {
  readonly device: Address
  readonly imei: string | undefined
  readonly owner: Address
  readonly curve: DeviceKey['curve']
  readonly model: string
  readonly cell: bigint
  readonly nonce: bigint
  /** Unix seconds. */
  readonly deadline: bigint
  readonly ownerSignature: Hex
  /** The last owner's word, where the device needs one to pair again. Deadline in unix seconds. */
  readonly release: { readonly deadline: bigint; readonly signature: Hex } | undefined
  /** `proposed` waits for the device's own proof; `sent` waits for the chain. */
  readonly state: 'proposed' | 'sent' | 'paired' | 'failed'
  readonly detail: string
  readonly proposedAt: Millis
}

/** The registry as the gateway last saw it, and pairings under way. */
export type RegistryStore = {
  registrations(): Promise<readonly Registration[]>
  imeis(): Promise<ReadonlyMap<string, readonly Address[]>>
  /** Upserts what the chain said, and how far it was read (block number and hash), in one transaction. */
  learn(seen: { registrations: readonly Registration[]; block: bigint; blockHash: Hex }): Promise<void>
  /** How far the chain was read; undefined before the first time. */
  cursor(): Promise<{ block: bigint; blockHash: Hex } | undefined>
  /** One device more for that IMEI. */
  putImei(imei: string, device: Address): Promise<void>
  /** Upserts by device and owner. */
  putProposal(proposal: Proposal): Promise<void>
  proposals(): Promise<readonly Proposal[]>
  /** Drops at most `limit` that are paired or failed and whose deadline, in unix seconds, lies before; answers how many. */
  forgetProposals(before: bigint, limit: number): Promise<number>
}

// ------------------------------------------------------------------------------------------------------------------- the path

/** What came in, before anyone looked at it. */
export type Incoming = {
  /** Whom the transport says it is from: a device address, or `imei:<15 digits>`. Refusals are filed under it. */
  readonly source: string
  /** Whether the transport proved that: a session by a device's token did. Else nothing is held against the source but what it signed. */
  readonly isProven: boolean
  /**
   * Whether it comes by a session of a device that the registry knows: one with that device's token, or one that has sent a packet which was
   * accepted. All that is not shares a bounded part of the path.
   */
  readonly isRegistered: boolean
  /** Between whom room is shared fairly: a registered device's own address, or the network (`networksOf`) that a stranger sends from. */
  readonly party: string
  readonly framing: 'native' | 'pebble'
  readonly raw: Uint8Array
  readonly receivedAt: Millis
}

/** Lower quality, never acceptance. Stored and shown by name. */
export type Flag =
  | 'CLOCK_SKEWED'
  | 'NO_CLOCK'
  | 'NO_FIX'
  | 'IMPLAUSIBLE_SPEED'
  | 'STUCK_SENSOR'
  | 'OUT_OF_PHYSICAL_RANGE'
  | 'CELL_MISMATCH'
  | 'NO_READINGS'
  | 'UNKNOWN_MODEL'
  | 'OUT_OF_ORDER'
  | 'STALE'

export type Accepted = {
  readonly status: 'accepted'
  readonly envelope: Envelope
  readonly term: number
  readonly receivedAt: Millis
  readonly readings: number
  /** Time of the first and last reading. */
  readonly from: Millis
  readonly to: Millis
  readonly flags: readonly Flag[]
  readonly quality: BasisPoints
}

/**
 * What the registry says of a refusal's source. `device`: registered, and its session or signature proved that the packet is its own.
 * `named`: a registered device was named by someone who proved nothing. `stranger`: no registered device. Asked of the registry, never
 * guessed from a source's text: anyone can make a key, and so an address.
 */
export type Standing = 'device' | 'named' | 'stranger'

export type Refused = {
  readonly status: 'refused'
  readonly code: RefusalCode
  readonly facts: Facts
  readonly source: string
  readonly standing: Standing
  /** Known only once the packet could be opened. */
  readonly digest: Uint8Array | undefined
  readonly raw: Uint8Array
  readonly receivedAt: Millis
}

export type Verdict = Accepted | Refused

/** What became of a packet, durably. `ACCEPTED` for exactly one of any number of identical packets; the others are SEQUENCE_SEEN. */
export type Outcome = 'ACCEPTED' | RefusalCode

/** The whole path, as whoever feeds it sees it. */
export type Path = {
  /** Resolves once the outcome is durable; rejects when nothing may be acknowledged. Waits for room, fairly between parties. */
  submit(incoming: Incoming): Promise<Outcome>
  /** What is submitted now would wait: a socket SHOULD be paused until its packets are answered. */
  isFull(incoming: Pick<Incoming, 'isRegistered'>): boolean
}

/** Bytes of accepted packets of one owner's devices, on one day of UTC (days since 1970). */
export type DayUse = { readonly owner: Address; readonly day: number; readonly bytes: number }

/** What owners have had stored today, across restarts and gateways. */
export type UsageStore = {
  /** Adds to what is kept, in one commit, and resolves with the sums of those owners' days. Days before the newest of `uses` MAY be forgotten. */
  add(uses: readonly DayUse[]): Promise<readonly DayUse[]>
  of(day: number): Promise<readonly DayUse[]>
}

/** Whether a device's owner may have more stored today. From memory. */
export type Daily = {
  /** How long until then; undefined = now. */
  waitOf(device: Address): Millis | undefined
}

/** The hot path's store. */
export type Inbox = {
  /**
   * Stores verdicts, in order of the array, and resolves after the commit with what each became. An accepted verdict whose (device,
   * sequence) is taken comes back as SEQUENCE_SEEN or SEQUENCE_CONFLICT and is filed as that refusal. Safe to call again with the same
   * verdicts after a failure. Rejects when nothing is known to be stored: then nothing may be acknowledged.
   */
  append(verdicts: readonly Verdict[]): Promise<readonly Outcome[]>
}

/** What is kept of refusals, and how it ends. */
export type EvidenceStore = {
  /**
   * One bounded step: forgets evidence that is old, and folds counts that are (first to one row an hour, then to one row a day). Answers
   * whether more is left to do. Several gateways may call it at once; one of them works.
   */
  sweep(now: Millis): Promise<boolean>
  /** Bytes that evidence and counts take in the store: on disk, with indexes and what waits for vacuum. */
  bytes(): Promise<number>
}

// -------------------------------------------------------------------------------------------------------------------- the log

export type PendingRecord = LogRecord & { readonly term: number; readonly signature: Uint8Array }

/** The newest summary of a (device, term), and the batch it stands in. */
export type Totals = {
  readonly totalRecords: bigint
  readonly totalScore: bigint
  readonly lane: number
  readonly height: bigint
}

export const termKey = (device: Address, term: number): string => `${device}/${term}`

/** A closed batch, all its rows. `records[i]` has lane log index `header.from + i`; `summaries` are in the summary tree's order. */
export type Batch = {
  readonly header: Header
  readonly records: readonly PendingRecord[]
  readonly summaries: readonly Summary[]
  readonly tiles: readonly Tile[]
}

export type BatchState = 'cut' | 'sent' | 'settled'

export type BatchRow = {
  readonly header: Header
  readonly state: BatchState
  /** The settling transaction, from the moment it is sent. */
  readonly transaction: Hex | undefined
  readonly block: bigint | undefined
  readonly settledAt: Millis | undefined
}

/** What no batch holds yet: how much of it, and since when it waits. `oldest` is undefined where nothing does. */
export type Waiting = { readonly records: number; readonly oldest: Millis | undefined }

export type LogStore = {
  /** Of the lane, counted up to `limit`: asked many times a second, so nothing is read that a batch would need. */
  waiting(lane: number, limit: number): Promise<Waiting>
  /** Accepted packets of the lane that no batch holds yet, oldest first. `limit` bounds the answer. */
  pending(lane: number, limit: number): Promise<readonly PendingRecord[]>
  /** The lane's newest batch header; undefined for an empty lane. */
  head(lane: number): Promise<Header | undefined>
  /** Tiles as stored, widest first seen; missing ones reject. Order as asked. */
  tiles(lane: number, ids: readonly TileId[]): Promise<readonly Uint8Array[]>
  /** Keys made by `termKey`; terms that never had a record are absent. */
  totals(terms: readonly { device: Address; term: number }[]): Promise<ReadonlyMap<string, Totals>>
  /** Everything of a batch in one transaction, state `cut`. Rejects if the lane's head moved or a record is taken: nothing is written. */
  commit(batch: Batch): Promise<void>
  /** A batch as it was committed, in its order, so that its files can be written anew; undefined for none. */
  committed(lane: number, height: bigint): Promise<Omit<Batch, 'tiles'> | undefined>
  /** Runs `work` while holding the lane's lock across all gateways; resolves undefined at once if another holds it. */
  whileOwning<T>(lane: number, work: () => Promise<T>): Promise<T | undefined>
}

// ---------------------------------------------------------------------------------------------------------------- to the chain

/** A call that must happen once. `key` says which, such as `settle:0:17`: the same key is never sent as two transactions. */
export type Call = { readonly key: string; readonly to: Hex; readonly data: Hex; readonly gas: bigint }

export type CallState = 'queued' | 'sent' | 'mined' | 'reverted'

export type CallRow = Call & {
  readonly state: CallState
  readonly nonce: number | undefined
  /** Every signed form of it that may have left, oldest first; a fee bump adds one. */
  readonly attempts: readonly { readonly hash: Hex; readonly raw: Hex; readonly sentAt: Millis }[]
  readonly hash: Hex | undefined
  readonly block: bigint | undefined
  readonly gasUsed: bigint | undefined
}

/** What the one nonce owner remembers. */
export type CallStore = {
  /** Queues a call. A key that is queued, sent or mined already is left as it is; a reverted one is queued anew. */
  queue(call: Call): Promise<void>
  find(key: string): Promise<CallRow | undefined>
  /** Queued and sent calls, in nonce order, then in order of queueing. */
  open(): Promise<readonly CallRow[]>
  /** Stored before the transaction leaves, so a crash between the two leaves a hash to look up, never an unknown payment. */
  attempt(key: string, sent: { nonce: number; hash: Hex; raw: Hex; sentAt: Millis }): Promise<void>
  /** Mined or reverted for good, or back to `sent`/`queued` when the chain lost it. */
  finish(key: string, end: { state: CallState; hash?: Hex; block?: bigint; gasUsed?: bigint }): Promise<void>
  /** One past the highest nonce ever stored; undefined before the first. */
  nextNonce(): Promise<number | undefined>
}

/** Queues a call for the one nonce owner; ask later what became of it. */
export type Caller = {
  call(call: Call): Promise<void>
  outcome(key: string): Promise<CallRow | undefined>
}

export type SettleStore = {
  /** Batches not settled, lowest height first, at most `limit`. */
  unsettled(lane: number, limit: number): Promise<readonly BatchRow[]>
  batch(lane: number, height: bigint): Promise<BatchRow | undefined>
  /** Allowed moves only (see `gateway/settle/state.ts`); rejects others. */
  move(
    lane: number,
    height: bigint,
    to: { state: BatchState; transaction?: Hex; block?: bigint; settledAt?: Millis },
  ): Promise<void>
}

// --------------------------------------------------------------------------------------------------------------------- rewards

/** One term's line in an epoch: a term without records in it has none. */
export type Earning = {
  readonly device: Address
  readonly term: number
  readonly holder: Address
  /** Of the term's registration: some grades earn nothing. */
  readonly grade: Grade
  readonly records: bigint
  readonly score: bigint
  readonly weight: bigint
  /** Token base units, this epoch, and since registration. */
  readonly amount: bigint
  readonly cumulative: bigint
}

/** What a term added to the log between two places of it, with what it had earned before. */
export type Added = Pick<Earning, 'device' | 'term' | 'holder' | 'grade' | 'records' | 'score'> & {
  readonly earnedBefore: bigint
}

export type EpochState = 'computed' | 'proposed' | 'final'

export type Epoch = {
  readonly epoch: bigint
  /** Newest batch of each lane that counts, by lane. */
  readonly heights: readonly bigint[]
  readonly totalWeight: bigint
  /** Sum of what all epochs up to this one earned. */
  readonly totalEarned: bigint
  readonly weightsRoot: Uint8Array
  readonly earningsRoot: Uint8Array
  readonly state: EpochState
  readonly transaction: Hex | undefined
  /** In the order of both trees: sorted by (device, term). */
  readonly earnings: readonly Earning[]
  /** Roots of the earnings tree's runs of 32 lines: a line is proven from its run and these, however long the epoch is. */
  readonly runRoots: readonly Uint8Array[]
}

/** An epoch without its lines, of which there may be ten thousand: what they add up to stands in it. */
export type EpochHead = Omit<Epoch, 'earnings' | 'runRoots'> & {
  /** Lines of its trees. */
  readonly terms: number
  /** Lines with an amount, and the sum of all amounts: token base units. */
  readonly earners: number
  readonly earned: bigint
}

export type RewardStore = {
  /** Newest epoch, or newest in that state; undefined before the first. */
  latest(state?: EpochState): Promise<EpochHead | undefined>
  epoch(epoch: bigint): Promise<EpochHead | undefined>
  /** All lines of an epoch, in the order of both trees. Costs what the epoch holds: once an epoch, not once a step. */
  earnings(epoch: bigint): Promise<readonly Earning[]>
  /** Those not final yet, oldest first. */
  open(): Promise<readonly EpochHead[]>
  /** Keeps a computed epoch and its lines; the same number again replaces it whole. Numbers rise. */
  put(epoch: Epoch): Promise<void>
  /** The same epoch in another state; rejects where there is none. */
  move(epoch: bigint, to: { state: EpochState; transaction: Hex | undefined }): Promise<void>
  /**
   * Of a lane's settled batches above `afterHeight` with `closedAt` before `before`: when the first closed, and the last one's height. And whether
   * no unsettled batch has `closedAt` before it.
   */
  settledBefore(
    lane: number,
    afterHeight: bigint,
    before: Millis,
  ): Promise<{ firstClosedAt: Millis | undefined; last: bigint | undefined; isComplete: boolean }>
  /**
   * What each term added above the heights `from` up to the heights `to`, by lane, sorted by (device, term). Terms that added nothing are not in
   * it, so it costs what was added, not what ever was.
   */
  added(from: readonly bigint[], to: readonly bigint[]): Promise<readonly Added[]>
  /** Final epochs that earned something and are not known to be paid in full, oldest first. */
  unpaid(limit: number): Promise<readonly EpochHead[]>
  /** Its lines are all paid: `unpaid` names it no more. Rejects where there is no such epoch. */
  paid(epoch: bigint): Promise<void>
  /** What the RewardLedger said it paid. Idempotent by (device, term, cumulative). */
  putClaims(claims: readonly PaidClaim[]): Promise<void>
}

/** A payment of one line. `cumulative`: token base units paid to the term so far, this payment included. */
export type PaidClaim = {
  readonly epoch: bigint
  readonly device: Address
  readonly term: number
  readonly holder: Address
  readonly amount: bigint
  readonly cumulative: bigint
  readonly transaction: Hex
  readonly block: bigint
}

// ------------------------------------------------------------------------------------------------------------------------ read

/** An accepted packet as read back. Its readings are decoded from `raw`. */
export type StoredPacket = {
  readonly format: Format
  readonly device: Address
  readonly sequence: bigint
  readonly digest: Uint8Array
  readonly signature: Uint8Array
  readonly raw: Uint8Array
  readonly term: number
  readonly acceptedAt: Millis
  readonly readings: number
  readonly from: Millis
  readonly to: Millis
  readonly flags: readonly Flag[]
  readonly quality: BasisPoints
  /** Where it stands in the log; undefined until its batch is cut. */
  readonly log: { readonly lane: number; readonly index: bigint; readonly height: bigint } | undefined
}

export type DeviceRow = Registration & {
  readonly imei: string | undefined
  /** In the log, and the newest acceptance among them: what waits for the next batch is not counted yet. */
  readonly packets: bigint
  readonly lastSeenAt: Millis | undefined
}

export type RefusalRow = {
  readonly code: RefusalCode
  readonly facts: Facts
  readonly count: number
  readonly at: Millis
}

export type EarningRun = {
  /** Place of the run's first line in the tree. */
  readonly first: number
  readonly lines: readonly Earning[]
  readonly roots: readonly Uint8Array[]
}

/** What the REST surface asks. Pages hold at most `limit`; a cursor is what the last row sorts by. */
export type ReadStore = {
  devices(page: { after: Address | undefined; limit: number; owner?: Address }): Promise<readonly DeviceRow[]>
  device(device: Address): Promise<DeviceRow | undefined>
  /** Packets that overlap [from, to], by sequence. */
  packets(query: {
    device: Address
    from: Millis
    to: Millis
    after: bigint | undefined
    limit: number
  }): Promise<readonly StoredPacket[]>
  batches(page: { lane: number; below: bigint | undefined; limit: number }): Promise<readonly BatchRow[]>
  batch(lane: number, height: bigint): Promise<BatchRow | undefined>
  tiles: LogStore['tiles']
  /** Each status code and how often, accepted ones by their batch's closing time, refusals by arrival: `ACCEPTED` is one of them. */
  statusCounts(query: { source: string; from: Millis; to: Millis }): Promise<ReadonlyMap<Outcome, number>>
  refusals(query: { source: string; from: Millis; to: Millis; limit: number }): Promise<readonly RefusalRow[]>
  /** Newest first; all, or those in a state. */
  epochs(page: { below: bigint | undefined; limit: number; state?: EpochState }): Promise<readonly EpochHead[]>
  epoch(epoch: bigint): Promise<EpochHead | undefined>
  /** Lines of an epoch in the order of its trees, after a line; all, or one device's. */
  lines(page: {
    epoch: bigint
    device?: Address
    after: { device: Address; term: number } | undefined
    limit: number
  }): Promise<readonly Earning[]>
  /** What proves a line: its run of 32 in the epoch's tree, the run's first place, and the roots of all runs. Undefined where it has no such line. */
  run(epoch: bigint, line: { device: Address; term: number }): Promise<EarningRun | undefined>
  /** A device's lines in the epochs `from` to `to`, newest first. */
  history(query: {
    device: Address
    from: bigint
    to: bigint
    limit: number
  }): Promise<readonly (Earning & { readonly epoch: bigint })[]>
  claims(query: { device?: Address; term?: number; limit: number }): Promise<readonly PaidClaim[]>
  counts(): Promise<{ devices: number; packets: bigint; refused: bigint; batches: bigint; settled: bigint }>
  /** Since when the oldest thing waits: a packet to be cut, a batch to be settled, a sent call to be mined. Undefined for an empty queue. */
  oldest(lane: number): Promise<Readonly<Record<'cut' | 'settle' | 'calls', Millis | undefined>>>
}

/** Raw transactions of the embedded sub-chain, in the order it got them: what a killed anvil forgot is sent again from here. */
export type Journal = {
  append(transaction: { hash: Hex; raw: Hex }): Promise<void>
  /** What the chain did not take after all. */
  forget(hash: Hex): Promise<void>
  all(): AsyncIterable<{ hash: Hex; raw: Hex }>
}
