import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Millis } from '../../devices/units.ts'
import { Failure } from '../errors.ts'

/** A fast shutdown writes a checkpoint; this is long for a disk that is busy. */
const PATIENCE: Millis = 30_000

const pidFile = (cluster: string): string => path.join(cluster, 'postmaster.pid')

const postmasterOf = (cluster: string): number | undefined => {
  const file = pidFile(cluster)
  const pid = existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : Number.NaN
  return pid > 1 ? pid : undefined
}

const linkOf = (link: string): string | undefined => {
  try {
    return readlinkSync(link)
  } catch {
    return undefined
  }
}

const looksLikePostgres = (pid: number): boolean => {
  try {
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).includes('postgres')
  } catch {
    return false
  }
}

/**
 * Every process that works in this cluster: PostgreSQL's processes all stand in their data folder, so a pid that now is somebody else's
 * is never taken for ours, and a backend that outlived its postmaster is not missed.
 */
const workingIn = (cluster: string): readonly number[] => {
  if (existsSync('/proc/self/cwd')) {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && linkOf(`/proc/${name}/cwd`) === cluster)
      .map(Number)
  }
  const postmaster = postmasterOf(cluster)
  return postmaster && looksLikePostgres(postmaster) ? [postmaster] : []
}

const signal = (pids: readonly number[], name: NodeJS.Signals): void => {
  for (const pid of pids) {
    try {
      process.kill(pid, name)
    } catch {
      // It ended by itself.
    }
  }
}

const areGone = async (cluster: string, patience: Millis): Promise<boolean> => {
  for (let waited = 0; waited < patience; waited += 20) {
    if (workingIn(cluster).length === 0) return true
    await wait(20)
  }
  return false
}

/**
 * Ends what a killed gateway left running in this cluster, and takes a stale pid file away.
 *
 * Stopped, not taken over: a server of ours always runs this version's binaries with this version's flags, and costs 0.2 s.
 * The pid file goes only when nobody works in the cluster: it holds the key by which PostgreSQL itself would notice.
 */
export const endLeftovers = async (cluster: string, patience = PATIENCE): Promise<boolean> => {
  const found = workingIn(cluster)
  const postmaster = found.find((pid) => pid === postmasterOf(cluster))
  // SIGINT is a fast shutdown. Backends without a postmaster see its death and end themselves.
  if (postmaster) signal([postmaster], 'SIGINT')
  if (!(await areGone(cluster, patience))) {
    // Immediate: the next start recovers from the write-ahead log, nothing committed is lost.
    signal(workingIn(cluster), 'SIGQUIT')
    if (!(await areGone(cluster, patience))) {
      throw new Failure('DATA_IN_USE', `processes ${workingIn(cluster).join(', ')} use ${cluster} and do not end`)
    }
  }
  rmSync(pidFile(cluster), { force: true })
  return found.length > 0
}
