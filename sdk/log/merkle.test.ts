import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  append,
  consistencyProof,
  EMPTY_ROOT,
  type Hash,
  inclusionProof,
  leafHash,
  logConsistency,
  logInclusion,
  logRoot,
  nodeHash,
  type ReadTiles,
  rootOf,
  type Tile,
  type TileId,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts'

/** RFC 6962 §2.1 read aloud, leaf by leaf: slow and surely right. */
const naiveRoot = (leaves: readonly Hash[]): Hash => {
  if (leaves.length <= 1) return leaves[0] ?? sha256(new Uint8Array(0))
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return sha256(concatBytes(Uint8Array.of(1), naiveRoot(leaves.slice(0, split)), naiveRoot(leaves.slice(split))))
}

const leaf = (number: number): Hash => leafHash(utf8ToBytes(`leaf ${number}`))
const leaves = (count: number): Hash[] => Array.from({ length: count }, (_, number) => leaf(number))

const keyOf = (id: TileId): string => `${id.level}/${id.index}`

/** Tiles by id, counting what is read: a store as the log sees it. */
const openTiles = () => {
  const stored = new Map<string, Uint8Array>()
  const reads: TileId[][] = []
  const read: ReadTiles = async (ids) => {
    reads.push([...ids])
    return ids.map((id) => {
      const tile = stored.get(keyOf(id))
      if (!tile) throw new Error(`no tile ${keyOf(id)}`)
      return tile
    })
  }
  const write = (tiles: readonly Tile[]): void => {
    for (const tile of tiles) stored.set(keyOf(tile), tile.hashes)
  }
  return { read, write, reads, stored }
}

const grow = async (sizes: readonly number[], hashes: readonly Hash[]) => {
  const tiles = openTiles()
  let size = 0n
  const roots = new Map<bigint, Hash>([[0n, EMPTY_ROOT]])
  for (const count of sizes) {
    const grown = await append(tiles.read, size, hashes.slice(Number(size), Number(size) + count))
    tiles.write(grown.tiles)
    size = grown.size
    roots.set(size, grown.root)
  }
  return { ...tiles, size, roots }
}

describe('hashes', () => {
  test('are those of RFC 6962', () => {
    expect(bytesToHex(leafHash(utf8ToBytes('L123456')))).toBe(
      '395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56',
    )
    expect(bytesToHex(nodeHash(utf8ToBytes('N123'), utf8ToBytes('N456')))).toBe(
      'aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb',
    )
  })

  test('give the known roots of sizes 0 to 8', () => {
    const data = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
    const hashes = data.map((hex) => leafHash(hexToBytes(hex)))
    expect(data.concat('').map((_, size) => bytesToHex(rootOf(hashes.slice(0, size))))).toEqual([
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
      'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
      '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
      'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
      '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
    ])
  })
})

describe('small trees', () => {
  test('have the root of the definition at every size to 1000', () => {
    const all = leaves(1000)
    for (let size = 0; size <= 1000; size += size < 300 ? 1 : 37)
      expect(rootOf(all.slice(0, size))).toEqual(naiveRoot(all.slice(0, size)))
  })

  test('prove every leaf at every size to 70', () => {
    for (let size = 1; size <= 70; size++) {
      const hashes = leaves(size)
      const root = rootOf(hashes)
      hashes.forEach((leafHash, index) => {
        const proof = inclusionProof(hashes, index)
        expect(verifyInclusion({ leafHash, index: BigInt(index), size: BigInt(size), proof, root })).toBe(true)
      })
    }
  })

  test('prove that every size to 70 grew from every smaller one', () => {
    const all = leaves(70)
    const roots = [...Array(71).keys()].map((size) => rootOf(all.slice(0, size)))
    for (let size = 0; size <= 70; size++)
      for (let from = 0; from <= size; from++) {
        const proof = consistencyProof(all.slice(0, size), from)
        const [fromRoot, root] = [roots[from] as Hash, roots[size] as Hash]
        expect(verifyConsistency({ from: BigInt(from), size: BigInt(size), fromRoot, root, proof })).toBe(true)
      }
  })

  test('refuse to prove what is not there', () => {
    expect(() => inclusionProof(leaves(3), 3)).toThrow(RangeError)
    expect(() => inclusionProof(leaves(3), -1)).toThrow(RangeError)
    expect(() => inclusionProof([], 0)).toThrow(RangeError)
    expect(() => consistencyProof(leaves(3), 4)).toThrow(RangeError)
  })
})

describe('hostile proofs', () => {
  const flipped = (hash: Hash): Hash => hash.map((byte, at) => (at === 7 ? byte ^ 1 : byte))
  const swapped = <T>(list: readonly T[], at: number): T[] =>
    list.map((item, index) => (index === at ? list[at + 1] : index === at + 1 ? list[at] : item) as T)
  /** Everything near a proof that is not it. Siblings of one proof differ, so each is another list. */
  const spoilt = (proof: readonly Hash[]): (readonly Hash[])[] => [
    [...proof, leaf(0)],
    [leaf(0), ...proof],
    [...proof, new Uint8Array(0)],
    ...(proof.length > 0 ? [proof.slice(1), proof.slice(0, -1)] : []),
    ...proof.map((hash, at) => proof.with(at, flipped(hash))),
    ...proof.map((hash, at) => proof.with(at, hash.subarray(1))),
    ...proof.slice(1).map((_, at) => swapped(proof, at)),
  ]

  test('of inclusion are refused', () => {
    for (let size = 1; size <= 33; size++)
      for (let index = 0; index < size; index++) {
        const hashes = leaves(size)
        const proof = inclusionProof(hashes, index)
        const good = { leafHash: leaf(index), index: BigInt(index), size: BigInt(size), proof, root: rootOf(hashes) }
        const bad = [
          ...spoilt(proof).map((proof) => ({ ...good, proof })),
          { ...good, leafHash: leaf(index + 1) },
          { ...good, leafHash: new Uint8Array(0) },
          { ...good, root: flipped(good.root) },
          { ...good, root: new Uint8Array(0) },
          { ...good, index: good.index + 1n },
          { ...good, index: good.index - 1n },
          { ...good, index: good.size },
          { ...good, index: good.index + good.size },
          { ...good, size: 0n },
          { ...good, size: -good.size },
          { ...good, size: good.size * 2n },
          { ...good, size: good.size + (1n << 63n) },
        ]
        expect(verifyInclusion(good)).toBe(true)
        expect(bad.filter(verifyInclusion)).toEqual([])
      }
  })

  test('of consistency are refused', () => {
    for (let size = 1; size <= 33; size++)
      for (let from = 0; from <= size; from++) {
        const hashes = leaves(size)
        const proof = consistencyProof(hashes, from)
        const [fromRoot, root] = [rootOf(hashes.slice(0, from)), rootOf(hashes)]
        const good = { from: BigInt(from), size: BigInt(size), fromRoot, root, proof }
        const bad = [
          ...spoilt(proof).map((proof) => ({ ...good, proof })),
          { ...good, fromRoot: flipped(fromRoot) },
          { ...good, root: from === 0 ? new Uint8Array(0) : flipped(root) },
          { ...good, from: -1n },
          { ...good, from: good.size + 1n },
          ...(from === 0
            ? []
            : [
                { ...good, size: good.size * 2n + 1n },
                { ...good, from: 0n },
              ]),
          ...(from === 0 || from === size ? [] : [{ ...good, fromRoot: root, root: fromRoot }]),
        ]
        expect(verifyConsistency(good)).toBe(true)
        expect(bad.filter(verifyConsistency)).toEqual([])
      }
  })
})

describe('logs on tiles', () => {
  test('have the shape of C2SP tlog-tiles at 70,000 leaves', async () => {
    const { stored, size } = await grow([70_000], Array(70_000).fill(leaf(0)))
    expect(size).toBe(70_000n)
    const widths = (level: number) =>
      [...stored].filter(([key]) => key.startsWith(`${level}/`)).map(([, tile]) => tile.length / 32)
    expect(widths(0)).toEqual([...Array(273).fill(256), 112])
    expect(widths(1)).toEqual([256, 17])
    expect(widths(2)).toEqual([1])
  })

  test('have the root of the tree in memory, whatever the batches', async () => {
    const all = leaves(1500)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 8 }), async (counts) => {
        const { size, roots, read } = await grow(counts, all.concat(Array(3200).fill(leaf(1))))
        for (const [at, root] of roots)
          expect(root).toEqual(rootOf(all.concat(Array(3200).fill(leaf(1))).slice(0, Number(at))))
        expect(await logRoot(read, size)).toEqual(roots.get(size))
      }),
      { numRuns: 25, seed: 6962 },
    )
  })

  test('hold across the borders of tiles', async () => {
    const hashes = leaves(65_538)
    const { read, roots } = await grow([255, 1, 1, 254, 1, 1, 65_022, 1, 1, 1], hashes)
    expect([...roots.keys()]).toEqual([0n, 255n, 256n, 257n, 511n, 512n, 513n, 65_535n, 65_536n, 65_537n, 65_538n])
    for (const [size, root] of roots) {
      expect(root).toEqual(rootOf(hashes.slice(0, Number(size))))
      for (const index of [0n, 255n, 256n, 511n, 512n, 65_534n, 65_535n, 65_536n].filter((index) => index < size)) {
        const proof = await logInclusion(read, index, size)
        expect(verifyInclusion({ leafHash: hashes[Number(index)] as Hash, index, size, proof, root })).toBe(true)
      }
      for (const [from, fromRoot] of roots) {
        if (from > size) continue
        const proof = await logConsistency(read, from, size)
        expect(verifyConsistency({ from, size, fromRoot, root, proof })).toBe(true)
      }
    }
  })

  test('give the proofs of the tree in memory, at any size they had', async () => {
    const hashes = leaves(1200)
    const { read } = await grow([700, 500], hashes)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1200 }), fc.nat(), async (size, any) => {
        const index = any % size
        const then = hashes.slice(0, size)
        expect(await logInclusion(read, BigInt(index), BigInt(size))).toEqual(inclusionProof(then, index))
        expect(await logConsistency(read, BigInt(index), BigInt(size))).toEqual(consistencyProof(then, index))
      }),
      { numRuns: 150, seed: 9162 },
    )
  })

  test('read the right edge alone, in one call, and write each tile once', async () => {
    const log = await grow([65_536 + 256 * 3 + 5], Array(70_000).fill(leaf(0)))
    log.reads.length = 0
    const { tiles } = await append(log.read, log.size, [leaf(1)])
    expect(log.reads).toEqual([
      [
        { level: 0, index: 259n },
        { level: 1, index: 1n },
        { level: 2, index: 0n },
      ],
    ])
    expect(tiles.map(({ level, index }) => ({ level, index }))).toEqual([{ level: 0, index: 259n }])
  })

  test('a batch of nothing changes nothing', async () => {
    const log = await grow([300], leaves(300))
    expect(await append(log.read, 300n, [])).toEqual({ size: 300n, root: log.roots.get(300n), tiles: [] })
    expect(await append(log.read, 0n, [])).toEqual({ size: 0n, root: EMPTY_ROOT, tiles: [] })
  })

  test('a tile shorter than its log is a surprise, not a wrong root', async () => {
    const short: ReadTiles = async (ids) => ids.map(() => new Uint8Array(32))
    await expect(append(short, 2n, [leaf(2)])).rejects.toThrow(RangeError)
    await expect(logRoot(short, 2n)).rejects.toThrow(RangeError)
    await expect(logInclusion(short, 2n, 2n)).rejects.toThrow(RangeError)
    await expect(logConsistency(short, 3n, 2n)).rejects.toThrow(RangeError)
  })
})

const folder = fileURLToPath(new URL('../../../shared/vectors/rfc6962/inclusion/', import.meta.url))
const files = existsSync(folder)
  ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'))
  : []

type Vector = {
  readonly leafIdx: number | string
  readonly treeSize: number | string
  readonly root: string
  readonly leafHash: string
  readonly proof: readonly string[] | null
  readonly wantErr: boolean
}

describe.skipIf(files.length === 0)(
  'vectors of transparency-dev/merkle (skipped without shared/vectors/rfc6962)',
  () => {
    test('are all there', () => expect(files.length).toBeGreaterThanOrEqual(90))

    test.each(files)('inclusion %s', (name) => {
      // Indices near 2^64 pass through JSON.parse rounded, so they are read from the text.
      const text = readFileSync(`${folder}/${name}`, 'utf8').replace(/"(leafIdx|treeSize)":\s*(\d+)/g, '"$1":"$2"')
      const vector = JSON.parse(text) as Vector
      const bytes = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, 'base64'))
      const holds = verifyInclusion({
        leafHash: bytes(vector.leafHash),
        index: BigInt(vector.leafIdx),
        size: BigInt(vector.treeSize),
        proof: (vector.proof ?? []).map(bytes),
        root: bytes(vector.root),
      })
      expect(holds).toBe(!vector.wantErr)
    })
  },
)
