import type { Address } from '../../../devices/identity.ts'
import type { Hex } from '../../../devices/units.ts'
import type { Summary } from '../../../sdk/log/summary.ts'
import type {
  Accepted,
  BatchRow,
  CallRow,
  DayUse,
  Earning,
  Epoch,
  NetworkNote,
  Proposal,
  ReadStore,
  Registration,
} from '../../ports.ts'
import type { Count, Evidence, Slots } from '../refusal-slots.ts'

export type Claim = Awaited<ReturnType<ReadStore['claims']>>[number]

export type Packet = {
  readonly accepted: Accepted
  readonly lane: number
  /** Its place in the log, once its batch is cut. */
  log: { readonly index: bigint; readonly height: bigint } | undefined
}

export type LoggedSummary = Summary & { readonly lane: number; readonly height: bigint }

/** What the tables hold. Several stores on the same data are several gateways on one database. */
export type Data = {
  network: NetworkNote | undefined
  readonly devices: Map<Address, Registration>
  /** By `termKey`. */
  readonly terms: Map<string, Pick<Earning, 'holder' | 'grade'>>
  readonly imeis: Map<string, Set<Address>>
  /** By device and owner. */
  readonly proposals: Map<string, Proposal>
  cursor: { readonly block: bigint; readonly blockHash: Hex } | undefined
  /** By device and sequence. */
  readonly packets: Map<string, Packet>
  readonly evidence: Map<string, Evidence>
  readonly counts: Map<string, Count>
  /** Bytes given of each hour, by hour and class. */
  readonly evidenceUse: Map<string, number>
  readonly slots: Slots
  /** By day and owner. */
  readonly ownerBytes: Map<string, DayUse>
  /** By lane, in order of height: height 1 is first. */
  readonly batches: Map<number, BatchRow[]>
  readonly tiles: Map<string, Uint8Array>
  readonly summaries: LoggedSummary[]
  readonly owned: Set<number>
  /** In order of queueing. */
  readonly calls: Map<string, CallRow>
  highestNonce: number | undefined
  readonly epochs: Map<bigint, Epoch>
  readonly paidEpochs: Set<bigint>
  readonly claims: Map<string, Claim>
  readonly journal: Map<Hex, Hex>
}

export const byKey =
  <T>(key: (row: T) => string | number | bigint) =>
  (a: T, b: T): number =>
    key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0

export const packetKey = (device: Address, sequence: bigint): string => `${device}/${sequence}`
