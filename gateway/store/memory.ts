import { EVIDENCE_PER_HOUR } from './evidence-budget.ts'
import { memoryCalls } from './memory/calls.ts'
import type { Data } from './memory/data.ts'
import { memoryEvidence } from './memory/evidence.ts'
import { memoryInbox } from './memory/inbox.ts'
import { memoryLog } from './memory/log.ts'
import { memoryNetwork } from './memory/network.ts'
import { memoryRead } from './memory/read.ts'
import { memoryRegistry } from './memory/registry.ts'
import { memoryRewards } from './memory/rewards.ts'
import { memorySettle } from './memory/settle.ts'
import { memoryUsage } from './memory/usage.ts'
import { openSlots } from './refusal-slots.ts'
import type { Store } from './store.ts'

export const emptyData = (evidencePerHour = EVIDENCE_PER_HOUR): Data => ({
  network: undefined,
  devices: new Map(),
  terms: new Map(),
  imeis: new Map(),
  proposals: new Map(),
  cursor: undefined,
  packets: new Map(),
  evidence: new Map(),
  counts: new Map(),
  evidenceUse: new Map(),
  ownerBytes: new Map(),
  slots: openSlots(evidencePerHour),
  batches: new Map(),
  tiles: new Map(),
  summaries: [],
  owned: new Set(),
  calls: new Map(),
  highestNonce: undefined,
  epochs: new Map(),
  paidEpochs: new Set(),
  claims: new Map(),
  journal: new Map(),
})

/** Everything in memory, for tests: the same answers as PostgreSQL's, and nothing survives. */
export const memoryStore = (data: Data = emptyData()): Store => ({
  network: memoryNetwork(data),
  registry: memoryRegistry(data),
  inbox: memoryInbox(data),
  evidence: memoryEvidence(data),
  usage: memoryUsage(data),
  log: memoryLog(data),
  calls: memoryCalls(data),
  settle: memorySettle(data),
  rewards: memoryRewards(data),
  read: memoryRead(data),
  journal: {
    append: async ({ hash, raw }) => {
      if (!data.journal.has(hash)) data.journal.set(hash, raw)
    },
    forget: async (hash) => {
      data.journal.delete(hash)
    },
    all: async function* () {
      for (const [hash, raw] of data.journal) yield { hash, raw }
    },
  },
  close: async () => {},
})
