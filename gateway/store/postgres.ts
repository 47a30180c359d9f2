import { PrismaPg } from '@prisma/adapter-pg'
import { assertDurable, failureOf, openPool, openReaders } from './connect.ts'
import { EVIDENCE_PER_HOUR } from './evidence-budget.ts'
import { PrismaClient } from './generated/client.ts'
import { postgresCalls } from './postgres/calls.ts'
import { postgresEvidence } from './postgres/evidence.ts'
import { postgresInbox } from './postgres/inbox.ts'
import { postgresJournal } from './postgres/journal.ts'
import { openLaneLocks } from './postgres/lane-lock.ts'
import { postgresLog } from './postgres/log.ts'
import { postgresNetwork } from './postgres/network.ts'
import { postgresRead } from './postgres/read.ts'
import { postgresRegistry } from './postgres/registry.ts'
import { postgresRewards } from './postgres/rewards.ts'
import { postgresSettle } from './postgres/settle.ts'
import { postgresUsage } from './postgres/usage.ts'
import type { Store } from './store.ts'

type Methods = Readonly<Record<string, (...given: never[]) => Promise<unknown>>>

/** The same port, whose failures say what they are to the gateway: no caller has to know a driver's errors. */
const telling = <Port extends Methods>(port: Port, told: (error: unknown) => unknown): Port =>
  Object.fromEntries(
    Object.entries(port).map(([name, method]) => [
      name,
      (...given: never[]) =>
        method(...given).catch((error: unknown) => {
          throw told(error)
        }),
    ]),
  ) as Port

export type StoreSettings = {
  /** Bytes of disk that an hour's refusals may take, all gateways on the database together. */
  readonly evidencePerHour?: number
}

/**
 * Opens the store in a migrated PostgreSQL (`migrate`). Rejects with DATABASE_UNREACHABLE where it does not answer, DATABASE_NOT_DURABLE
 * where it may lose commits. Later losses of the connection reject what was asked meanwhile and heal by themselves.
 */
export const openStore = async (
  url: string,
  { evidencePerHour = EVIDENCE_PER_HOUR }: StoreSettings = {},
): Promise<Store> => {
  const told = failureOf(url)
  const pool = openPool(url)
  try {
    await assertDurable(pool)
  } catch (error) {
    await pool.end()
    throw told(error)
  }
  const readers = openReaders(url)
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) })
  const locks = openLaneLocks(url)
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    await locks.close()
    await prisma.$disconnect()
    await Promise.all([pool.end(), readers.end()])
  }
  const journal = postgresJournal(pool, prisma)
  return {
    network: telling(postgresNetwork(prisma), told),
    registry: telling(postgresRegistry(pool, prisma), told),
    inbox: telling(postgresInbox(pool, evidencePerHour), told),
    evidence: telling(postgresEvidence(pool), told),
    usage: telling(postgresUsage(pool), told),
    log: { ...telling(postgresLog(pool, prisma, locks), told), whileOwning: locks.whileOwning },
    calls: telling(postgresCalls(pool, prisma), told),
    settle: telling(postgresSettle(pool, prisma), told),
    rewards: telling(postgresRewards(pool), told),
    read: telling(postgresRead(readers), told),
    journal: {
      ...telling({ append: journal.append, forget: journal.forget }, told),
      all: async function* () {
        try {
          yield* journal.all()
        } catch (error) {
          throw told(error)
        }
      },
    },
    close: () => {
      closing ??= close()
      return closing
    },
  }
}
