import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bumped } from './fees.ts'

const wei = fc.bigInt({ min: 1n, max: 10n ** 15n })

describe('a raised fee', () => {
  test('replaces the old one at every node: both numbers rise by more than a tenth', () => {
    fc.assert(
      fc.property(wei, wei, wei, wei, (cap, tip, askedCap, askedTip) => {
        const old = { maxFeePerGas: cap + tip, maxPriorityFeePerGas: tip }
        const asked = { maxFeePerGas: askedCap + askedTip, maxPriorityFeePerGas: askedTip }
        const fees = bumped(old, asked)
        if (!fees) return old.maxFeePerGas >= 10n * asked.maxFeePerGas
        if ('gasPrice' in fees) return false
        return (
          10n * fees.maxFeePerGas > 11n * old.maxFeePerGas &&
          10n * fees.maxPriorityFeePerGas > 11n * tip &&
          fees.maxFeePerGas >= asked.maxFeePerGas &&
          fees.maxFeePerGas >= fees.maxPriorityFeePerGas
        )
      }),
    )
  })

  test('is what is asked now where that is more', () => {
    expect(bumped({ gasPrice: 8n }, { gasPrice: 100n })).toEqual({ gasPrice: 100n })
  })

  test('does not climb for ever when the fee is not the reason', () => {
    expect(bumped({ gasPrice: 1_000n }, { gasPrice: 100n })).toBeUndefined()
  })
})
