import type {
  CallStore,
  EvidenceStore,
  Inbox,
  Journal,
  LogStore,
  NetworkStore,
  ReadStore,
  RegistryStore,
  RewardStore,
  SettleStore,
  UsageStore,
} from '../ports.ts'

/** All that is kept, by port. One adapter keeps it in PostgreSQL, one in memory; both pass the same contract suite. */
export type Store = {
  readonly network: NetworkStore
  readonly registry: RegistryStore
  readonly inbox: Inbox
  readonly evidence: EvidenceStore
  readonly usage: UsageStore
  readonly log: LogStore
  readonly calls: CallStore
  readonly settle: SettleStore
  readonly rewards: RewardStore
  readonly read: ReadStore
  readonly journal: Journal
  /** Ends all connections, and with them every lock held. */
  close(): Promise<void>
}
