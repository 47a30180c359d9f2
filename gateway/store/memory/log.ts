import type { TileId } from '../../../sdk/log/merkle.ts'
import { Failure } from '../../errors.ts'
import { type Batch, type LogStore, type PendingRecord, type Totals, termKey } from '../../ports.ts'
import { byKey, type Data, type Packet, packetKey } from './data.ts'

const recordOf = ({ accepted }: Packet): PendingRecord => ({
  device: accepted.envelope.device,
  sequence: accepted.envelope.sequence,
  digest: accepted.envelope.digest,
  signature: accepted.envelope.signature,
  format: accepted.envelope.format,
  acceptedAt: accepted.receivedAt,
  quality: accepted.quality,
  readings: accepted.readings,
  term: accepted.term,
})

const tileKey = (lane: number, { level, index }: TileId): string => `${lane}/${level}/${index}`

const oldestFirst = (a: PendingRecord, b: PendingRecord): number =>
  a.acceptedAt - b.acceptedAt ||
  byKey((row: PendingRecord) => row.device)(a, b) ||
  byKey((row: PendingRecord) => row.sequence)(a, b)

/** All of a batch's records as they are kept; throws before anything is written. */
const assertNext = (data: Data, { header, records }: Batch): readonly Packet[] => {
  const head = data.batches.get(header.lane)?.at(-1)?.header
  if (header.height !== (head?.height ?? 0n) + 1n || header.from !== (head?.size ?? 0n)) {
    throw new Failure('INTERNAL', `the head of lane ${header.lane} moved`)
  }
  if (BigInt(records.length) !== header.size - header.from) throw new Failure('INTERNAL', 'the batch’s size is wrong')
  const packets = records.flatMap(({ device, sequence, digest }) => {
    const packet = data.packets.get(packetKey(device, sequence))
    const isFree = packet && !packet.log && Buffer.compare(packet.accepted.envelope.digest, digest) === 0
    return isFree ? [packet] : []
  })
  if (new Set(packets).size !== records.length) throw new Failure('INTERNAL', 'a record is taken or unknown')
  return packets
}

const write = (data: Data, { header, summaries, tiles }: Batch, packets: readonly Packet[]): void => {
  packets.forEach((packet, n) => {
    packet.log = { index: header.from + BigInt(n), height: header.height }
  })
  const { lane, height } = header
  const row = { header, state: 'cut', transaction: undefined, block: undefined, settledAt: undefined } as const
  data.batches.set(lane, [...(data.batches.get(lane) ?? []), row])
  data.summaries.push(...summaries.map((summary) => ({ ...summary, lane, height })))
  for (const tile of tiles) {
    const key = tileKey(lane, tile)
    if (tile.hashes.length > (data.tiles.get(key)?.length ?? 0)) data.tiles.set(key, tile.hashes)
  }
}

export const memoryTiles =
  (data: Data): LogStore['tiles'] =>
  async (lane, ids) =>
    ids.map((id) => {
      const hashes = data.tiles.get(tileKey(lane, id))
      if (!hashes) throw new Failure('INTERNAL', `lane ${lane} has no tile ${id.level}/${id.index}`)
      return hashes
    })

const pending = (data: Data, lane: number, limit: number): readonly PendingRecord[] =>
  [...data.packets.values()]
    .filter((packet) => packet.lane === lane && !packet.log)
    .map(recordOf)
    .toSorted(oldestFirst)
    .slice(0, limit)

export const memoryLog = (data: Data): LogStore => ({
  waiting: async (lane, limit) => {
    const records = pending(data, lane, limit)
    return { records: records.length, oldest: records[0]?.acceptedAt }
  },

  pending: async (lane, limit) => pending(data, lane, limit),

  head: async (lane) => data.batches.get(lane)?.at(-1)?.header,

  tiles: memoryTiles(data),

  totals: async (terms) => {
    const asked = new Set(terms.map(({ device, term }) => termKey(device, term)))
    // Later batches stand behind earlier ones, so the newest summary of a term stays.
    return new Map(
      data.summaries
        .map((row): [string, Totals] => {
          const { totalRecords, totalScore, lane, height } = row
          return [termKey(row.device, row.term), { totalRecords, totalScore, lane, height }]
        })
        .filter(([key]) => asked.has(key)),
    )
  },

  commit: async (batch) => write(data, batch, assertNext(data, batch)),

  committed: async (lane, height) => {
    const header = data.batches.get(lane)?.[Number(height) - 1]?.header
    if (!header) return undefined
    const records = [...data.packets.values()]
      .filter((packet) => packet.lane === lane && packet.log?.height === height)
      .toSorted(byKey((packet) => packet.log?.index ?? 0n))
      .map(recordOf)
    const summaries = data.summaries
      .filter((row) => row.lane === lane && row.height === height)
      .toSorted(byKey((row) => row.first))
      .map(({ lane: _lane, height: _height, ...summary }) => summary)
    return { header, records, summaries }
  },

  whileOwning: async (lane, work) => {
    if (data.owned.has(lane)) return undefined
    data.owned.add(lane)
    try {
      return await work()
    } finally {
      data.owned.delete(lane)
    }
  },
})
