import type pg from 'pg'
import type { Address } from '../../../devices/identity.ts'
import type { Earning, EpochHead, EpochState, ReadStore } from '../../ports.ts'
import { addressOf, bytesOf, hexOrUndefined } from '../bytes.ts'

/*
 * Epochs as read. A term has a row where an epoch added something to it; in every other epoch its line is the newest row before, with
 * nothing added. So idle terms cost no row, and each line is one look-up in an index, however long the history is.
 */

type HeadRow = {
  epoch: string
  heights: string[]
  total_weight: string
  total_earned: string
  weights_root: Buffer
  earnings_root: Buffer
  state: string
  transaction: Buffer | null
  terms: number
  earners: number
  earned: string
}

const headOf = (row: HeadRow): EpochHead => ({
  epoch: BigInt(row.epoch),
  heights: row.heights.map(BigInt),
  totalWeight: BigInt(row.total_weight),
  totalEarned: BigInt(row.total_earned),
  weightsRoot: row.weights_root,
  earningsRoot: row.earnings_root,
  state: row.state as EpochState,
  transaction: hexOrUndefined(row.transaction),
  terms: row.terms,
  earners: row.earners,
  earned: BigInt(row.earned),
})

/** Heads by whatever follows `FROM epochs`. */
export const heads = async (pool: pg.Pool, clauses: string, values: readonly unknown[] = []) =>
  (await pool.query<HeadRow>(`SELECT * FROM epochs ${clauses}`, [...values])).rows.map(headOf)

type LineRow = {
  epoch: string
  device: Buffer
  term: number
  holder: Buffer
  records: string
  score: string
  weight: string
  amount: string
  cumulative: string
}

const lineOf = (row: LineRow): Earning => ({
  device: addressOf(row.device),
  term: row.term,
  holder: addressOf(row.holder),
  records: BigInt(row.records),
  score: BigInt(row.score),
  weight: BigInt(row.weight),
  amount: BigInt(row.amount),
  cumulative: BigInt(row.cumulative),
})

/** The row's line in a later epoch, which added nothing. */
const carriedTo = (epoch: bigint, row: LineRow): Earning =>
  BigInt(row.epoch) === epoch ? lineOf(row) : { ...lineOf(row), records: 0n, score: 0n, weight: 0n, amount: 0n }

/** LATERAL … LIMIT 1: one look-up for each line of the answer. */
const linesWhere = (terms: string): string => `
SELECT t.device, t.term, l.epoch, l.holder, l.records, l.score, l.weight, l.amount, l.cumulative
FROM (SELECT device, term FROM earning_terms WHERE first_epoch <= $1 ${terms}) t
CROSS JOIN LATERAL (
  SELECT epoch, holder, records, score, weight, amount, cumulative FROM earnings
  WHERE device = t.device AND term = t.term AND epoch <= $1 ORDER BY epoch DESC LIMIT 1
) l
ORDER BY t.device, t.term`

const ALL = linesWhere('')
const PAGE = linesWhere('AND (device, term) > ($2, $3) ORDER BY device, term LIMIT $4')
const OF_DEVICE = linesWhere('AND device = $2 AND term > $3 ORDER BY term LIMIT $4')

/** All lines of an epoch, in the order of its trees. */
export const allLines = async (pool: pg.Pool, epoch: bigint): Promise<readonly Earning[]> =>
  (await pool.query<LineRow>(ALL, [epoch])).rows.map((row) => carriedTo(epoch, row))

const HISTORY = `
SELECT epoch, device, term, holder, records, score, weight, amount, cumulative FROM earnings
WHERE device = $1 AND epoch >= $2 AND epoch <= $3 ORDER BY epoch DESC, term DESC LIMIT $4`

const FIRST: Address = '0x'

export const readEpochs = (pool: pg.Pool): Pick<ReadStore, 'epochs' | 'epoch' | 'lines' | 'history'> => ({
  epochs: ({ below, limit, state }) =>
    heads(
      pool,
      'WHERE ($1::bigint IS NULL OR epoch < $1) AND ($2::text IS NULL OR state = $2) ORDER BY epoch DESC LIMIT $3',
      [below ?? null, state ?? null, limit],
    ),

  epoch: async (epoch) => (await heads(pool, 'WHERE epoch = $1', [epoch]))[0],

  lines: async ({ epoch, device, after, limit }) => {
    const { rows } = device
      ? await pool.query<LineRow>(OF_DEVICE, [epoch, bytesOf(device), after?.term ?? -1, limit])
      : await pool.query<LineRow>(PAGE, [epoch, bytesOf(after?.device ?? FIRST), after?.term ?? -1, limit])
    return rows.map((row) => carriedTo(epoch, row))
  },

  history: async ({ device, from, to, limit }) => {
    const { rows } = await pool.query<LineRow>(HISTORY, [bytesOf(device), from, to, limit])
    return rows.map((row) => ({ ...lineOf(row), epoch: BigInt(row.epoch) }))
  },
})
