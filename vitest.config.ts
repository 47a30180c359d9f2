import { defineConfig } from 'vitest/config'

/**
 * Each time-out guards against a test that hangs and says nothing about speed: a busy machine takes ten times as long. A poll is given up
 * before its test is, so that the failure names the poll.
 */
const MINUTE = 60_000
const patience = (minutes: number) => ({
  testTimeout: minutes * MINUTE,
  hookTimeout: minutes * MINUTE,
  teardownTimeout: MINUTE,
  expect: { poll: { timeout: MINUTE } },
})

/**
 * unit: pure and quick. contract: one suite per port, run on every adapter, with real PostgreSQL and anvil.
 * journey: a whole gateway met over its sockets.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{devices,sdk,firmware-sim,gateway,chain}/**/*.test.ts', 'test/*.test.ts'],
          exclude: ['**/*.contract.test.ts'],
          ...patience(1),
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'contract',
          include: ['{sdk,gateway,chain,test}/**/*.contract.test.ts'],
          ...patience(2),
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'journey',
          include: ['test/journey/**/*.test.ts'],
          ...patience(5),
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
