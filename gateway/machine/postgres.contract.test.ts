import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { descendantsNamed } from '../../test/support/gateway-process.ts'
import { type Postgres, startPostgres } from './postgres.ts'
import { binariesFor, copyBinaries } from './postgres-binaries.ts'

const isRoot = process.getuid?.() === 0
const log = { info: () => {}, warn: () => {} }

let dir: string
const running: Postgres[] = []

const start = async (dataDir: string, elsewhere?: string): Promise<Postgres> => {
  const postgres = await startPostgres({ dataDir, log, ...(elsewhere ? { elsewhere } : {}) })
  running.push(postgres)
  return postgres
}

const stop = async (): Promise<void> => {
  await Promise.all(running.splice(0).map((postgres) => postgres.stop()))
}

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'cairn-postgres-'))
  chmodSync(dir, 0o755)
})
afterEach(async () => {
  await stop()
  rmSync(dir, { recursive: true, force: true })
})

const query = async (url: string, sql: string) => {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/** Asks until it answers; the test's own time limit is the end of patience. */
const until = async <T>(ask: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await ask()
    } catch {
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

const program = (dataDir: string): string => `
import { startPostgres } from ${JSON.stringify(pathToFileURL(path.join(import.meta.dirname, 'postgres.ts')).href)}
const postgres = await startPostgres({ dataDir: ${JSON.stringify(dataDir)}, log: { info() {}, warn() {} } })
console.log(postgres.url)
setInterval(() => {}, 1e6)
process.on('SIGTERM', async () => { await postgres.stop(); process.exit() })`

/** Another process that starts the server; answers its address. */
const startElsewhere = async (dataDir: string, as: { uid?: number; gid?: number } = {}) => {
  const args = ['--import', 'tsx', '--input-type=module', '-e', program(dataDir)]
  const gateway: ChildProcess = spawn(process.execPath, args, {
    cwd: path.join(import.meta.dirname, '../..'),
    stdio: ['ignore', 'pipe', 'inherit'],
    ...as,
  })
  const [line] = (await once(gateway.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
  return { gateway, url: line.toString().trim() }
}

describe('the embedded database', () => {
  test('is durable, UTF-8, and reachable from this machine alone with its password', async () => {
    const { url } = await start(dir)
    const [row] = await query(
      url,
      `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit, current_setting('server_encoding') AS encoding,
         current_setting('listen_addresses') AS host, current_setting('unix_socket_directories') AS sockets, current_setting('TimeZone') AS zone,
         (SELECT string_agg(DISTINCT auth_method, ' ') FROM pg_hba_file_rules) AS auth, (SELECT datcollate FROM pg_database LIMIT 1) AS collate`,
    )
    expect(row).toEqual({
      ...{ fsync: 'on', commit: 'on', encoding: 'UTF8', host: '127.0.0.1', sockets: '' },
      ...{ zone: 'UTC', auth: 'scram-sha-256', collate: 'C' },
    })
    expect(new URL(url).hostname).toBe('127.0.0.1')
    const password = path.join(dir, 'postgres.password')
    expect(readFileSync(password, 'utf8').trim()).toBe(new URL(url).password)
    expect(statSync(password).mode & 0o777).toBe(0o600)
  })

  test('keeps its data from start to start', async () => {
    await query((await start(dir)).url, 'CREATE TABLE kept AS SELECT 1 AS n')
    await stop()
    expect(await query((await start(dir)).url, 'SELECT n FROM kept')).toEqual([{ n: 1 }])
  })

  test('lives in a folder with spaces and quotes', async () => {
    const odd = path.join(dir, `it's a "data" folder, $HOME \\ ü`)
    await query((await start(odd)).url, 'CREATE TABLE kept AS SELECT 1 AS n')
    await stop()
    expect(await query((await start(odd)).url, 'SELECT n FROM kept')).toEqual([{ n: 1 }])
  })

  test('that dies is started again at the same address, with all that was committed', async () => {
    const { url, kill } = await start(dir)
    await query(url, 'CREATE TABLE kept AS SELECT 1 AS n')
    const [before] = await query(url, 'SELECT pg_postmaster_start_time()::text AS at')
    kill()
    const after = await until(async () => {
      const [row] = await query(url, 'SELECT pg_postmaster_start_time()::text AS at')
      if (row.at === before.at) throw new Error('not yet')
      return row
    })
    expect(after.at > before.at).toBe(true)
    expect(await query(url, 'SELECT n FROM kept')).toEqual([{ n: 1 }])
  })

  test('stops while it is being started again', async () => {
    const postgres = await start(dir)
    postgres.kill()
    await stop()
    await expect(query(postgres.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})

describe('what a killed gateway left', () => {
  test('running is ended first, and nothing committed is lost', async () => {
    const { gateway, url } = await startElsewhere(dir)
    await query(url, 'CREATE TABLE kept AS SELECT 1 AS n')
    // Its guard too, as a machine does that is out of memory; stopped, it cannot start another.
    gateway.kill('SIGSTOP')
    for (const guard of descendantsNamed(gateway.pid ?? 0, 'sh')) process.kill(guard, 'SIGKILL')
    gateway.kill('SIGKILL')
    await once(gateway, 'exit')
    expect(await query(url, 'SELECT n FROM kept')).toEqual([{ n: 1 }])
    const next = await start(dir)
    expect(await query(next.url, 'SELECT n FROM kept')).toEqual([{ n: 1 }])
    if (new URL(url).port !== new URL(next.url).port) {
      await expect(query(url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    }
  })

  test('as a pid file whose number is another program’s now is taken away, and the program left alone', async () => {
    await start(dir)
    await stop()
    const cluster = path.join(dir, 'postgres', 'cluster')
    // As PostgreSQL's user, since of a foreign process PostgreSQL itself would see that it is none of it.
    const { uid, gid } = statSync(cluster)
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], {
      cwd: '/',
      ...(isRoot ? { uid, gid } : {}),
    })
    await once(stranger, 'spawn')
    writeFileSync(
      path.join(cluster, 'postmaster.pid'),
      `${stranger.pid}\n${cluster}\n1\n5432\n\n127.0.0.1\n1 1\nready\n`,
    )
    chownSync(path.join(cluster, 'postmaster.pid'), uid, gid)
    await query((await start(dir)).url, 'SELECT 1')
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull()
    stranger.kill('SIGKILL')
  })

  test('half made is made anew', async () => {
    mkdirSync(path.join(dir, 'postgres', 'cluster.new', 'base'), { recursive: true })
    await query((await start(dir)).url, 'SELECT 1')
  })
})

describe('a data folder that cannot be used is told as one failure', () => {
  const cluster = () => path.join(dir, 'postgres', 'cluster')
  const refusing = async (code: string, detail: string | RegExp) =>
    expect(await start(dir).catch((error) => error)).toMatchObject({ code, detail: expect.stringMatching(detail) })

  test('of another major version, which stays as it was', async () => {
    await start(dir)
    await stop()
    writeFileSync(path.join(cluster(), 'PG_VERSION'), '99\n')
    await refusing('DATA_TOO_NEW', /PostgreSQL 99.*PostgreSQL 18/)
  })

  test('whose password is gone', async () => {
    await start(dir)
    await stop()
    rmSync(path.join(dir, 'postgres.password'))
    await refusing('DATA_UNUSABLE', 'postgres.password is missing')
  })

  test('whose password is another', async () => {
    await start(dir)
    await stop()
    writeFileSync(path.join(dir, 'postgres.password'), 'another\n')
    await refusing('DATA_UNUSABLE', 'postgres.password')
  })

  test('whose cluster is broken', async () => {
    await start(dir)
    await stop()
    rmSync(path.join(cluster(), 'global', 'pg_control'))
    await refusing('DATA_UNUSABLE', 'pg_control')
  })

  test('that is in the way of a file', async () => {
    writeFileSync(path.join(dir, 'file'), '')
    const failure = await start(path.join(dir, 'file', 'data')).catch((error) => error)
    expect(failure).toMatchObject({ code: 'DATA_UNUSABLE' })
  })
})

describe('the binaries', () => {
  test('run from a copy, with the links that npm could not pack', () => {
    const copy = copyBinaries(binariesFor(undefined, dir), dir)
    expect(existsSync(path.join(copy.dir, 'lib', 'libicuuc.so.60')) || process.platform !== 'linux').toBe(true)
    const version = execFileSync(path.join(copy.dir, 'bin', 'postgres'), ['--version'], { encoding: 'utf8' })
    expect(version).toContain(`PostgreSQL) ${copy.major}.`)
    expect(copyBinaries(copy, dir)).toEqual(copy)
  })
})

describe.runIf(isRoot)('as root', () => {
  test('runs as a user that is there, with its data in the data folder', async () => {
    await start(dir)
    expect(statSync(path.join(dir, 'postgres', 'cluster')).uid).not.toBe(0)
    expect(existsSync(path.join(dir, 'postgres.location'))).toBe(false)
  })

  test('keeps the database of a folder that nobody else may enter elsewhere, and finds it again', async () => {
    const [home, elsewhere] = [path.join(dir, 'home'), path.join(dir, 'elsewhere')]
    mkdirSync(home, { mode: 0o700 })
    const data = path.join(home, 'data')
    await query((await start(data, elsewhere)).url, 'CREATE TABLE kept AS SELECT 1 AS n')
    await stop()
    const place = readFileSync(path.join(data, 'postgres.location'), 'utf8').trim()
    expect(place.startsWith(elsewhere)).toBe(true)
    renameSync(data, path.join(home, 'moved'))
    expect(await query((await start(path.join(home, 'moved'), elsewhere)).url, 'SELECT n FROM kept')).toEqual([
      { n: 1 },
    ])
    await stop()
    cpSync(path.join(home, 'moved'), path.join(home, 'copied'), { recursive: true })
    await expect(start(path.join(home, 'copied'), elsewhere)).rejects.toMatchObject({ code: 'DATA_UNUSABLE' })
  })

  test('an ordinary user starts it too', async () => {
    const [uid, gid] = [65_534, 65_534]
    const data = path.join(dir, 'ordinary')
    mkdirSync(data)
    chownSync(data, uid, gid)
    const { gateway, url } = await startElsewhere(data, { uid, gid })
    expect(await query(url, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
    gateway.kill('SIGTERM')
    await once(gateway, 'exit')
    expect(existsSync(path.join(data, 'postgres', 'cluster', 'postmaster.pid'))).toBe(false)
  })
})
