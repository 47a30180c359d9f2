import type { BasisPoints } from '../../devices/units.ts'

const WHOLE = 10_000n

/**
 * Each count's share of their sum in basis points, rounded so that the shares add to exactly 10,000 (largest remainder; of equal
 * remainders the earlier one is rounded up). All zero where there is nothing to share.
 */
export const sharesOf = (counts: readonly number[]): readonly BasisPoints[] => {
  const total = counts.reduce((sum, count) => sum + BigInt(count), 0n)
  if (total === 0n) return counts.map(() => 0)
  const parts = counts.map((count, index) => ({
    index,
    share: (BigInt(count) * WHOLE) / total,
    rest: (BigInt(count) * WHOLE) % total,
  }))
  const missing = Number(WHOLE - parts.reduce((sum, part) => sum + part.share, 0n))
  const byRest = [...parts].sort((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest < b.rest ? 1 : -1))
  const raised = new Set(byRest.slice(0, missing).map((part) => part.index))
  return parts.map((part) => Number(part.share) + (raised.has(part.index) ? 1 : 0))
}
