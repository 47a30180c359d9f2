import { existsSync, readFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { descendantsNamed } from '../support/gateway-process.ts'

/*
 * The machine, and what processes take of it. CPU and memory of other processes are read from /proc, so on Linux alone.
 */

export const describeMachine = (now: Date): string => {
  const [cpu] = cpus()
  const cores = cpus().length
  const load = (loadavg()[0] ?? 0).toFixed(1)
  const day = now.toISOString().slice(0, 16).replace('T', ' ')
  return `${cpu?.model.trim()}, ${cores} cores, node ${process.versions.node}, ${process.platform}, ${day} UTC, load average at start ${load}`
}

/** The kernel's USER_HZ, 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

/** Ticks of a process, and of its children that have ended where `isWhole`. */
const ticksOf = (pid: number, isWhole: boolean): number => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields.slice(11, isWhole ? 15 : 13).reduce((sum, ticks) => sum + Number(ticks), 0)
  } catch {
    // Ended, or no Linux.
    return 0
  }
}

/** Ticks that all processes of the machine took together; the hypervisor's share (steal) counts, since it is nobody's idle time. */
const busyTicks = (): number => {
  try {
    const [, user, nice, system, , , irq, softirq, steal] =
      readFileSync('/proc/stat', 'utf8').split('\n')[0]?.split(/\s+/) ?? []
    return [user, nice, system, irq, softirq, steal].reduce((sum, ticks) => sum + Number(ticks), 0)
  } catch {
    return 0
  }
}

/** Processes by the part they play, the first of each the parent of the others. */
export type Parts = Readonly<Record<string, readonly number[]>>

export const partsOf = (gateway: number): Parts => ({
  gateway: [gateway],
  PostgreSQL: descendantsNamed(gateway, 'postgres'),
  'sub-chain': descendantsNamed(gateway, 'anvil'),
})

/** PostgreSQL's backends come and go with the pool's connections; what an ended one took is its parent's to tell. */
const ticksByPart = (parts: Parts): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(parts).map(([name, pids]) => [
      name,
      pids.reduce((sum, pid, at) => sum + ticksOf(pid, at === 0 && pids.length > 1), 0),
    ]),
  )

/** Starts counting; the answer tells how many cores each part took since, on average, and everything else on the machine together. */
export const countCpu = (parts: () => Parts): (() => Readonly<Record<string, number>>) => {
  if (!existsSync('/proc/stat')) return () => ({})
  const [since, busy, before] = [performance.now(), busyTicks(), ticksByPart(parts())]
  return () => {
    const span = ((performance.now() - since) / 1_000) * TICKS_PER_SECOND
    const ours = Object.entries(ticksByPart(parts())).map(([name, ticks]): [string, number] => [
      name,
      ticks - (before[name] ?? 0),
    ])
    const others = busyTicks() - busy - ours.reduce((sum, [, ticks]) => sum + ticks, 0)
    return Object.fromEntries(
      [...ours, ['the rest of the machine', Math.max(0, others)]].map(([name, ticks]) => [name, Number(ticks) / span]),
    )
  }
}

export const inCores = (taken: Readonly<Record<string, number>>): string =>
  Object.entries(taken)
    .map(([name, cores]) => `${name} ${cores.toFixed(2)}`)
    .join(', ') || 'told by Linux alone'

/** MB of a process; memory that several share is split between them (Pss) where the kernel tells. */
export const memoryOf = (pid: number): number => {
  const field = (file: string, name: string): number | undefined => {
    try {
      const kilobytes = readFileSync(`/proc/${pid}/${file}`, 'utf8').match(
        new RegExp(`^${name}:\\s+(\\d+) kB`, 'm'),
      )?.[1]
      return kilobytes === undefined ? undefined : Number(kilobytes) / 1_024
    } catch {
      return undefined
    }
  }
  const memory = field('smaps_rollup', 'Pss') ?? field('status', 'VmRSS')
  if (memory === undefined) throw new Error('memory of other processes is told by Linux alone')
  return memory
}
