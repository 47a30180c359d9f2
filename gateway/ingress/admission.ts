import { MAX_PACKETS_PER_SECOND } from '../../devices/limits.ts'
import type { Rate } from '../limits/allowances.ts'
import type { SocketLimits } from '../limits/sockets.ts'

/** How many sockets may be open, what they may hold, and what they may ask before anyone knows who they are. */
export type AdmissionLimits = SocketLimits & {
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
  // A household or a simulator has many devices, a flood has more.
  perAddress: 10_000,
  // Each holds at most one unfinished CONNECT of 8 KB: 32 MB in all.
  waiting: 4_096,
  strangers: 10_000,
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
