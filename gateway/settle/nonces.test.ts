import { describe, expect, test } from 'vitest'
import { filledNonce, fillKey, gapIn, nextNonce } from './nonces.ts'

describe('nonces', () => {
  test.each([
    ['an account that never sent', { chain: 0, held: [], stored: undefined }, 0],
    ['others used the account before', { chain: 6, held: [], stored: undefined }, 6],
    ['calls are under way', { chain: 6, held: [6, 7], stored: 8 }, 8],
    ['a node lags behind what is mined', { chain: 5, held: [], stored: 8 }, 8],
  ])('%s: the next is past all of them', (_, view, next) => {
    expect(nextNonce(view)).toBe(next)
  })

  test.each([
    ['none when the chain waits for a call under way', { chain: 6, held: [6, 7], stored: 8 }, undefined],
    ['none when all is mined', { chain: 8, held: [], stored: 8 }, undefined],
    ['the one that the chain lost', { chain: 5, held: [6, 7], stored: 8 }, 5],
  ])('gap: %s', (_, view, gap) => {
    expect(gapIn(view)).toBe(gap)
  })

  test('a fill key tells its nonce, other keys none', () => {
    expect(filledNonce(fillKey(12))).toBe(12)
    expect(filledNonce('settle:0:12')).toBeUndefined()
  })
})
