import type { Hex } from '../devices/units.ts'
import { inTokens } from './account.ts'
import type { BatchRow, EpochHead, ReadStore } from './ports.ts'

/** What was told already. */
type Told = { readonly height: bigint; readonly finals: ReadonlySet<bigint>; readonly claims: ReadonlySet<string> }

export type News = { readonly lines: readonly string[]; readonly settled: readonly BatchRow[]; readonly told: Told }

/** The newest rows are enough: whoever watches sees each go by, and nobody is told of the past after a restart. */
const LOOK = 20
/** Several transactions of 25 claims each may be mined between two looks. */
const LOOK_AT_CLAIMS = 250

const short = (hash: Hex | undefined): string => (hash ? `${hash.slice(0, 10)}…` : 'another gateway’s transaction')

const settledLine = ({ header, transaction, block }: BatchRow): string =>
  `batch ${header.height} settled: ${header.size - header.from} records, transaction ${transaction ?? '?'} in block ${block ?? '?'}`

const epochLine = ({ epoch, earners, earned, transaction }: EpochHead): string =>
  `epoch ${epoch} final: ${earners} devices earned ${inTokens(earned)} CAIRN, transaction ${short(transaction)}`

type Claim = Awaited<ReturnType<ReadStore['claims']>>[number]

/** Many devices are paid in one transaction: one line each would bury the rest. */
const claimLines = (claims: readonly Claim[]): readonly string[] =>
  [...new Set(claims.map(({ transaction }) => transaction))].map((transaction) => {
    const paid = claims.filter((claim) => claim.transaction === transaction)
    const amount = inTokens(paid.reduce((sum, claim) => sum + claim.amount, 0n))
    return `claims paid: ${amount} CAIRN for ${paid.length} devices, transaction ${transaction}`
  })

const claimId = ({ device, term, cumulative }: Claim): string => `${device}/${term}/${cumulative}`

/**
 * What has been settled, become final and been claimed since `told`. Reads the store alone, as everything after PUBACK does, and heads of
 * epochs alone: it looks twice a second.
 */
export const newsSince = async (
  store: Pick<ReadStore, 'batches' | 'epochs' | 'claims'>,
  lane: number,
  told: Told | undefined,
): Promise<News> => {
  const batches = (await store.batches({ lane, below: undefined, limit: LOOK })).filter(
    ({ state }) => state === 'settled',
  )
  const finals = await store.epochs({ below: undefined, limit: LOOK, state: 'final' })
  const claims = await store.claims({ limit: LOOK_AT_CLAIMS })
  const next: Told = {
    // Newest first.
    height: batches[0]?.header.height ?? told?.height ?? 0n,
    finals: new Set(finals.map(({ epoch }) => epoch)),
    claims: new Set(claims.map(claimId)),
  }
  if (!told) return { lines: [], settled: [], told: next }
  const settled = batches.filter(({ header }) => header.height > told.height).reverse()
  const lines = [
    ...settled.map(settledLine),
    ...finals.filter(({ epoch }) => !told.finals.has(epoch)).map(epochLine),
    ...claimLines(claims.filter((claim) => !told.claims.has(claimId(claim)))),
  ]
  return { lines, settled, told: next }
}
