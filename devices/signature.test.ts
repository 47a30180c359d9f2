import { sha256 } from '@noble/hashes/sha2.js'
import { hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hasVectors, readVectors, vectorsNote } from '../test/support/vectors.ts'
import { addressOf, type Curve } from './identity.ts'
import { isProvable, lowS, publicKeyOf, recoverKeys, sign, verifySignature } from './signature.ts'

type Wycheproof = {
  readonly numberOfTests: number
  readonly testGroups: readonly {
    readonly publicKey: { readonly uncompressed: string }
    readonly tests: readonly { tcId: number; comment: string; msg: string; sig: string; result: string }[]
  }[]
}

const curves: readonly Curve[] = ['secp256k1', 'p256']
const orders: Readonly<Record<Curve, bigint>> = {
  secp256k1: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
  p256: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
}

const sOf = (signature: Uint8Array): bigint => BigInt(`0x${Buffer.from(signature.subarray(32)).toString('hex')}`)
const isLow = (curve: Curve, signature: Uint8Array) => sOf(signature) <= orders[curve] / 2n

/** The other signature of the same key over the same digest. */
const mirror = (curve: Curve, signature: Uint8Array): Uint8Array =>
  Uint8Array.of(
    ...signature.subarray(0, 32),
    ...hexToBytes((orders[curve] - sOf(signature)).toString(16).padStart(64, '0')),
  )

describe.skipIf(!hasVectors)(`Wycheproof, r ‖ s${vectorsNote}`, () => {
  const read = (name: string) => readVectors<Wycheproof>(`wycheproof/ecdsa_${name}_sha256_p1363_test.json`)

  test.each([
    ['secp256k1', 'secp256k1'],
    ['p256', 'secp256r1'],
  ] as const)('%s: any S as the vectors say; low S only where S is low', (curve, name) => {
    const { testGroups, numberOfTests } = read(name)
    let run = 0
    for (const { publicKey, tests } of testGroups) {
      const key = { curve, publicKey: hexToBytes(publicKey.uncompressed.slice(2)) }
      for (const { tcId, msg, sig, result } of tests) {
        const digest = sha256(hexToBytes(msg))
        const signature = hexToBytes(sig)
        const isValid = result === 'valid'
        expect(verifySignature(key, digest, signature, 'any-s'), `${name} ${tcId}`).toBe(isValid)
        const isTaken = isValid && isLow(curve, signature)
        expect(verifySignature(key, digest, signature, 'low-s'), `${name} ${tcId}`).toBe(isTaken)
        run++
      }
    }
    expect(run).toBe(numberOfTests)
  })
})

describe.each(curves)('%s', (curve) => {
  const key = { curve, secret: sha256(Uint8Array.of(1)) }
  const publicKey = publicKeyOf(key)
  const digest = sha256(Uint8Array.of(2))

  test('what it signs verifies, is low-S and the same every time', () => {
    const signature = sign(key, digest)
    expect(signature).toHaveLength(64)
    expect(isLow(curve, signature)).toBe(true)
    expect(sign(key, digest)).toEqual(signature)
    expect(verifySignature(publicKey, digest, signature, 'low-s')).toBe(true)
  })

  test('takes the high-S mirror only where any S is taken', () => {
    const high = mirror(curve, sign(key, digest))
    expect(verifySignature(publicKey, digest, high, 'any-s')).toBe(true)
    expect(verifySignature(publicKey, digest, high, 'low-s')).toBe(false)
  })

  test('refuses another digest, another key, another curve', () => {
    const signature = sign(key, digest)
    const other: Curve = curve === 'p256' ? 'secp256k1' : 'p256'
    expect(verifySignature(publicKey, sha256(digest), signature, 'any-s')).toBe(false)
    expect(verifySignature(publicKeyOf({ curve, secret: digest }), digest, signature, 'any-s')).toBe(false)
    expect(verifySignature({ curve: other, publicKey: publicKey.publicKey }, digest, signature, 'any-s')).toBe(false)
  })

  test('never throws, whatever the bytes', () => {
    const bytes = (length: number) =>
      fc.oneof(fc.uint8Array({ maxLength: 2 * length }), fc.uint8Array({ minLength: length, maxLength: length }))
    fc.assert(
      fc.property(bytes(64), bytes(32), bytes(64), (stranger, hash, signature) => {
        expect(verifySignature({ curve, publicKey: stranger }, hash, signature, 'any-s')).toBe(false)
        expect(verifySignature(publicKey, hash, signature, 'low-s')).toBe(false)
        recoverKeys(hash, signature)
      }),
      { numRuns: 200, seed: 3 },
    )
  })

  test('refuses to sign what is no digest', () => {
    expect(() => sign(key, new Uint8Array(31))).toThrow(RangeError)
  })
})

describe.each(curves)('the smaller s on %s', (curve) => {
  const order = orders[curve]
  const bytesOf = (number: bigint) => hexToBytes(number.toString(16).padStart(64, '0'))
  const withS = (s: bigint) => Uint8Array.of(...new Uint8Array(32).fill(5), ...bytesOf(s))

  test('of the two that verify alike, whichever was given', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
        const signature = sign({ curve, secret: sha256(seed) }, sha256(seed))
        expect(lowS(curve, signature)).toEqual(signature)
        expect(lowS(curve, mirror(curve, signature))).toEqual(signature)
      }),
      { numRuns: 40, seed: 6 },
    )
  })

  test('half the order is low, one more is high', () => {
    expect(lowS(curve, withS(order / 2n))).toEqual(withS(order / 2n))
    expect(lowS(curve, withS(order / 2n + 1n))).toEqual(withS(order / 2n))
  })

  test('what is no number of the curve stays as it is, and holds for nobody', () => {
    for (const s of [0n, order, order + 1n, 2n ** 256n - 1n]) expect(lowS(curve, withS(s))).toEqual(withS(s))
  })
})

test('provable on every chain from r = 2^129 on', () => {
  const withR = (r: bigint) => Uint8Array.of(...hexToBytes(r.toString(16).padStart(64, '0')), ...new Uint8Array(32))
  const answers = [0n, 2n ** 128n, 2n ** 129n - 1n, 2n ** 129n, 2n ** 130n, 2n ** 136n, 2n ** 255n].map((r) =>
    isProvable(withR(r)),
  )
  expect(answers).toEqual([false, false, false, true, true, true, true])
})

describe('recovery', () => {
  test('finds the signer of a low-S and of a high-S signature', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
        const key = { curve: 'secp256k1', secret: sha256(seed) } as const
        const digest = sha256(key.secret)
        const signature = sign(key, digest)
        const device = addressOf(publicKeyOf(key).publicKey)
        for (const given of [signature, mirror('secp256k1', signature)]) {
          expect(recoverKeys(digest, given).map(({ publicKey }) => addressOf(publicKey))).toContain(device)
        }
      }),
      { numRuns: 30, seed: 4 },
    )
  })

  test('finds nobody behind zeros', () => {
    expect(recoverKeys(new Uint8Array(32), new Uint8Array(64))).toEqual([])
  })
})
