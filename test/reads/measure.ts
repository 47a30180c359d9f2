import { fork } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { seconds } from '../../devices/units.ts'
import { folderFiles } from '../../gateway/log/files.ts'
import { httpByDefault } from '../../gateway/read/limits.ts'
import { openStore } from '../../gateway/store/postgres.ts'
import { openReadGateway } from '../support/read-gateway.ts'
import { cpuOf } from './cpu.ts'
import { questionsFor } from './questions.ts'
import { type Size, seedReads } from './seed.ts'

/** What one answer may cost, of the gateway and its database together. */
export const BUDGET_MS = 20

/** As many at once as once stopped the gateway. */
const AT_ONCE = 14

export type Cost = {
  readonly question: string
  /** Milliseconds of CPU for each of them. */
  readonly cpu: number
  /** For the first ones, all together: what is made once and then kept is in it. */
  readonly first: number
  readonly bytes: number
  readonly statuses: Readonly<Record<string, number>>
}

/** A batch's largest file: 65,536 records. */
const LARGEST_FILE = 65_536 * 76

const openReader = () => {
  const child = fork(fileURLToPath(new URL('./reader.mjs', import.meta.url)), { execArgv: [] })
  return {
    read: async (url: string, count: number): Promise<Pick<Cost, 'bytes' | 'statuses'>> => {
      child.send({ url, count, atOnce: AT_ONCE })
      const [done] = await once(child, 'message')
      if (done.error) throw new Error(`${url}: ${done.error}`)
      return done
    },
    end: () => child.disconnect(),
  }
}

/** Asks every route its dearest questions over a seeded database, and tells what each answer cost. */
export const measureReads = async (
  databaseUrl: string,
  size: Size,
  { count = 56, tell = () => {} }: { readonly count?: number; readonly tell?: (cost: Cost) => void } = {},
): Promise<readonly Cost[]> => {
  const places = await seedReads(databaseUrl, size)
  const folder = await mkdtemp(path.join(tmpdir(), 'cairn-reads-'))
  const files = folderFiles(folder)
  await files.put('log/0/00000001/bodies', new Uint8Array(LARGEST_FILE))
  await files.put('log/0/checkpoint', new Uint8Array(200))
  const store = await openStore(databaseUrl)
  let now = 0
  const gateway = await openReadGateway(store, files, {
    // What is shared for a second is made anew for every question.
    clock: {
      now: () => {
        now += seconds(2)
        return now
      },
    },
    health: async () => ({
      database: { ok: true },
      chain: { ok: true },
      queues: { ...noWait(await store.read.oldest(0)) },
    }),
    // What is measured is an answer's cost, so nobody is refused.
    limits: {
      reads: { burst: 1e9, perSecond: 1e9 },
      underWay: { ...httpByDefault.underWay, waiting: 2 * AT_ONCE },
    },
  })
  const watcher = new pg.Client({ connectionString: databaseUrl })
  await watcher.connect()
  const cpu = cpuOf(watcher)
  const reader = openReader()
  const costs: Cost[] = []
  try {
    for (const question of questionsFor(gateway.routes, { size, ...places, file: '/log/0/00000001/bodies' })) {
      // What is made once for all comes before, and so do the database's connections.
      const start = await cpu()
      await reader.read(gateway.url + question, AT_ONCE)
      const before = await cpu()
      const told = await reader.read(gateway.url + question, count)
      const cost = { question, cpu: ((await cpu()) - before) / count, first: before - start, ...told }
      tell(cost)
      costs.push(cost)
    }
    return costs
  } finally {
    reader.end()
    await watcher.end()
    await gateway.stop()
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const noWait = ({ cut, settle, calls }: Readonly<Record<'cut' | 'settle' | 'calls', number | undefined>>) => ({
  cut: cut ?? 0,
  settle: settle ?? 0,
  calls: calls ?? 0,
})

/** What failed: too dear, or not answered at all. */
export const tooDear = (costs: readonly Cost[]): readonly string[] =>
  costs.flatMap(({ question, cpu, statuses }) => {
    const isServed = Object.keys(statuses).every((status) => !/^(429|5\d\d)$/.test(status))
    if (!isServed) return [`${question}: ${JSON.stringify(statuses)}`]
    return cpu > BUDGET_MS ? [`${question}: ${cpu.toFixed(1)} ms`] : []
  })
