import { defineConfig } from 'prisma/config'

/**
 * For Prisma's command line alone: `npx prisma … --config prisma/config.ts`, with DATABASE_URL set where it needs a database.
 * The gateway itself never runs it.
 */
export default defineConfig({
  schema: 'schema.prisma',
  migrations: { path: 'migrations' },
  datasource: { url: process.env.DATABASE_URL ?? '' },
})
