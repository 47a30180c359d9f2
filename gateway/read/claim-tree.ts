import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Hex } from '../../devices/units.ts'
import { encodeEarning } from '../../sdk/log/earning.ts'
import { type Hash, leafHash, nodeHash } from '../../sdk/log/merkle.ts'
import { type Earning, type ReadStore, termKey } from '../ports.ts'
import { hexOf } from './schemas.ts'

/** The arguments of `RewardLedger.claim(epoch, [claim])`: anyone may send it, the term's holder is paid. */
export type ClaimArguments = {
  readonly device: Hex
  readonly term: number
  readonly cumulative: string
  readonly index: string
  readonly proof: readonly Hex[]
}

/** Proves lines of one epoch under its earnings root, a few hashes looked up each; undefined for a line that the epoch does not have. */
export type ClaimTree = { prove(line: Pick<Earning, 'device' | 'term'>): ClaimArguments | undefined }

/** Lines read, and hashes made, before others have their turn: some 3 ms. */
const AT_ONCE = 512

/** Leaves first, the root last. A node without a sibling moves up as it is, which is RFC 6962's tree built from below. */
const levelsOf = async (leaves: readonly Hash[]): Promise<readonly (readonly Hash[])[]> => {
  const levels: Hash[][] = [[...leaves]]
  for (let level = levels[0] ?? []; level.length > 1; ) {
    const above: Hash[] = []
    for (let at = 0; at < level.length; at += 2) {
      const [left, right] = [level[at] as Hash, level[at + 1]]
      above.push(right ? nodeHash(left, right) : left)
      if (above.length % AT_ONCE === 0) await nextTurn()
    }
    levels.push(above)
    level = above
  }
  return levels
}

const proofIn = (levels: readonly (readonly Hash[])[], index: number): readonly Hash[] =>
  levels.flatMap((level, height) => {
    const sibling = level[(index >> height) ^ 1]
    return sibling ? [sibling] : []
  })

const readLines = async (store: Pick<ReadStore, 'lines'>, epoch: bigint) => {
  const places = new Map<string, { readonly index: number; readonly line: Earning }>()
  const leaves: Hash[] = []
  for (let after: Earning | undefined; ; ) {
    const page = await store.lines({ epoch, after, limit: AT_ONCE })
    for (const line of page) {
      places.set(termKey(line.device, line.term), { index: leaves.length, line })
      leaves.push(leafHash(encodeEarning(line)))
    }
    after = page.at(-1)
    if (page.length < AT_ONCE) return { places, leaves }
  }
}

const buildTree = async (store: Pick<ReadStore, 'lines'>, epoch: bigint): Promise<ClaimTree> => {
  const { places, leaves } = await readLines(store, epoch)
  const levels = await levelsOf(leaves)
  return {
    prove: ({ device, term }) => {
      const place = places.get(termKey(device, term))
      if (!place) return undefined
      const { index, line } = place
      return {
        device,
        term,
        cumulative: `${line.cumulative}`,
        index: `${index}`,
        proof: proofIn(levels, index).map(hexOf),
      }
    },
  }
}

/**
 * The tree of the newest final epoch, made once however many ask for it at the same time: a final epoch never changes. Earlier ones are
 * not kept, since earnings are cumulative and the newest one's claim pays what any of them left.
 */
export const openClaimTrees = (store: Pick<ReadStore, 'lines'>): ((epoch: bigint) => Promise<ClaimTree>) => {
  let kept: { readonly epoch: bigint; readonly tree: Promise<ClaimTree> } | undefined
  return (epoch) => {
    if (kept?.epoch === epoch) return kept.tree
    const tree = buildTree(store, epoch)
    const mine = { epoch, tree }
    kept = mine
    tree.catch(() => {
      if (kept === mine) kept = undefined
    })
    return tree
  }
}
