import { randomUUID } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Failure } from '../errors.ts'

/** Raised when what lies in the data folder changes so that an older Cairn must not touch it. */
const DATA_VERSION = 2
/** Raised when the contracts change: a network keeps those that it began with, and this Cairn speaks to its own alone. */
const OLDEST_VERSION = 2

/** Start time of a process in clock ticks since boot; tells a process from a later one with its number. Linux only. */
const startedAt = (pid: number): string => {
  try {
    // The second field, the command, may hold spaces and brackets: count from after it. Field 22 is the start time.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const holderOf = (file: string): number | undefined => {
  const [pid, started] = readFileSync(file, 'utf8').trim().split(' ')
  return pid && isAlive(Number(pid)) && startedAt(Number(pid)) === (started ?? '') ? Number(pid) : undefined
}

const readIfThere = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** A folder without a note is new, or was made before its first start ended. */
const versionIn = (file: string): number => {
  const text = readIfThere(file)
  if (text === undefined) return DATA_VERSION
  try {
    return Number(JSON.parse(text).version)
  } catch {
    throw new Failure('DATA_UNUSABLE', `${file} is damaged`)
  }
}

const checkVersion = (dir: string, version: number): void => {
  const found = `${dir} holds data of version ${version}; this Cairn`
  if (!(version <= DATA_VERSION)) throw new Failure('DATA_TOO_NEW', `${found} knows versions up to ${DATA_VERSION}`)
  if (version < OLDEST_VERSION)
    throw new Failure('DATA_TOO_OLD', `${found} has other contracts since ${OLDEST_VERSION}`)
}

export type Folder = { readonly dir: string; release(): void }

/**
 * Takes the data folder for this process, making it where it is missing.
 *
 * Refuses a folder that another live gateway holds (DATA_IN_USE), that a newer Cairn wrote (DATA_TOO_NEW) or one with other contracts
 * (DATA_TOO_OLD), and leaves all untouched. A lock left by a killed gateway is taken over.
 */
export const takeFolder = (dir: string): Folder => {
  try {
    mkdirSync(dir, { recursive: true })
    checkVersion(dir, versionIn(path.join(dir, 'cairn.json')))
    const lock = path.join(dir, 'gateway.lock')
    takeLock(lock, dir)
    writeFileSync(path.join(dir, 'cairn.json'), `${JSON.stringify({ version: DATA_VERSION })}\n`)
    return { dir, release: () => rmSync(lock, { force: true }) }
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    throw new Failure('DATA_UNUSABLE', `${dir}: ${(cause as Error).message}`, { cause })
  }
}

const takeLock = (lock: string, dir: string): void => {
  // A hard link either takes the name or fails: unlike an open file, it never shows another process an empty lock.
  const mine = `${lock}.${randomUUID()}`
  writeFileSync(mine, `${process.pid} ${startedAt(process.pid)}\n`)
  try {
    for (let tries = 0; tries < 3; tries++) {
      try {
        linkSync(mine, lock)
        return
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
      const holder = holderOf(lock)
      if (holder !== undefined) throw new Failure('DATA_IN_USE', `process ${holder} uses ${dir}`)
      unlinkSync(lock)
    }
    throw new Failure('DATA_IN_USE', `another gateway is taking ${dir} right now`)
  } finally {
    unlinkSync(mine)
  }
}
