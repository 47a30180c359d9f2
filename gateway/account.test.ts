import { describe, expect, test } from 'vitest'
import { inTokens, standing } from './account.ts'
import type { Outcome } from './ports.ts'

describe('the account', () => {
  test('counts every packet, and the refused ones by code', () => {
    const tally = new Map<Outcome, number>([
      ['MALFORMED', 1],
      ['ACCEPTED', 412],
      ['BAD_SIGNATURE', 2],
    ])
    expect(standing(tally)).toBe('415 packets acknowledged: 412 accepted, 3 refused (BAD_SIGNATURE 2, MALFORMED 1)')
    expect(standing(new Map())).toBe('0 packets acknowledged: 0 accepted, 0 refused')
  })

  test('shows base units as tokens, rounded down', () => {
    expect(inTokens(16_669_999_999_999_999_999n)).toBe('16.66')
    expect(inTokens(0n)).toBe('0.00')
    expect(inTokens(10n ** 16n)).toBe('0.01')
  })
})
