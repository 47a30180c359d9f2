import type pg from 'pg'
import type { Hex } from '../../../devices/units.ts'
import { Failure } from '../../errors.ts'
import type { CallRow, CallState, CallStore } from '../../ports.ts'
import { bytesOf, hexOf, hexOrUndefined } from '../bytes.ts'
import { inTransaction } from '../connect.ts'
import type { Attempt, Call, PrismaClient } from '../generated/client.ts'

const rowOf = (row: Call & { attempts: Attempt[] }): CallRow => ({
  key: row.key,
  to: hexOf(row.to),
  data: hexOf(row.data),
  gas: row.gas,
  state: row.state as CallState,
  nonce: row.nonce === null ? undefined : Number(row.nonce),
  attempts: row.attempts.map(({ hash, raw, sentAt }) => ({
    hash: hexOf(hash),
    raw: hexOf(raw),
    sentAt: Number(sentAt),
  })),
  hash: hexOrUndefined(row.hash),
  block: row.block ?? undefined,
  gasUsed: row.gasUsed ?? undefined,
})

/**
 * A reverted call starts a new life: without nonce and outcome, behind those that wait. Its attempts stay, since what has left may still
 * come back.
 */
const QUEUE = `
INSERT INTO calls (key, "to", data, gas, state) VALUES ($1, $2, $3, $4, 'queued')
ON CONFLICT (key) DO UPDATE SET
  "to" = excluded."to", data = excluded.data, gas = excluded.gas, state = 'queued', queued = excluded.queued,
  nonce = NULL, hash = NULL, block = NULL, gas_used = NULL
WHERE calls.state = 'reverted'`

const FINISH = `
UPDATE calls SET state = $2, hash = coalesce($3, hash), block = $4, gas_used = $5,
  nonce = CASE WHEN $2 = 'queued' THEN NULL ELSE nonce END
WHERE key = $1`

const withAttempts = { attempts: { orderBy: { order: 'asc' } } } as const

const optional = (hex: Hex | undefined): Buffer | null => (hex ? bytesOf(hex) : null)

const assertFound = (key: string, rowCount: number | null): void => {
  if (rowCount !== 1) throw new Failure('INTERNAL', `no call ${key} was ever queued`)
}

export const postgresCalls = (pool: pg.Pool, prisma: PrismaClient): CallStore => ({
  queue: async ({ key, to, data, gas }) => {
    await pool.query(QUEUE, [key, bytesOf(to), bytesOf(data), gas])
  },

  find: async (key) => {
    const row = await prisma.call.findUnique({ where: { key }, include: withAttempts })
    return row ? rowOf(row) : undefined
  },

  open: async () => {
    const rows = await prisma.call.findMany({
      where: { state: { in: ['queued', 'sent'] } },
      orderBy: [{ nonce: { sort: 'asc', nulls: 'last' } }, { queued: 'asc' }],
      include: withAttempts,
    })
    return rows.map(rowOf)
  },

  attempt: (key, { nonce, hash, raw, sentAt }) =>
    inTransaction(pool, async (client) => {
      const { rowCount } = await client.query(
        `UPDATE calls SET state = 'sent', nonce = $2, hash = $3, block = NULL, gas_used = NULL WHERE key = $1`,
        [key, nonce, bytesOf(hash)],
      )
      assertFound(key, rowCount)
      await client.query(
        'INSERT INTO attempts (hash, call_key, nonce, raw, sent_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (hash) DO NOTHING',
        [bytesOf(hash), key, nonce, bytesOf(raw), sentAt],
      )
    }),

  finish: async (key, { state, hash, block, gasUsed }) => {
    const { rowCount } = await pool.query(FINISH, [key, state, optional(hash), block ?? null, gasUsed ?? null])
    assertFound(key, rowCount)
  },

  nextNonce: async () => {
    const { _max } = await prisma.attempt.aggregate({ _max: { nonce: true } })
    return _max.nonce === null ? undefined : Number(_max.nonce) + 1
  },
})
