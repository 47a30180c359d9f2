import { describe, expect, test } from 'vitest'
import type { Address } from '../../devices/identity.ts'
import { encodeEarning } from '../../sdk/log/earning.ts'
import { inclusionProof, leafHash } from '../../sdk/log/merkle.ts'
import type { Earning, ReadStore } from '../ports.ts'
import { openClaimTrees } from './claim-tree.ts'
import { hexOf } from './schemas.ts'

const line = (n: number): Earning => ({
  device: `0x${n.toString(16).padStart(40, '0')}` as Address,
  term: 1,
  holder: `0x${'a0'.repeat(20)}`,
  records: 1n,
  score: 1n,
  weight: 1n,
  amount: 1n,
  cumulative: BigInt(n + 1),
})

/** An epoch of so many lines, and how often its first page was read. */
const epochOf = (count: number) => {
  const all = Array.from({ length: count }, (_, n) => line(n))
  let reads = 0
  const lines: ReadStore['lines'] = async ({ after, limit }) => {
    if (!after) reads += 1
    const start = after ? all.findIndex(({ device }) => device === after.device) + 1 : 0
    return all.slice(start, start + limit)
  }
  return { all, store: { lines }, reads: () => reads }
}

describe('the claims of a final epoch', () => {
  test.each([1, 2, 3, 5, 8, 511, 512, 513, 1_100])('of %i lines prove each under RFC 6962’s root', async (count) => {
    const { all, store } = epochOf(count)
    const leaves = all.map((one) => leafHash(encodeEarning(one)))
    const tree = await openClaimTrees(store)(7n)
    for (const index of new Set([0, 1, count >> 1, count - 2, count - 1].filter((at) => at >= 0 && at < count)))
      expect(tree.prove(line(index))).toEqual({
        device: line(index).device,
        term: 1,
        cumulative: `${index + 1}`,
        index: `${index}`,
        proof: inclusionProof(leaves, index).map(hexOf),
      })
    expect(tree.prove({ device: line(0).device, term: 2 })).toBeUndefined()
  })

  test('are hashed once for fourteen who ask at the same time, and once more for the next epoch', async () => {
    const { store, reads } = epochOf(20)
    const treeOf = openClaimTrees(store)
    await Promise.all(Array.from({ length: 14 }, () => treeOf(7n)))
    expect(reads()).toBe(1)
    await treeOf(8n)
    expect(reads()).toBe(2)
  })

  test('are read again after the database was away', async () => {
    const { store } = epochOf(3)
    let isAway = true
    const treeOf = openClaimTrees({
      lines: (page) => (isAway ? Promise.reject(new Error('away')) : store.lines(page)),
    })
    await expect(treeOf(7n)).rejects.toThrow('away')
    isAway = false
    expect((await treeOf(7n)).prove(line(2))).toBeDefined()
  })
})
