import type pg from 'pg'
import type { Journal } from '../../ports.ts'
import { bytesOf, hexOf } from '../bytes.ts'
import type { PrismaClient } from '../generated/client.ts'

/** Read at a time, so that a long history is never in memory at once. */
const PAGE = 256

export const postgresJournal = (pool: pg.Pool, prisma: PrismaClient): Journal => ({
  append: async ({ hash, raw }) => {
    await pool.query('INSERT INTO chain_journal (hash, raw) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING', [
      bytesOf(hash),
      bytesOf(raw),
    ])
  },

  forget: async (hash) => {
    await pool.query('DELETE FROM chain_journal WHERE hash = $1', [bytesOf(hash)])
  },

  all: async function* () {
    for (let after = 0n; ; ) {
      const rows = await prisma.journalEntry.findMany({
        where: { order: { gt: after } },
        orderBy: { order: 'asc' },
        take: PAGE,
      })
      for (const { hash, raw } of rows) yield { hash: hexOf(hash), raw: hexOf(raw) }
      const last = rows.at(-1)
      if (!last) return
      after = last.order
    }
  },
})
