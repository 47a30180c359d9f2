/** How many sockets may be open, and what they may hold. */
export type AdmissionLimits = {
  readonly total: number
  /** Of one IP address: a household or a simulator has many devices, a flood has more. */
  readonly perAddress: number
  /** Not authenticated yet. Each holds at most one unfinished CONNECT of 8 KB: 32 MB in all. */
  readonly waiting: number
  readonly waitingPerAddress: number
  /** Bytes set aside for unfinished frames, of all sockets together: anyone can make keys and begin a 64 KB frame with each. */
  readonly unfinishedBytes: number
}

export const admissionByDefault: AdmissionLimits = {
  total: 50_000,
  perAddress: 10_000,
  waiting: 4_096,
  waitingPerAddress: 2_048,
  unfinishedBytes: 64 * 1_024 * 1_024,
}

/** Counts bytes held. `change` counts in any case and answers whether the sum is within the limit; less is always within. */
export type Memory = { change(bytes: number): boolean }

export const openMemory = (limit: number): Memory => {
  let held = 0
  return {
    change: (bytes) => {
      held += bytes
      return bytes <= 0 || held <= limit
    },
  }
}

/** Counts sockets. Every entered socket is let in at most once and leaves exactly once. */
export type Admission = {
  /** False when there is no room: then the socket was not counted. */
  enter(address: string): boolean
  letIn(address: string): void
  leave(address: string, wasLetIn: boolean): void
  readonly total: number
}

export const openAdmission = (limits: AdmissionLimits): Admission => {
  const open = counter()
  const waiting = counter()
  return {
    enter: (address) => {
      if (open.total >= limits.total || open.of(address) >= limits.perAddress) return false
      if (waiting.total >= limits.waiting || waiting.of(address) >= limits.waitingPerAddress) return false
      open.add(address, 1)
      waiting.add(address, 1)
      return true
    },
    letIn: (address) => waiting.add(address, -1),
    leave: (address, wasLetIn) => {
      open.add(address, -1)
      if (!wasLetIn) waiting.add(address, -1)
    },
    get total() {
      return open.total
    },
  }
}

const counter = () => {
  const counts = new Map<string, number>()
  let total = 0
  return {
    of: (name: string) => counts.get(name) ?? 0,
    add: (name: string, by: 1 | -1) => {
      const count = (counts.get(name) ?? 0) + by
      if (count > 0) counts.set(name, count)
      else counts.delete(name)
      total += by
    },
    get total() {
      return total
    },
  }
}
