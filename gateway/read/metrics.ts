import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Millis } from '../../devices/units.ts'
import { refusals } from '../errors.ts'
import type { Outcome, Path, ReadStore } from '../ports.ts'

/** What the gateway counts, for whoever runs it. Names end in their unit. */
export type Metrics = {
  readonly registry: Registry
  /** The same path, counted by outcome and by time to the outcome. */
  counted(path: Path): Path
  /** From a batch's closing to the block that settled it. */
  settled(took: Millis): void
  answered(request: {
    readonly route: string
    readonly method: string
    readonly status: number
    readonly took: Millis
  }): void
}

/** Seconds: a PUBACK has 0.1, a settlement some seconds to minutes. */
const QUICK = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]
const SLOW = [0.5, 1, 2, 5, 10, 15, 30, 60, 300, 1_800]

/** Labels are a closed list: a path that is no route is `none`, and HTTP knows thirty methods more. */
const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'OPTIONS'])

/** `counts` is read when Prometheus asks. One registry per gateway, so that two in one process do not mix. */
export const openMetrics = (counts: ReadStore['counts'], now: () => Millis): Metrics => {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })

  const accepted = new Counter({ name: 'packets_accepted_total', help: 'Packets stored and acknowledged', registers })
  const refused = new Counter({
    name: 'packets_refused_total',
    help: 'Packets refused, by code',
    labelNames: ['code'],
    registers,
  })
  // From the start at 0, so that the first refusal is a rise that an alert can see.
  for (const code of Object.keys(refusals)) refused.inc({ code }, 0)
  const verdict = new Histogram({
    name: 'packet_outcome_duration_seconds',
    help: 'From a packet’s arrival to its durable outcome',
    buckets: QUICK,
    registers,
  })
  const settle = new Histogram({
    name: 'settle_duration_seconds',
    help: 'From a batch’s closing to its settlement',
    buckets: SLOW,
    registers,
  })
  const http = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Requests by route',
    labelNames: ['route'],
    buckets: QUICK,
    registers,
  })
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests by route, method and status',
    labelNames: ['route', 'method', 'status'],
    registers,
  })
  countRows(counts, registers)

  const count = (outcome: Outcome, took: Millis): void => {
    if (outcome === 'ACCEPTED') accepted.inc()
    else refused.inc({ code: outcome })
    verdict.observe(took / 1_000)
  }

  return {
    registry,
    counted: (path) => ({
      isFull: (incoming) => path.isFull(incoming),
      submit: async (incoming) => {
        const outcome = await path.submit(incoming)
        count(outcome, Math.max(0, now() - incoming.receivedAt))
        return outcome
      },
    }),
    settled: (took) => settle.observe(took / 1_000),
    answered: ({ route, method, status, took }) => {
      http.observe({ route }, took / 1_000)
      requests.inc({ route, method: methods.has(method) ? method : 'other', status })
    },
  }
}

/** Rows by state, as the database has them; a database that is away leaves the last numbers and fails no scrape. */
const countRows = (counts: ReadStore['counts'], registers: Registry[]): void => {
  const devices = new Gauge({ name: 'devices', help: 'Devices in the registry', registers })
  const batches = new Gauge({
    name: 'batches',
    help: 'Batches by state',
    labelNames: ['state'],
    registers,
    collect: async () => {
      const rows = await counts().catch(() => undefined)
      if (!rows) return
      devices.set(rows.devices)
      batches.set({ state: 'settled' }, Number(rows.settled))
      batches.set({ state: 'unsettled' }, Number(rows.batches - rows.settled))
    },
  })
}
