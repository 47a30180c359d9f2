import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { descendantsNamed } from '../support/gateway-process.ts'

/*
 * The machine, and what processes take of it. CPU of other processes is read from /proc, so on Linux alone; memory also by `ps`.
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

const KILOBYTES = /^\s*(\d+)(?: kB)?\s*$/

const kilobytesIn = (file: string, name: string): number | undefined => {
  try {
    const text = readFileSync(file, 'utf8').match(new RegExp(`^${name}:(.*)$`, 'm'))?.[1] ?? ''
    return kilobytesOf(text)
  } catch {
    // No such file in this kernel, not ours to read, or the process has ended.
    return undefined
  }
}

const kilobytesOf = (text: string): number | undefined => {
  const digits = KILOBYTES.exec(text)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

const kilobytesByPs = (pid: number): number | undefined => {
  const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })
  return kilobytesOf(stdout ?? '')
}

/** How a process's memory can be learned, best first. `what` is told beside the number. */
const memorySources = [
  {
    what: 'Pss, so shared pages count once',
    kilobytes: (pid: number, proc: string) => kilobytesIn(`${proc}/${pid}/smaps_rollup`, 'Pss'),
  },
  {
    what: 'VmRSS, so shared pages count in each process',
    kilobytes: (pid: number, proc: string) => kilobytesIn(`${proc}/${pid}/status`, 'VmRSS'),
  },
  { what: 'rss by ps, so shared pages count in each process', kilobytes: kilobytesByPs },
] as const

export type Memory = { readonly megabytes: number; readonly what: string }

/**
 * Memory of some processes together, all by the one best source that answers for the first of them: sums of two kinds would mean nothing. A
 * process that ended meanwhile counts nothing. Undefined where no source answers.
 */
export const memoryOf = (pids: readonly number[], proc = '/proc'): Memory | undefined => {
  const [first] = pids
  if (first === undefined) return undefined
  const source = memorySources.find(({ kilobytes }) => kilobytes(first, proc) !== undefined)
  if (!source) return undefined
  const kilobytes = pids.reduce((sum, pid) => sum + (source.kilobytes(pid, proc) ?? 0), 0)
  return { megabytes: kilobytes / 1_024, what: source.what }
}
