import { defineConfig } from 'vitest/config'

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
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'contract',
          include: ['{sdk,gateway,chain,test}/**/*.contract.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'journey',
          include: ['test/journey/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
