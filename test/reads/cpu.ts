import { readFileSync } from 'node:fs'
import type pg from 'pg'

/** Milliseconds of CPU that a process of one thread has used, from the scheduler's own count. */
const scheduled = (pid: number): number => {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6
  } catch {
    // It has ended meanwhile.
    return 0
  }
}

const parentOf = (pid: number): number =>
  Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])

/** What the children that a process has waited for used: parallel workers, which come and go. In clock ticks of 10 ms. */
const reaped = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return 10 * (Number(fields[13]) + Number(fields[14]))
}

/** Whether this kernel tells what is asked of it here. */
export const isMeasurable = (): boolean => process.platform === 'linux' && scheduled(process.pid) > 0

/**
 * CPU used so far, in milliseconds, by this process and the database's backends that serve it. Not by the clock on the wall: the machine may
 * have other work.
 */
export const cpuOf = (client: pg.Client): (() => Promise<number>) => {
  let postmaster: number | undefined
  return async () => {
    const { rows } = await client.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'cairn%'`,
    )
    postmaster ??= rows[0] && parentOf(rows[0].pid)
    const { user, system } = process.cpuUsage()
    const backends = rows.reduce((sum, { pid }) => sum + scheduled(pid), 0)
    return (user + system) / 1e3 + backends + (postmaster === undefined ? 0 : reaped(postmaster))
  }
}
