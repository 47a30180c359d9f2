import { concatBytes } from '@noble/hashes/utils.js'
import { encodeHeader } from '../../sdk/log/header.ts'
import { encodeRecord } from '../../sdk/log/record.ts'
import { encodeSummary } from '../../sdk/log/summary.ts'
import type { Batch, PendingRecord } from '../ports.ts'

/*
 * The published log as files: which bytes stand where. Every file is rows of one width without separators, so that a row is found by its
 * number and a range request reads it alone.
 */

/** Record bodies, 76 bytes each, in the log's order. The header's `dataHash` is this file's SHA-256. */
export const bodiesFile = (records: readonly PendingRecord[]): Uint8Array => concatBytes(...records.map(encodeRecord))

/** Signatures, 64 bytes each, in the order of the bodies: a witness leaf is the body and its signature, and may be pruned apart from it. */
const witnessesFile = (records: readonly PendingRecord[]): Uint8Array =>
  concatBytes(...records.map(({ signature }) => signature))

export const batchPath = (lane: number, height: bigint): string => `log/${lane}/${String(height).padStart(8, '0')}`

/** Its presence says that all the batch's files are there: it is written last. */
export const headerPath = (lane: number, height: bigint): string => `${batchPath(lane, height)}/header`

export const checkpointPath = (lane: number): string => `log/${lane}/checkpoint`

/** A batch's files in the order in which they are to be written. The header file is `abi.encode(header)`, whose keccak256 is on chain. */
export const filesOf = ({
  header,
  records,
  summaries,
}: Omit<Batch, 'tiles'>): readonly (readonly [path: string, bytes: Uint8Array])[] => {
  const folder = batchPath(header.lane, header.height)
  return [
    [`${folder}/bodies`, bodiesFile(records)],
    [`${folder}/witnesses`, witnessesFile(records)],
    [`${folder}/summaries`, concatBytes(...summaries.map(encodeSummary))],
    [headerPath(header.lane, header.height), encodeHeader(header)],
  ]
}
