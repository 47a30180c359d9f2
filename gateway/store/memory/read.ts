import type { Address } from '../../../devices/identity.ts'
import { LINES_IN_RUN } from '../../../sdk/log/earning.ts'
import type { DeviceRow, Earning, Outcome, ReadStore, Registration, StoredPacket } from '../../ports.ts'
import { wholeMillis } from '../arrivals.ts'
import { headOf } from '../epoch-head.ts'
import { byKey, type Data, type Packet } from './data.ts'
import { memoryTiles } from './log.ts'

const packetOf = ({ accepted, lane, log }: Packet): StoredPacket => ({
  format: accepted.envelope.format,
  device: accepted.envelope.device,
  sequence: accepted.envelope.sequence,
  digest: accepted.envelope.digest,
  signature: accepted.envelope.signature,
  raw: accepted.envelope.raw,
  term: accepted.term,
  acceptedAt: accepted.receivedAt,
  readings: accepted.readings,
  from: wholeMillis(accepted.from, accepted.receivedAt),
  to: wholeMillis(accepted.to, accepted.receivedAt),
  flags: accepted.flags,
  quality: accepted.quality,
  log: log && { lane, ...log },
})

const packetsOf = (data: Data, device: Address): readonly StoredPacket[] =>
  [...data.packets.values()].filter(({ accepted }) => accepted.envelope.device === device).map(packetOf)

const deviceOf = (data: Data, registration: Registration): DeviceRow => {
  const packets = packetsOf(data, registration.device).filter(({ log }) => log !== undefined)
  const imeis = [...data.imeis].filter(([, devices]) => devices.has(registration.device)).map(([imei]) => imei)
  return {
    ...registration,
    imei: imeis.toSorted()[0],
    packets: BigInt(packets.length),
    lastSeenAt: packets.length > 0 ? Math.max(...packets.map(({ acceptedAt }) => acceptedAt)) : undefined,
  }
}

const least = (times: readonly number[]): number | undefined => (times.length > 0 ? Math.min(...times) : undefined)

type Line = Pick<Earning, 'device' | 'term'>

const isAfter = (a: Line, b: Line): boolean => a.device > b.device || (a.device === b.device && a.term > b.term)

const statusCounts = (data: Data, { source, from, to }: Parameters<ReadStore['statusCounts']>[0]) => {
  const counts = new Map<Outcome, number>()
  const add = (code: Outcome, count: number) => counts.set(code, (counts.get(code) ?? 0) + count)
  for (const row of data.counts.values()) {
    if (row.source === source && row.from >= from && row.from < to) add(row.code, row.count)
  }
  for (const row of data.summaries) {
    const closedAt = data.batches.get(row.lane)?.[Number(row.height) - 1]?.header.closedAt ?? 0
    if (row.device === source && closedAt >= from && closedAt < to) add('ACCEPTED', Number(row.end - row.first))
  }
  return counts
}

export const memoryRead = (data: Data): ReadStore => ({
  devices: async ({ after, limit, owner }) =>
    [...data.devices.values()]
      .filter((row) => (!after || row.device > after) && (!owner || row.owner === owner))
      .toSorted(byKey(({ device }) => device))
      .slice(0, limit)
      .map((row) => deviceOf(data, row)),

  device: async (device) => {
    const row = data.devices.get(device)
    return row && deviceOf(data, row)
  },

  packets: async ({ device, from, to, after, limit }) =>
    packetsOf(data, device)
      .filter((row) => row.to >= from && row.from <= to && row.sequence > (after ?? -1n))
      .toSorted(byKey(({ sequence }) => sequence))
      .slice(0, limit),

  batches: async ({ lane, below, limit }) =>
    (data.batches.get(lane) ?? [])
      .filter(({ header }) => below === undefined || header.height < below)
      .toReversed()
      .slice(0, limit),

  batch: async (lane, height) => data.batches.get(lane)?.[Number(height) - 1],

  tiles: memoryTiles(data),

  oldest: async (lane) => {
    const waiting = [...data.packets.values()].filter((packet) => packet.lane === lane && !packet.log)
    const sent = [...data.calls.values()].filter(({ state }) => state === 'sent')
    return {
      cut: least(waiting.map(({ accepted }) => accepted.receivedAt)),
      settle: (data.batches.get(lane) ?? []).find(({ state }) => state !== 'settled')?.header.closedAt,
      calls: sent.toSorted(byKey(({ nonce }) => nonce ?? 0))[0]?.attempts[0]?.sentAt,
    }
  },

  statusCounts: async (query) => statusCounts(data, query),

  refusals: async ({ source, from, to, limit }) =>
    [...data.evidence.values()]
      .filter((row) => row.source === source && row.lastAt >= from && row.firstAt < to)
      .toSorted((a, b) => b.lastAt - a.lastAt || byKey((row: typeof a) => `${row.code} ${row.slot}`)(a, b))
      .slice(0, limit)
      .map(({ code, facts, count, lastAt }) => ({ code, facts, count, at: lastAt })),

  epochs: async ({ below, limit, state }) =>
    [...data.epochs.values()]
      .filter((epoch) => (below === undefined || epoch.epoch < below) && (!state || epoch.state === state))
      .toSorted(byKey(({ epoch }) => -epoch))
      .slice(0, limit)
      .map(headOf),

  epoch: async (number) => {
    const epoch = data.epochs.get(number)
    return epoch && headOf(epoch)
  },

  lines: async ({ epoch, device, after, limit }) =>
    (data.epochs.get(epoch)?.earnings ?? [])
      .filter((line) => (!device || line.device === device) && (!after || isAfter(line, after)))
      .slice(0, limit),

  run: async (number, { device, term }) => {
    const epoch = data.epochs.get(number)
    const place = epoch?.earnings.findIndex((line) => line.device === device && line.term === term) ?? -1
    if (!epoch || place < 0) return undefined
    const first = place - (place % LINES_IN_RUN)
    return { first, lines: epoch.earnings.slice(first, first + LINES_IN_RUN), roots: epoch.runRoots }
  },

  history: async ({ device, from, to, limit }) =>
    [...data.epochs.values()]
      .filter(({ epoch }) => epoch >= from && epoch <= to)
      .toSorted(byKey(({ epoch }) => -epoch))
      .flatMap(({ epoch, earnings }) =>
        earnings
          .filter((line) => line.device === device)
          .toReversed()
          .map((line) => ({ ...line, epoch })),
      )
      .slice(0, limit),

  claims: async ({ device, term, limit }) =>
    [...data.claims.values()]
      .filter((claim) => (!device || claim.device === device) && (term === undefined || claim.term === term))
      .toSorted(
        (a, b) =>
          byKey((row: typeof a) => -row.block)(a, b) ||
          byKey((row: typeof a) => row.device)(a, b) ||
          a.term - b.term ||
          byKey((row: typeof a) => -row.cumulative)(a, b),
      )
      .slice(0, limit),

  counts: async () => {
    const batches = [...data.batches.values()].flat()
    return {
      devices: data.devices.size,
      packets: BigInt(data.packets.size),
      refused: BigInt([...data.counts.values()].reduce((sum, { count }) => sum + count, 0)),
      batches: BigInt(batches.length),
      settled: BigInt(batches.filter(({ state }) => state === 'settled').length),
    }
  },
})
