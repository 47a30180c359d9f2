import { describe, expect, test } from 'vitest'
import { isMeasurable } from './reads/cpu.ts'
import { BUDGET_MS, measureReads, tooDear } from './reads/measure.ts'
import { smallSize } from './reads/seed.ts'
import { freshDatabase } from './support/postgres.ts'

/** A tenth of what `npm run prove:reads` seeds, by the same code. */
describe.skipIf(!isMeasurable())('anonymous reads', () => {
  test(`cost at most ${BUDGET_MS} ms of CPU each, the dearest question of every route`, async () => {
    const { url } = await freshDatabase()
    expect(tooDear(await measureReads(url, smallSize, { count: 28 }))).toEqual([])
  }, 300_000)
})
