import type pg from 'pg'
import type { Address } from '../../../devices/identity.ts'
import { LINES_IN_RUN } from '../../../sdk/log/earning.ts'
import type { Earning, EpochHead, EpochState, Grade, ReadStore } from '../../ports.ts'
import { addressOf, bytesOf, hexOrUndefined } from '../bytes.ts'

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
  grade: string
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
  grade: row.grade as Grade,
  records: BigInt(row.records),
  score: BigInt(row.score),
  weight: BigInt(row.weight),
  amount: BigInt(row.amount),
  cumulative: BigInt(row.cumulative),
})

const LINES = 'SELECT epoch, device, term, holder, grade, records, score, weight, amount, cumulative FROM earnings'
/** Bytes sort as both trees do: by device, then by term. Each is the beginning of an index. */
const ALL = `${LINES} WHERE epoch = $1 ORDER BY device, term`
const PAGE = `${LINES} WHERE epoch = $1 AND (device, term) > ($2, $3) ORDER BY device, term LIMIT $4`
const OF_DEVICE = `${LINES} WHERE epoch = $1 AND device = $2 AND term > $3 ORDER BY term LIMIT $4`
const HISTORY = `${LINES} WHERE device = $1 AND epoch >= $2 AND epoch <= $3 ORDER BY epoch DESC, term DESC LIMIT $4`

/** All lines of an epoch, in the order of its trees. */
export const allLines = async (pool: pg.Pool, epoch: bigint): Promise<readonly Earning[]> =>
  (await pool.query<LineRow>(ALL, [epoch])).rows.map(lineOf)

/** The place of a line, counted in the index; and its run, from the place of the run's first line on. */
const PLACE = `
SELECT count(*) FILTER (WHERE (device, term) < ($2, $3))::int AS place, bool_or(device = $2 AND term = $3) AS is_there
FROM earnings WHERE epoch = $1 AND (device, term) <= ($2, $3)`
const RUN = `${LINES} WHERE epoch = $1 ORDER BY device, term OFFSET $2 LIMIT $3`

const run =
  (pool: pg.Pool): ReadStore['run'] =>
  async (epoch, { device, term }) => {
    const found = await pool.query<{ place: number; is_there: boolean | null }>(PLACE, [epoch, bytesOf(device), term])
    const place = found.rows[0]
    if (!place?.is_there) return undefined
    const first = place.place - (place.place % LINES_IN_RUN)
    const [lines, roots] = await Promise.all([
      pool.query<LineRow>(RUN, [epoch, first, LINES_IN_RUN]),
      pool.query<{ roots: Buffer }>('SELECT roots FROM earning_runs WHERE epoch = $1', [epoch]),
    ])
    const hashes = roots.rows[0]?.roots
    if (!hashes) return undefined
    return {
      first,
      lines: lines.rows.map(lineOf),
      roots: Array.from({ length: hashes.length / 32 }, (_, at) => hashes.subarray(32 * at, 32 * (at + 1))),
    }
  }

const FIRST: Address = '0x'

export const readEpochs = (pool: pg.Pool): Pick<ReadStore, 'epochs' | 'epoch' | 'lines' | 'run' | 'history'> => ({
  run: run(pool),

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
    return rows.map(lineOf)
  },

  history: async ({ device, from, to, limit }) => {
    const { rows } = await pool.query<LineRow>(HISTORY, [bytesOf(device), from, to, limit])
    return rows.map((row) => ({ ...lineOf(row), epoch: BigInt(row.epoch) }))
  },
})
