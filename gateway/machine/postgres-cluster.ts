import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { Failure } from '../errors.ts'
import { type Binaries, copyBinaries } from './postgres-binaries.ts'
import { giveTo, type Home } from './postgres-home.ts'

export const DATABASE_USER = 'cairn'

/** PostgreSQL's programs get nothing of our environment: a PGDATA or LC_ALL in it would change what they do. */
export const cleanEnvironment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/** initdb calls the server through a shell and quotes its path by `"` alone. */
const breaksQuotes = (dir: string): boolean => /["$`\\\n]/.test(dir)

export const clusterIn = (home: Home): string => path.join(home.dir, 'cluster')

/** The database's password: random, made once, readable by this user alone. */
const passwordOf = (home: Home): string => {
  const file = path.join(home.dataDir, 'postgres.password')
  if (!existsSync(file)) {
    if (existsSync(clusterIn(home))) {
      throw new Failure('DATA_UNUSABLE', `${file} is missing: without it the database in ${home.dir} stays shut`)
    }
    writeFileSync(file, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600, flag: 'wx', flush: true })
  }
  return readFileSync(file, 'utf8').trim()
}

const initialise = async (home: Home, binaries: Binaries, password: string): Promise<void> => {
  const half = path.join(home.dir, 'cluster.new')
  const passwordFile = path.join(home.dir, 'initdb.password')
  const plain = breaksQuotes(binaries.dir) ? mkdtempSync(path.join(tmpdir(), 'cairn-initdb-')) : undefined
  const { account } = home
  try {
    rmSync(half, { recursive: true, force: true })
    rmSync(passwordFile, { force: true })
    mkdirSync(half, { mode: 0o700 })
    giveTo(account, half)
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' })
    giveTo(account, passwordFile)
    if (plain) giveTo(account, plain)
    const { dir } = plain ? copyBinaries(binaries, plain) : binaries
    await promisify(execFile)(
      path.join(dir, 'bin', 'initdb'),
      [
        `--pgdata=${half}`,
        `--pwfile=${passwordFile}`,
        `--username=${DATABASE_USER}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--no-instructions',
      ],
      { cwd: '/', env: cleanEnvironment, ...(account ? { uid: account.uid, gid: account.gid } : {}) },
    )
    // Whole or not at all: a start that is killed half-way leaves only `cluster.new`.
    renameSync(half, clusterIn(home))
  } finally {
    rmSync(passwordFile, { force: true })
    if (plain) rmSync(plain, { recursive: true, force: true })
  }
}

/** The data folder's cluster, made at the first start; refuses one of another major version and leaves it untouched. */
export const openCluster = async (home: Home, binaries: Binaries): Promise<{ cluster: string; password: string }> => {
  const cluster = clusterIn(home)
  const password = passwordOf(home)
  if (!existsSync(cluster)) await initialise(home, binaries, password)
  const major = Number.parseInt(readFileSync(path.join(cluster, 'PG_VERSION'), 'utf8'), 10)
  if (major !== binaries.major) {
    throw new Failure(
      'DATA_TOO_NEW',
      `${cluster} is of PostgreSQL ${major}, this Cairn brings PostgreSQL ${binaries.major}`,
    )
  }
  return { cluster, password }
}
