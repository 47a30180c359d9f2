import type pg from 'pg'
import { connect, failureOf } from '../connect.ts'

/** The first half of our advisory locks' numbers, the second is the lane: others may use the same server. */
const SPACE = 0x6c_61_6e_65

export type LaneLocks = {
  whileOwning<T>(lane: number, work: () => Promise<T>): Promise<T | undefined>
  close(): Promise<void>
}

/**
 * A lane's lock across all gateways, on a connection of its own: when the gateway dies, PostgreSQL gives the lock free.
 *
 * Where the connection is lost while work goes on, another gateway may begin; `commit` notices that the head moved.
 */
export const openLaneLocks = (url: string): LaneLocks => {
  // The server counts a session's locks; for work inside one gateway this does.
  const held = new Set<number>()
  let connection: Promise<pg.Client> | undefined
  let isClosed = false
  // One connection answers one question at a time.
  let asked: Promise<unknown> = Promise.resolve()

  const drop = (lost: pg.Client): void => {
    connection = undefined
    lost.end().catch(() => {})
  }
  const open = async (): Promise<pg.Client> => {
    const client = await connect(url)
    client.on('error', () => {
      connection = undefined
    })
    return client
  }
  const client = (): Promise<pg.Client> => {
    connection ??= open().catch((error) => {
      connection = undefined
      throw error
    })
    return connection
  }
  const ask = (on: pg.Client, call: string, lane: number): Promise<boolean> => {
    const answer = asked.then(() => askNow(on, call, lane))
    asked = answer.catch(() => {})
    return answer
  }
  const askNow = async (on: pg.Client, call: string, lane: number): Promise<boolean> => {
    try {
      const { rows } = await on.query<{ done: boolean }>(`SELECT ${call}($1, $2) AS done`, [SPACE, lane])
      return rows[0]?.done ?? false
    } catch (error) {
      drop(on)
      throw failureOf(url)(error)
    }
  }

  return {
    whileOwning: async (lane, work) => {
      if (held.has(lane) || isClosed) return undefined
      held.add(lane)
      try {
        const on = await client()
        if (!(await ask(on, 'pg_try_advisory_lock', lane))) return undefined
        try {
          return await work()
        } finally {
          // Lost with its connection, it is free already; what the work answered stands.
          await ask(on, 'pg_advisory_unlock', lane).catch(() => false)
        }
      } finally {
        held.delete(lane)
      }
    },
    close: async () => {
      isClosed = true
      await (await connection?.catch(() => undefined))?.end()
      connection = undefined
    },
  }
}
