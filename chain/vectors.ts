import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, type Hex, hexToBytes, toHex } from 'viem'
import { recoverKeys, type SRule, verifySignature } from '../devices/signature.ts'

/*
 * The public conformance vectors that lie beside the repository, turned into cases for Solidity. Where the folder is missing there are no
 * cases, and the tests say that they skipped.
 */

const folder = fileURLToPath(new URL('../../shared/vectors/', import.meta.url))

export type InclusionCase = {
  readonly leaf: Hex
  readonly index: bigint
  readonly size: bigint
  readonly root: Hex
  readonly proof: readonly Hex[]
  readonly holds: boolean
}

const filesBelow = (path: string): readonly string[] =>
  existsSync(path)
    ? readdirSync(path, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.json'))
        .sort()
        .map((name) => join(path, name))
    : []

/** Some vectors hold hashes of other lengths, which Solidity cannot be asked; cut or filled to 32 bytes they still must be refused. */
const hashOf = (base64: string | null, filler = 0): Hex => {
  const hash = new Uint8Array(32).fill(filler)
  hash.set(Buffer.from(base64 ?? '', 'base64').subarray(0, 32))
  return toHex(hash)
}

type InclusionFile = {
  readonly leafIdx: string
  readonly treeSize: string
  readonly root: string | null
  readonly leafHash: string | null
  readonly proof: readonly string[] | null
  readonly wantErr: boolean
}

export const inclusionVectors = (): readonly InclusionCase[] =>
  filesBelow(join(folder, 'rfc6962', 'inclusion')).map((path) => {
    // Indices reach 2^64 - 1, where JSON.parse rounds: they are read as text.
    const text = readFileSync(path, 'utf8').replace(/("(?:leafIdx|treeSize)": *)(\d+)/g, '$1"$2"')
    const file = JSON.parse(text) as InclusionFile
    return {
      leaf: hashOf(file.leafHash, 1),
      index: BigInt(file.leafIdx),
      size: BigInt(file.treeSize),
      root: hashOf(file.root, 2),
      proof: (file.proof ?? []).map((hash) => hashOf(hash)),
      holds: !file.wantErr,
    }
  })

type WycheproofFile = {
  readonly testGroups: readonly {
    readonly publicKey: { readonly uncompressed: string }
    readonly tests: readonly { readonly msg: string; readonly sig: string }[]
  }[]
}

const signatureFiles = [
  { curve: 'secp256k1', number: 1, file: 'ecdsa_secp256k1_sha256_p1363_test.json' },
  { curve: 'p256', number: 2, file: 'ecdsa_secp256r1_sha256_p1363_test.json' },
] as const

const isEqual = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

/**
 * Wycheproof's 64-byte signatures, with what the reference in TypeScript says of them under either rule of S. secp256k1 is checked by
 * recovery on chain, which never finds the two vectors whose r lies above the group's order (recovery ids 2 and 3).
 */
export const signatureVectors = () =>
  signatureFiles
    .filter(({ file }) => existsSync(join(folder, 'wycheproof', file)))
    .flatMap(({ curve, number, file }) => {
      const { testGroups } = JSON.parse(readFileSync(join(folder, 'wycheproof', file), 'utf8')) as WycheproofFile
      return testGroups.flatMap(({ publicKey, tests }) =>
        tests
          .filter(({ sig }) => sig.length === 128)
          .map(({ msg, sig }) => {
            const key = hexToBytes(`0x${publicKey.uncompressed.slice(2)}`)
            const [digest, signature] = [sha256(hexToBytes(`0x${msg}`)), hexToBytes(`0x${sig}`)]
            const isReached =
              curve === 'p256' || recoverKeys(digest, signature).some((it) => isEqual(it.publicKey, key))
            const says = (rule: SRule) =>
              isReached && verifySignature({ curve, publicKey: key }, digest, signature, rule)
            return {
              curve: number,
              x: bytesToHex(key.subarray(0, 32)),
              y: bytesToHex(key.subarray(32)),
              digest: bytesToHex(digest),
              signature: bytesToHex(signature),
              low: says('low-s'),
              any: says('any-s'),
            }
          }),
      )
    })
