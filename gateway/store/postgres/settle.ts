import type pg from 'pg'
import { Failure } from '../../errors.ts'
import type { SettleStore } from '../../ports.ts'
import { bytesOf } from '../bytes.ts'
import type { PrismaClient } from '../generated/client.ts'
import { before } from '../moves.ts'
import { batchRowOf } from './rows.ts'

/** Going back to `cut` forgets the transaction; any other move keeps what it does not name. */
const MOVE = `
UPDATE batches SET state = $3,
  transaction = CASE WHEN $3 = 'cut' THEN NULL ELSE coalesce($4, transaction) END,
  block = CASE WHEN $3 = 'cut' THEN NULL ELSE coalesce($5, block) END,
  settled_at = CASE WHEN $3 = 'cut' THEN NULL ELSE coalesce($6, settled_at) END
WHERE lane = $1 AND height = $2 AND state = ANY($7)`

export const postgresSettle = (pool: pg.Pool, prisma: PrismaClient): SettleStore => ({
  unsettled: async (lane, limit) => {
    // `<>`, word for word as in the partial index.
    const { rows } = await pool.query<{ height: string }>(
      `SELECT height FROM batches WHERE lane = $1 AND state <> 'settled' ORDER BY height LIMIT $2`,
      [lane, limit],
    )
    const found = await prisma.batch.findMany({
      where: { lane, height: { in: rows.map(({ height }) => BigInt(height)) }, state: { not: 'settled' } },
      orderBy: { height: 'asc' },
    })
    return found.map(batchRowOf)
  },

  batch: async (lane, height) => {
    const row = await prisma.batch.findUnique({ where: { lane_height: { lane, height } } })
    return row ? batchRowOf(row) : undefined
  },

  move: async (lane, height, { state, transaction, block, settledAt }) => {
    const { rowCount } = await pool.query(MOVE, [
      lane,
      height,
      state,
      transaction ? bytesOf(transaction) : null,
      block ?? null,
      settledAt ?? null,
      before[state],
    ])
    if (rowCount !== 1)
      throw new Failure('INTERNAL', `batch ${height} of lane ${lane} cannot become ${state} from what it is`)
  },
})
