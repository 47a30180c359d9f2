import { describe, expect, test } from 'vitest'
import { check, committedVectors, languages } from './foreign/check.ts'

/*
 * What others' libraries wrote once, and is committed here. `npm run test:foreign` has them write it anew.
 */

describe.each(languages)('the packets and tokens of %s', (language) => {
  const vectors = committedVectors(language)

  test(`by ${vectors.libraries.join(', ')}: all taken, each with the readings that were written`, async () => {
    const { faults, highS, notDeterministic } = await check(vectors)
    expect(faults).toEqual([])
    expect([vectors.packets.length, vectors.tokens.length]).toEqual([100, 20])
    // Else they would show nothing.
    expect(highS).toBeGreaterThan(10)
    expect(notDeterministic).toBeGreaterThan(40)
  })
})
