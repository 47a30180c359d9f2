import { type Millis, seconds } from '../../devices/units.ts'
import type { Rate } from '../limits/allowances.ts'
import type { ShareLimits } from '../limits/share.ts'
import type { SocketLimits } from '../limits/sockets.ts'

/** How much anyone may ask over HTTP, and how long a socket may take. */
export type HttpLimits = {
  readonly sockets: SocketLimits
  /** Requests of one address (`networksOf`). `reads` are all that change nothing. */
  readonly reads: Rate
  readonly writes: Rate
  /** Reads that are worked on, all addresses together, and those that wait for their turn. */
  readonly underWay: Pick<ShareLimits, 'packets'> & { readonly waiting: number }
  /** From a socket's opening, or its last answer, to the next request's headers. */
  readonly headersWithin: Millis
  /** From a request's first byte to its last. */
  readonly requestWithin: Millis
  /** A socket on which nothing moves for so long is closed, whether it reads slowly or not at all. */
  readonly idleWithin: Millis
}

export const httpByDefault: HttpLimits = {
  sockets: {
    total: 1_024,
    // A browser has six, a proxy some dozens.
    perAddress: 256,
    // Idle ones, and those whose headers are not whole: the first to go.
    waiting: 512,
    // With a request under way.
    strangers: 512,
  },
  // The status page asks for ten files at first, then for five answers every three seconds.
  reads: { burst: 1_200, perSecond: 40 },
  writes: { burst: 1_200, perSecond: 20 },
  // Twice the readers' connections: while some wait for the database, others are written out.
  underWay: { packets: 6, waiting: 64 },
  headersWithin: seconds(10),
  requestWithin: seconds(30),
  idleWithin: seconds(30),
}
