import { describe, expect, test } from 'vitest'
import { fixedTokens, viewerOf } from './auth.ts'

const owner = `0x${'a1'.repeat(20)}` as const
const auth = fixedTokens([{ token: 'secret-of-alice', owner }])

describe('a bearer token', () => {
  test('speaks for its owner', () => {
    expect(viewerOf(auth, 'Bearer secret-of-alice')).toEqual({ is: 'owner', address: owner })
    expect(viewerOf(auth, 'bearer secret-of-alice')).toEqual({ is: 'owner', address: owner })
  })

  test('that nobody has is told apart from none', () => {
    expect(viewerOf(auth, undefined)).toEqual({ is: 'anonymous' })
    for (const wrong of [
      '',
      'Bearer',
      'Bearer ',
      'Bearer secret',
      'Basic secret-of-alice',
      'Bearer a b',
      `Bearer ${'x'.repeat(5_000)}`,
    ])
      expect(viewerOf(auth, wrong)).toEqual({ is: 'wrong' })
  })

  test('is never matched by the empty list', () => {
    expect(viewerOf(fixedTokens([]), 'Bearer secret-of-alice')).toEqual({ is: 'wrong' })
  })
})
