import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Curve, DeviceKey } from '../../devices/identity.ts'
import { publicKeyOf, sign, verifySignature } from '../../devices/signature.ts'
import { hasVectors, readVectors, vectorsNote } from '../../test/support/vectors.ts'
import { holds, verifySignatures } from './signature.ts'

const orders: Readonly<Record<Curve, bigint>> = { secp256k1: secp256k1.Point.Fn.ORDER, p256: p256.Point.Fn.ORDER }

const bytesOf = (number: bigint) => hexToBytes(number.toString(16).padStart(64, '0'))
const numberOf = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)

const answersOf = (key: DeviceKey, message: Uint8Array, signature: Uint8Array) => {
  const digest = sha256(message)
  return {
    native: holds({ key, digest, message, signature }),
    reference: verifySignature(key, digest, signature, 'any-s'),
  }
}

type Vector = {
  readonly testGroups: readonly {
    readonly publicKey: { readonly uncompressed: string }
    readonly tests: readonly { tcId: number; msg: string; sig: string; result: 'valid' | 'invalid' | 'acceptable' }[]
  }[]
}

describe.each([
  ['secp256k1', 'secp256k1'],
  ['p256', 'secp256r1'],
] as const)('native verification on %s', (curve, name) => {
  test.skipIf(!hasVectors)(`agrees with Wycheproof, and with @noble${vectorsNote}`, () => {
    const vector = readVectors<Vector>(`wycheproof/ecdsa_${name}_sha256_p1363_test.json`)
    let cases = 0
    for (const group of vector.testGroups) {
      const key = { curve, publicKey: hexToBytes(group.publicKey.uncompressed.slice(-128)) }
      for (const { tcId, msg, sig, result } of group.tests) {
        const [message, signature] = [hexToBytes(msg), hexToBytes(sig)]
        const isValid = result === 'valid'
        expect({ tcId, ...answersOf(key, message, signature) }).toEqual({ tcId, native: isValid, reference: isValid })
        cases += 1
      }
    }
    expect(cases).toBeGreaterThan(200)
  })

  const secret = fc.bigInt({ min: 1n, max: orders[curve] - 1n }).map(bytesOf)
  const message = fc.uint8Array({ maxLength: 80 })
  const n = orders[curve]

  const mutations: Readonly<Record<string, (signature: Uint8Array, where: number) => Uint8Array>> = {
    none: (signature) => signature,
    'one bit': (signature, where) =>
      signature.map((byte, index) => (index === where % 64 ? byte ^ (1 << (where % 8)) : byte)),
    'the other s': (signature) =>
      Uint8Array.from([...signature.slice(0, 32), ...bytesOf(n - numberOf(signature.slice(32)))]),
    'r = 0': (signature) => Uint8Array.from([...new Uint8Array(32), ...signature.slice(32)]),
    's = 0': (signature) => Uint8Array.from([...signature.slice(0, 32), ...new Uint8Array(32)]),
    'r = n': (signature) => Uint8Array.from([...bytesOf(n), ...signature.slice(32)]),
    's = n': (signature) => Uint8Array.from([...signature.slice(0, 32), ...bytesOf(n)]),
    's all ones': (signature) => Uint8Array.from([...signature.slice(0, 32), ...new Uint8Array(32).fill(255)]),
    'a byte short': (signature) => signature.slice(1),
    'a byte long': (signature) => Uint8Array.from([...signature, 0]),
    empty: () => new Uint8Array(0),
  }

  test.each(Object.keys(mutations))('answers as @noble does: %s', (name) => {
    const mutate = mutations[name] as (typeof mutations)[string]
    const property = fc.property(secret, message, fc.nat(), (bytes, signed, where) => {
      const privateKey = { curve, secret: bytes }
      const signature = mutate(sign(privateKey, sha256(signed)), where)
      const { native, reference } = answersOf(publicKeyOf(privateKey), signed, signature)
      expect(native).toBe(reference)
    })
    fc.assert(property, { numRuns: 12, seed: 20260601 })
  })

  test('takes what a device signs, with either s', () => {
    const privateKey = { curve, secret: bytesOf(7n) }
    const signature = sign(privateKey, sha256(Uint8Array.of(1)))
    const high = mutations['the other s']?.(signature, 0) as Uint8Array
    for (const given of [signature, high])
      expect(answersOf(publicKeyOf(privateKey), Uint8Array.of(1), given)).toEqual({ native: true, reference: true })
  })

  test('is false for another key, a key off the curve and no key', () => {
    const signature = sign({ curve, secret: bytesOf(7n) }, sha256(Uint8Array.of(1)))
    const strangers = [
      publicKeyOf({ curve, secret: bytesOf(8n) }).publicKey,
      new Uint8Array(64).fill(1),
      new Uint8Array(0),
    ]
    for (const publicKey of strangers)
      expect(answersOf({ curve, publicKey }, Uint8Array.of(1), signature)).toEqual({ native: false, reference: false })
  })
})

test('answers for many in their order', async () => {
  const privateKey = { curve: 'secp256k1', secret: bytesOf(7n) } as const
  const digest = sha256(Uint8Array.of(1))
  const good = {
    key: publicKeyOf(privateKey),
    digest,
    message: undefined,
    signature: sign(privateKey, digest),
  } as const
  const bad = { ...good, digest: sha256(Uint8Array.of(2)) }
  const jobs = Array.from({ length: 150 }, (_, index) => (index % 3 === 0 ? bad : good))
  expect(await verifySignatures(jobs)).toEqual(jobs.map((job) => job === good))
})
