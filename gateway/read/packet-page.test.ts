import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Reading } from '../../devices/packet.ts'
import type { StoredPacket } from '../ports.ts'
import { type PageQuery, readPage } from './packet-page.ts'

const packet = (sequence: number, readings: number, term = 1): StoredPacket => ({
  format: 'pebble',
  device: `0x${'d0'.repeat(20)}`,
  sequence: BigInt(sequence),
  digest: new Uint8Array(32),
  signature: new Uint8Array(64),
  raw: new Uint8Array(1),
  term,
  acceptedAt: sequence,
  readings,
  from: sequence,
  to: sequence,
  flags: [],
  quality: 10_000,
  log: undefined,
})

const decode = ({ readings, sequence }: StoredPacket): readonly Reading[] =>
  Array.from({ length: readings }, () => ({ at: Number(sequence), clock: 'device', measurements: [] }))

const portsOver = (all: readonly StoredPacket[], term = 1) => ({
  packets: async (after: bigint | undefined, limit: number) =>
    all.filter(({ sequence }) => sequence > (after ?? 0n)).slice(0, limit),
  isVisible: (row: StoredPacket) => row.term === term,
  decode,
})

const walk = async (ports: ReturnType<typeof portsOver>, query: Omit<PageQuery, 'after'>) => {
  const pages: { sequences: number[]; readings: number }[] = []
  let after: bigint | undefined
  do {
    const page = await readPage(ports, { ...query, after })
    pages.push({
      sequences: page.packets.map((opened) => Number(opened.packet.sequence)),
      readings: page.packets.reduce((sum, { readings }) => sum + readings.length, 0),
    })
    after = page.next
  } while (after !== undefined)
  return pages
}

const everything = { from: 0, to: Number.MAX_SAFE_INTEGER }

describe('pages of readings', () => {
  test('walked to the end hold every packet exactly once, in order, and none over the limit but a packet alone', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 12 }),
        async (sizes, limit) => {
          const all = sizes.map((size, index) => packet(index + 1, size))
          const pages = await walk(portsOver(all), { ...everything, limit })
          const wanted = all.filter(({ readings }) => readings > 0).map(({ sequence }) => Number(sequence))
          expect(pages.flatMap(({ sequences }) => sequences)).toEqual(wanted)
          for (const { readings, sequences } of pages) expect(readings <= limit || sequences.length === 1).toBe(true)
        },
      ),
    )
  })

  test('leave out the packets of another term', async () => {
    const all = [packet(1, 1), packet(2, 1, 2), packet(3, 1), packet(4, 1, 2)]
    const pages = await walk(portsOver(all, 2), { ...everything, limit: 10 })
    expect(pages.flatMap(({ sequences }) => sequences)).toEqual([2, 4])
  })

  test('end early with a cursor where a term before sent very much', async () => {
    const all = Array.from({ length: 9_000 }, (_, index) => packet(index + 1, 1, index < 8_999 ? 1 : 2))
    const pages = await walk(portsOver(all, 2), { ...everything, limit: 1_000 })
    expect(pages.length).toBeGreaterThan(1)
    expect(pages.flatMap(({ sequences }) => sequences)).toEqual([9_000])
  })

  test('give of an overlapping packet only the readings inside the range', async () => {
    const inner = portsOver([packet(1, 3)])
    const ports = {
      ...inner,
      decode: () => [5, 10, 15].map((at) => ({ at, clock: 'device' as const, measurements: [] })),
    }
    const page = await readPage(ports, { from: 10, to: 15, after: undefined, limit: 10 })
    expect(page.packets[0]?.readings.map(({ at, index }) => [at, index])).toEqual([
      [10, 1],
      [15, 2],
    ])
  })
})
