import { createHash } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Address } from '../../devices/identity.ts'
import { hours, minutes } from '../../devices/units.ts'
import { startPostgres } from '../../gateway/machine/postgres.ts'
import type { Accepted, Refused, Verdict } from '../../gateway/ports.ts'
import { EVIDENCE_PER_HOUR } from '../../gateway/store/evidence-budget.ts'
import { migrate } from '../../gateway/store/migrate.ts'
import { openStore } from '../../gateway/store/postgres.ts'
import type { Store } from '../../gateway/store/store.ts'
import { type Measured, median, percentile } from './report.ts'
import type { Say, Stand } from './stand.ts'

/*
 * What a flood of strangers leaves on disk, and what its commits cost those who share them: a real PostgreSQL, and nothing before the store.
 */

/** Rows of one commit, as many as the pipeline puts in at most. */
const GROUP = 512
/** Of the flood's hour, one a minute and a burst at its start. */
const COMMITS = 120
const ACCEPTED_COMMITS = 60

const START = Date.UTC(2026, 10, 25, 12)

const hash = (text: string): Uint8Array => new Uint8Array(createHash('sha256').update(text).digest())
const address = (name: string): Address => `0x${Buffer.from(hash(name)).toString('hex').slice(0, 40)}`

/** A packet of a key that was made for it. */
const stranger = (n: number, receivedAt: number): Refused => ({
  status: 'refused',
  code: 'MALFORMED',
  facts: { reason: 'not a COSE_Sign1', at: n % 100 },
  source: address(`stranger ${n}`),
  standing: 'stranger',
  digest: undefined,
  raw: Buffer.concat(Array.from({ length: 16 }, (_, part) => hash(`${n} ${part}`))),
  receivedAt,
})

const accepted = (n: number, receivedAt: number): Accepted => ({
  status: 'accepted',
  envelope: {
    format: 'cose-es256k',
    device: address(`device ${n % 100}`),
    sequence: BigInt(n),
    digest: hash(`packet ${n}`),
    signature: new Uint8Array(64),
    payload: new Uint8Array(),
    kind: 'data',
    raw: Buffer.concat(Array.from({ length: 8 }, (_, part) => hash(`${n} ${part}`))),
  },
  term: 1,
  receivedAt,
  readings: 1,
  from: receivedAt,
  to: receivedAt,
  flags: [],
  quality: 10_000,
})

type Commits = {
  readonly took: readonly number[] /** Microseconds of this process's CPU, each row. */
  readonly cpu: number
}

const commit = async ({ inbox }: Store, groups: Iterable<readonly Verdict[]>): Promise<Commits> => {
  const took: number[] = []
  let [cpu, rows] = [0, 0]
  for (const group of groups) {
    const [began, before] = [performance.now(), process.cpuUsage()]
    await inbox.append(group)
    const { user, system } = process.cpuUsage(before)
    took.push(performance.now() - began)
    cpu += user + system
    rows += group.length
  }
  return { took, cpu: cpu / rows }
}

const groupsOf = <T>(count: number, row: (n: number, group: number) => T): readonly (readonly T[])[] =>
  Array.from({ length: count }, (_, group) => Array.from({ length: GROUP }, (_, n) => row(group * GROUP + n, group)))

const openHere = async (stand: Stand): Promise<Store> => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'cairn-bench-'))
  stand.keep(async () => rmSync(dataDir, { recursive: true, force: true }))
  chmodSync(dataDir, 0o755)
  const postgres = await startPostgres({ dataDir, log: { info: () => {}, warn: () => {} } })
  stand.keep(() => postgres.stop())
  await migrate(postgres.url)
  const store = await openStore(postgres.url)
  stand.keep(() => store.close())
  return store
}

export const measureEvidence = async (stand: Stand, say: Say): Promise<readonly Measured[]> => {
  const store = await openHere(stand)
  const before = await store.evidence.bytes()
  say('accepting packets')
  const honest = await commit(
    store,
    groupsOf(ACCEPTED_COMMITS, (n) => accepted(n, START)),
  )
  say('an hour of keys made on the spot')
  const minuteOf = (group: number) => Math.max(0, group - COMMITS / 2)
  const flood = await commit(
    store,
    groupsOf(COMMITS, (n, group) => stranger(n, START + minutes(minuteOf(group)))),
  )
  const bytes = (await store.evidence.bytes()) - before
  const { refused } = await store.read.counts()
  say('sweeping')
  const began = performance.now()
  while (await store.evidence.sweep(START + hours(24 * 8))) say('sweeping on')
  const ms = (took: readonly number[]) =>
    `p50 ${median([...took]).toFixed(1)} ms, p99 ${percentile(
      took.toSorted((a, b) => a - b),
      0.99,
    ).toFixed(0)} ms`
  return [
    {
      what: 'evidence: kept of an hour’s flood of made-up keys',
      value: bytes / 2 ** 20,
      unit: 'MB',
      target: { most: EVIDENCE_PER_HOUR / 2 ** 20 },
      note: `on disk with indexes; ${COMMITS * GROUP} packets, as many sources, ${refused} counted`,
    },
    {
      what: `evidence: commit of ${GROUP} refusals, each of another source`,
      value: median([...flood.took]),
      unit: 'ms',
      note: `${ms(flood.took)}; ${flood.cpu.toFixed(1)} µs of the gateway’s CPU a refusal`,
    },
    {
      what: `evidence: commit of ${GROUP} accepted packets`,
      value: median([...honest.took]),
      unit: 'ms',
      note: `${ms(honest.took)}; ${honest.cpu.toFixed(1)} µs of the gateway’s CPU a packet`,
    },
    {
      what: 'evidence: sweep of what the flood left',
      value: performance.now() - began,
      unit: 'ms',
      note: 'eight days later',
    },
  ]
}
