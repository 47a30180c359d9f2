import type { Reading } from '../../devices/packet.ts'
import type { Millis } from '../../devices/units.ts'
import type { StoredPacket } from '../ports.ts'

export type PageQuery = {
  readonly from: Millis
  readonly to: Millis
  /** Sequence of the last packet that an earlier page covered. */
  readonly after: bigint | undefined
  /** Readings. */
  readonly limit: number
}

export type Opened = {
  readonly packet: StoredPacket
  readonly readings: readonly (Reading & { readonly index: number })[]
}

export type PacketPage = {
  readonly packets: readonly Opened[]
  /** Sequence to go on after; undefined when the range is read to its end. */
  readonly next: bigint | undefined
}

type Ports = {
  /** In order of sequence. */
  readonly packets: (after: bigint | undefined, limit: number) => Promise<readonly StoredPacket[]>
  readonly isVisible: (packet: StoredPacket) => boolean
  readonly decode: (packet: StoredPacket) => readonly Reading[]
}

/** Packets looked at for one page. Where an owner before sent more than that, the page ends early with a cursor, and nothing stalls. */
const MOST_LOOKED_AT = 4_096
const MOST_AT_ONCE = 512

/**
 * The next readings of a range: whole packets until one more would pass the limit, at least one. A packet that only overlaps the range
 * gives its readings inside it.
 */
export const readPage = async (ports: Ports, query: PageQuery): Promise<PacketPage> => {
  const taken: Opened[] = []
  let { after } = query
  let count = 0
  for (let looked = 0; looked < MOST_LOOKED_AT; ) {
    const wanted = Math.min(MOST_AT_ONCE, query.limit + 1)
    const rows = await ports.packets(after, wanted)
    for (const packet of rows) {
      const readings = ports.isVisible(packet) ? inRange(ports.decode(packet), query) : []
      if (count > 0 && count + readings.length > query.limit) return { packets: taken, next: after }
      if (readings.length > 0) taken.push({ packet, readings })
      count += readings.length
      after = packet.sequence
    }
    if (rows.length < wanted) return { packets: taken, next: undefined }
    looked += rows.length
  }
  return { packets: taken, next: after }
}

const inRange = (readings: readonly Reading[], { from, to }: PageQuery): Opened['readings'] =>
  readings.map((reading, index) => ({ ...reading, index })).filter(({ at }) => at >= from && at <= to)
