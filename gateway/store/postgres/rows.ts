import type { Format } from '../../../devices/packet.ts'
import type { Header } from '../../../sdk/log/header.ts'
import type { BatchRow, BatchState } from '../../ports.ts'
import { hexOrUndefined } from '../bytes.ts'
import type { Batch } from '../generated/client.ts'

/** As in the record's format byte. */
export const numberOfFormat: Readonly<Record<Format, number>> = { 'cose-es256k': 1, 'cose-es256': 2, pebble: 3 }

export const formatOf = (number: number): Format => {
  const format = (Object.keys(numberOfFormat) as Format[]).find((name) => numberOfFormat[name] === number)
  if (!format) throw new RangeError(`no packet format has number ${number}`)
  return format
}

export const headerOf = (row: Batch): Header => ({
  lane: row.lane,
  height: row.height,
  from: row.from,
  size: row.size,
  root: row.root,
  witnessRoot: row.witnessRoot,
  summaryRoot: row.summaryRoot,
  dataHash: row.dataHash,
  layoutVersion: row.layoutVersion,
  closedAt: Number(row.closedAt),
})

export const batchRowOf = (row: Batch): BatchRow => ({
  header: headerOf(row),
  state: row.state as BatchState,
  transaction: hexOrUndefined(row.transaction),
  block: row.block ?? undefined,
  settledAt: row.settledAt === null ? undefined : Number(row.settledAt),
})
