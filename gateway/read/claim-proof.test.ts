import { describe, expect, test } from 'vitest'
import { earningHash, runRoots } from '../../sdk/log/earning.ts'
import { inclusionProof, rootOf } from '../../sdk/log/merkle.ts'
import type { Earning } from '../ports.ts'
import { claimsIn } from './claim-proof.ts'
import { hexOf } from './schemas.ts'

const line = (n: number): Earning => ({
  device: `0x${n.toString(16).padStart(40, '0')}`,
  term: 1,
  holder: `0x${'a0'.repeat(20)}`,
  grade: 'full',
  records: 1n,
  score: 1n,
  weight: 1n,
  amount: BigInt(n + 1),
  cumulative: BigInt(n + 1),
})

describe('the claim of a line', () => {
  test.each([1, 2, 3, 31, 32, 33, 64, 65, 70, 1_100])('of %i is its RFC 6962 proof, from its run alone', (count) => {
    const all = Array.from({ length: count }, (_, n) => line(n))
    const leaves = all.map(earningHash)
    const roots = runRoots(all)
    expect(rootOf(roots)).toEqual(rootOf(leaves))
    for (const at of new Set([0, 1, 30, 32, count >> 1, count - 2, count - 1].filter((n) => n >= 0 && n < count))) {
      const first = at - (at % 32)
      const { device, term, amount } = line(at)
      expect(claimsIn(7n, { first, lines: all.slice(first, first + 32), roots })(line(at))).toEqual({
        ...{ epoch: '7', first: `${at}`, lines: [{ device, term, amount: `${amount}` }] },
        proof: inclusionProof(leaves, at).map(hexOf),
      })
    }
  })

  test('is not made of a run that does not hold it', () => {
    const lines = [line(0), line(1)]
    expect(claimsIn(7n, { first: 0, lines, roots: runRoots(lines) })({ ...line(0), term: 2 })).toBeUndefined()
  })
})
