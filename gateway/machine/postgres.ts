import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import type { Millis } from '../../devices/units.ts'
import { Failure } from '../errors.ts'
import type { Log } from '../ports.ts'
import { databaseAccount } from './account.ts'
import { apart, endWithUs } from './guard.ts'
import { binariesFor } from './postgres-binaries.ts'
import { cleanEnvironment, DATABASE_USER, openCluster } from './postgres-cluster.ts'
import { type Home, homeOf } from './postgres-home.ts'
import { endLeftovers } from './postgres-leftovers.ts'

export type Postgres = {
  /** With user and password; stays the same for as long as this process runs, also when the server had to be started again. */
  readonly url: string
  /** Fast shutdown: open connections end, what is committed is on disk. */
  stop(): Promise<void>
  /** What a crash does to it; it is started again at once. */
  kill(): void
}

export type PostgresStart = {
  readonly dataDir: string
  readonly log: Pick<Log, 'info' | 'warn'>
  /** Where databases go whose data folder PostgreSQL's user cannot enter; /var/lib/cairn. */
  readonly elsewhere?: string
}

/** A recovery after a crash reads at most `max_wal_size` of log; a slow disk needs minutes for it. */
const LONGEST_START: Millis = 300_000
const LONGEST_STOP: Millis = 20_000
/** Its own log is for the rare look; it starts anew above this. */
const LOG_BYTES = 10_000_000

const options = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  // What "acknowledged means stored" rests on; the store asserts the first two again.
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  max_connections: '50',
  shared_buffers: '128MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  max_wal_size: '1GB',
  // One server without followers needs no more.
  wal_level: 'minimal',
  max_wal_senders: '0',
  // Containers have 64 MB of shared memory by default; parallel queries would ask for more.
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  log_min_messages: 'warning',
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

const urlOf = (port: number, password: string): string =>
  `postgresql://${DATABASE_USER}:${password}@127.0.0.1:${port}/postgres`

const openLog = (file: string): number => {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES) truncateSync(file)
  return openSync(file, 'a', 0o600)
}

const lastLines = (file: string): string => readFileSync(file, 'utf8').trimEnd().split('\n').slice(-3).join(' | ')

type Plan = { home: Home; program: string; cluster: string; password: string; logFile: string }

const launch = ({ home, program, cluster, logFile }: Plan, port: number): ChildProcess => {
  const flags = Object.entries({ ...options, port: String(port) }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  const log = openLog(logFile)
  const child = spawn(program, ['-D', cluster, ...flags], {
    cwd: home.dir,
    env: cleanEnvironment,
    stdio: ['ignore', log, log],
    // Its own session: the terminal's Ctrl-C is for the gateway, which stops it last.
    detached: apart,
    ...(home.account ? { uid: home.account.uid, gid: home.account.gid } : {}),
  })
  // 'exit' does not follow when the program cannot run at all.
  child.on('error', (error) => child.emit('exit', null, error.message))
  // Fast shutdown; immediate where that takes too long: the next start recovers.
  endWithUs(child, { ask: 'INT', force: 'QUIT' })
  closeSync(log)
  return child
}

const hasEnded = (child: ChildProcess): boolean =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null

const ended = async (child: ChildProcess): Promise<void> => {
  if (!hasEnded(child)) await once(child, 'exit')
}

/** SQLSTATEs by which PostgreSQL says that the password is wrong. */
const WRONG_PASSWORD = ['28P01', '28000']

/** True once it answers queries; false when it ended before. While it recovers it turns callers away, and we go on asking. */
const answers = async (child: ChildProcess, url: string): Promise<boolean> => {
  for (const until = performance.now() + LONGEST_START; performance.now() < until; await wait(20)) {
    if (hasEnded(child)) return false
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
    client.on('error', () => {})
    try {
      await client.connect()
      return true
    } catch (error) {
      if (WRONG_PASSWORD.includes((error as { code?: string }).code ?? '')) {
        throw new Failure('DATA_UNUSABLE', 'postgres.password in the data folder is not the password of its database')
      }
    } finally {
      await client.end().catch(() => {})
    }
  }
  return false
}

const shutDown = async (child: ChildProcess): Promise<void> => {
  if (hasEnded(child)) return
  child.kill('SIGINT')
  // Immediate when fast takes too long: the next start recovers, nothing committed is lost.
  const impatience = setTimeout(() => child.kill('SIGQUIT'), LONGEST_STOP)
  await ended(child)
  clearTimeout(impatience)
}

type Running = { child: ChildProcess; port: number }

/** Between choosing a free port and listening on it another program may take it: each try has a new one, unless `port` must stay. */
const run = async (plan: Plan, port?: number): Promise<Running> => {
  for (let tries = 0; tries < 3; tries++) {
    await endLeftovers(plan.cluster)
    const chosen = port ?? (await freePort())
    const child = launch(plan, chosen)
    try {
      if (await answers(child, urlOf(chosen, plan.password))) return { child, port: chosen }
    } catch (error) {
      await shutDown(child)
      throw error
    }
    await shutDown(child)
  }
  throw new Failure('DATA_UNUSABLE', `PostgreSQL in ${plan.cluster} does not start: ${lastLines(plan.logFile)}`)
}

const prepare = async (data: string, elsewhere?: string): Promise<Plan> => {
  try {
    const home = homeOf(data, databaseAccount(), elsewhere)
    const binaries = binariesFor(home.account, home.dir)
    const logFile = path.join(home.dataDir, 'postgres.log')
    const opened = await openCluster(home, binaries)
    return { home, program: path.join(binaries.dir, 'bin', 'postgres'), logFile, ...opened }
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    const { stderr, message } = cause as { stderr?: string; message: string }
    throw new Failure(
      'DATA_UNUSABLE',
      `no database in ${data}: ${(stderr || message).trim().split('\n').join(' | ')}`,
      {
        cause,
      },
    )
  }
}

/**
 * Starts this data folder's own PostgreSQL, made at the first start, and keeps it running: when it dies, it is started again on the same
 * port, and recovers what was committed. A server that a killed gateway left behind is ended first.
 *
 * The caller holds the data folder (`takeFolder`): two starts on one folder would end each other's server.
 */
export const startPostgres = async ({ dataDir, log, elsewhere }: PostgresStart): Promise<Postgres> => {
  const plan = await prepare(dataDir, elsewhere)
  let running = await run(plan)
  let isStopping = false
  const supervise = async (): Promise<void> => {
    for (let pause = 100; ; pause = Math.min(pause * 2, 10_000)) {
      await ended(running.child)
      if (isStopping) return
      log.warn({ exit: running.child.exitCode, signal: running.child.signalCode }, 'database died, starting it again')
      try {
        running = await run(plan, running.port)
        pause = 100
        log.info({ port: running.port }, 'database runs again')
      } catch (error) {
        log.warn({ err: error, nextTryMs: pause }, 'database does not start')
        await wait(pause)
      }
      if (isStopping) await shutDown(running.child)
    }
  }
  const supervising = supervise()
  return {
    url: urlOf(running.port, plan.password),
    stop: async () => {
      isStopping = true
      await shutDown(running.child)
      await supervising
    },
    kill: () => {
      running.child.kill('SIGKILL')
    },
  }
}
