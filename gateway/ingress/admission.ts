import { MAX_PACKETS_PER_SECOND } from '../../devices/limits.ts'
import type { Millis } from '../../devices/units.ts'
import { openAllowances, type Rate } from '../limits/allowances.ts'

/** How many sockets may be open, what they may hold, and what they may ask before anyone knows who they are. */
export type AdmissionLimits = {
  readonly total: number
  /** Of one IP address: a household or a simulator has many devices, a flood has more. */
  readonly perAddress: number
  /** Not authenticated yet. Each holds at most one unfinished CONNECT of 8 KB: 32 MB in all. */
  readonly waiting: number
  readonly waitingPerAddress: number
  /** Bytes set aside for unfinished frames, of all sockets together: anyone can make keys and begin a 64 KB frame with each. */
  readonly unfinishedBytes: number
  /** CONNECTs of one IP address that are looked at: each may cost a signature. All its devices at once, then at the pace of reconnecting. */
  readonly connects: Rate
  /** SUBSCRIBEs and UNSUBSCRIBEs of one session, however few filters they name. */
  readonly subscribes: Rate
  /** Publications of sessions that proved nothing, of one session and of one IP address: each packet costs a signature. */
  readonly unproven: { readonly ofSession: Rate; readonly ofAddress: Rate }
}

export const admissionByDefault: AdmissionLimits = {
  total: 50_000,
  perAddress: 10_000,
  waiting: 4_096,
  waitingPerAddress: 2_048,
  unfinishedBytes: 64 * 1_024 * 1_024,
  // At some 0.2 ms each, one address that floods costs 4 % of a core.
  connects: { burst: 10_000, perSecond: 200 },
  subscribes: { burst: 32, perSecond: 1 },
  unproven: {
    // Twice a device's quota, so that an honest device hears QUOTA_EXCEEDED before it is cut off.
    ofSession: { burst: 2 * MAX_PACKETS_PER_SECOND, perSecond: 2 * MAX_PACKETS_PER_SECOND },
    // All Pebbles that one address may have, at their quickest of one packet in 10 s: a tenth of a core.
    ofAddress: { burst: 2_000, perSecond: 1_000 },
  },
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
  /** Whether one more CONNECT of that address is looked at. */
  mayConnect(address: string, now: Millis): boolean
  letIn(address: string): void
  leave(address: string, wasLetIn: boolean): void
  readonly total: number
}

export const openAdmission = (limits: AdmissionLimits): Admission => {
  const connects = openAllowances(limits.connects)
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
    mayConnect: (address, now) => connects.take(address, now),
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
