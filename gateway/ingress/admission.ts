import { MAX_IN_FLIGHT, MAX_PACKETS_PER_SECOND } from '../../devices/limits.ts'
import { type Millis, seconds } from '../../devices/units.ts'
import type { Rate } from '../limits/allowances.ts'
import type { SocketLimits } from '../limits/sockets.ts'
import type { TurnLimits } from './turns.ts'

/** How many sockets may be open, what they may hold, and what they may ask before anyone knows who they are. */
export type AdmissionLimits = SocketLimits & {
  /** Bytes set aside for unfinished frames, of all sockets together: anyone can make keys and begin a 64 KB frame with each. */
  readonly unfinishedBytes: number
  readonly connects: ConnectLimits
  /** From one CONNECT that names no registered device to the next, of all addresses together. They wait, addresses by turns. */
  readonly strangersPause: Millis
  /** SUBSCRIBEs and UNSUBSCRIBEs of one session, however few filters they name. */
  readonly subscribes: Rate
  /** Frames of any type, of sessions proven to be registered devices' and of all others: of one session, and of one address together. */
  readonly frames: Readonly<Record<'registered' | 'stranger', { readonly ofSession: Rate; readonly ofAddress: Rate }>>
  /** A session above its own rate is held back for so long each time, so often; then it is closed. */
  readonly hold: Millis
  readonly holds: Rate
  /** Frames of all sockets in one turn of the event loop. */
  readonly turn: TurnLimits
}

/** CONNECTs that are looked at: each may cost a signature. One that proves to be a registered device's does not count against its address. */
type ConnectLimits = {
  /** Of one address, that name a registered device. */
  readonly named: Rate
  /** Of one address, that name the same registered device: so that naming one device keeps no other of that address out. */
  readonly ofName: Rate
  /** Of one address, that name anything else. */
  readonly unnamed: Rate
  /** Of one registered device, proven. */
  readonly ofDevice: Rate
}

export const admissionByDefault: AdmissionLimits = {
  total: 50_000,
  // A household or a simulator has many devices, a flood has more.
  perAddress: 10_000,
  // Each holds at most one unfinished CONNECT of 8 KB: 32 MB in all.
  waiting: 4_096,
  strangers: 10_000,
  unfinishedBytes: 64 * 1_024 * 1_024,
  connects: {
    // All devices of an address at once, as after a restart. At some 0.2 ms each, one address that floods costs 4 % of a core.
    named: { burst: 10_000, perSecond: 200 },
    ofName: { burst: 16, perSecond: 0.5 },
    unnamed: { burst: 2_000, perSecond: 200 },
    // A device that wakes, sends and sleeps may do so once a second.
    ofDevice: { burst: 60, perSecond: 1 },
  },
  // 100 a second at some 1 ms each, most of it the broker's.
  strangersPause: 10,
  subscribes: { burst: 32, perSecond: 1 },
  frames: {
    // Three times a device's quota of packets: an honest one that is too quick hears QUOTA_EXCEEDED, and is not held back.
    registered: {
      ofSession: { burst: 4 * MAX_PACKETS_PER_SECOND + MAX_IN_FLIGHT, perSecond: 3 * MAX_PACKETS_PER_SECOND },
      ofAddress: { burst: 40_000, perSecond: 20_000 },
    },
    stranger: {
      ofSession: { burst: 2 * MAX_PACKETS_PER_SECOND, perSecond: 2 * MAX_PACKETS_PER_SECOND },
      // Pebbles that wake, subscribe, send and sleep: 200 of them a second.
      ofAddress: { burst: 2_000, perSecond: 800 },
    },
  },
  hold: seconds(1),
  // 40 s of pushing without a pause.
  holds: { burst: 30, perSecond: 0.25 },
  // A frame costs the broker some 15 µs, a CONNECT some 500: no turn is longer than about 6 ms by them.
  turn: { waiting: 4, stranger: 64, registered: 256 },
}

/** One whose unfinished frame may be given up for another's. */
type Holder = { expel(): void }

/** Bytes set aside for frames that are not whole yet. */
export type Unfinished = {
  /** That holder holds so many now. Where all together are too many, those who have held something longest go: strangers, then anyone. */
  hold(holder: Holder, bytes: number, isRegistered: boolean): void
}

export const openUnfinished = (limit: number): Unfinished => {
  // In order of the time when each began its frame.
  const strangers = new Map<Holder, number>()
  const registered = new Map<Holder, number>()
  let held = 0
  const forget = (holders: Map<Holder, number>, holder: Holder) => {
    held -= holders.get(holder) ?? 0
    holders.delete(holder)
  }
  return {
    hold: (holder, bytes, isRegistered) => {
      const [own, other] = isRegistered ? [registered, strangers] : [strangers, registered]
      forget(other, holder)
      if (bytes === 0) return forget(own, holder)
      held += bytes - (own.get(holder) ?? 0)
      own.set(holder, bytes)
      while (held > limit) {
        const holders = strangers.size > 0 ? strangers : registered
        const [oldest] = holders.keys()
        if (!oldest) return
        forget(holders, oldest)
        oldest.expel()
      }
    },
  }
}
