import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import type { Curve, DeviceKey } from './identity.ts'

/*
 * ECDSA in plain JavaScript: what a browser and the simulated device run, and the reference that the gateway's native verifiers are tested
 * against. Too slow for the gateway's hot path (about 400 verifications a second on one core).
 */

/** `secret` is 32 bytes, big-endian. */
export type PrivateKey = { readonly curve: Curve; readonly secret: Uint8Array }

/** (r, s) and (r, n − s) verify alike. `low-s` takes only the smaller, which contracts ask for; signing libraries write either. */
export type SRule = 'low-s' | 'any-s'

const DIGEST_BYTES = 32
export const SIGNATURE_BYTES = 64
const UNCOMPRESSED = Uint8Array.of(4)

const curves = { secp256k1, p256 } as const

/** The largest s that counts as low, 32 bytes: half of the curve's order, rounded down (SEC 2 §2.4.1, §2.4.2). */
const halfOrders: Readonly<Record<Curve, Uint8Array>> = {
  secp256k1: hexToBytes('7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0'),
  p256: hexToBytes('7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8'),
}

export const publicKeyOf = (privateKey: PrivateKey): DeviceKey => ({
  curve: privateKey.curve,
  publicKey: curves[privateKey.curve].getPublicKey(privateKey.secret, false).slice(1),
})

/** r ‖ s, 64 bytes, low-S, deterministic (RFC 6979). */
export const sign = (privateKey: PrivateKey, digest: Uint8Array): Uint8Array => {
  if (digest.length !== DIGEST_BYTES) throw new RangeError(`a digest is ${DIGEST_BYTES} bytes, not ${digest.length}`)
  return curves[privateKey.curve].sign(digest, privateKey.secret, { prehash: false, lowS: true, format: 'compact' })
}

/**
 * The same signature with the smaller s: a high s becomes n − s, which holds for the same key and digest. Contracts refuse a high s, and
 * half of what signing libraries write has one. An s that is no number of the curve stays as it is and holds for nobody.
 */
export const lowS = (curve: Curve, signature: Uint8Array): Uint8Array => {
  if (!isHighS(curve, signature)) return signature
  const order = curves[curve].Point.Fn.ORDER
  const s = BigInt(`0x${bytesToHex(signature.subarray(32, SIGNATURE_BYTES))}`)
  if (s >= order) return signature
  return concatBytes(signature.subarray(0, 32), hexToBytes((order - s).toString(16).padStart(64, '0')))
}

/** Whether s of r ‖ s is the larger of the two that verify alike. */
const isHighS = (curve: Curve, signature: Uint8Array): boolean => {
  const half = halfOrders[curve]
  for (let at = 0; at < half.length; at++) {
    const difference = (signature[32 + at] ?? 0) - (half[at] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return false
}

/**
 * Whether a contract can check the signature on every chain. An r below 2^129 may stand for a point whose x is r + n, which `ecrecover`
 * never finds (p − n is about 2^128.4 on secp256k1), and such a key can be made for one chosen digest. By chance it happens once in 2^127.
 */
export const isProvable = (signature: Uint8Array): boolean =>
  (signature[15] ?? 0) >= 2 || signature.subarray(0, 15).some((byte) => byte !== 0)

/** False for anything that is no valid signature, keys off the curve and wrong lengths included. Never throws. */
export const verifySignature = (key: DeviceKey, digest: Uint8Array, signature: Uint8Array, rule: SRule): boolean => {
  if (digest.length !== DIGEST_BYTES || signature.length !== SIGNATURE_BYTES) return false
  try {
    const publicKey = concatBytes(UNCOMPRESSED, key.publicKey)
    const options = { prehash: false, lowS: rule === 'low-s', format: 'compact' } as const
    return curves[key.curve].verify(signature, digest, publicKey, options)
  } catch {
    return false
  }
}

/**
 * The keys, on secp256k1 unless told otherwise, that may have made the signature: recovery ids 0 and 1. Ids 2 and 3 need an r above the curve order, which no
 * one can produce on purpose. Empty when the signature is none. Never throws.
 */
export const recoverKeys = (
  digest: Uint8Array,
  signature: Uint8Array,
  curve: Curve = 'secp256k1',
): readonly DeviceKey[] => {
  if (digest.length !== DIGEST_BYTES || signature.length !== SIGNATURE_BYTES) return []
  return [0, 1].flatMap((recoveryId): DeviceKey[] => {
    const publicKey = recover(curve, digest, signature, recoveryId)
    return publicKey ? [{ curve, publicKey }] : []
  })
}

const recover = (
  curve: Curve,
  digest: Uint8Array,
  signature: Uint8Array,
  recoveryId: number,
): Uint8Array | undefined => {
  try {
    const parsed = curves[curve].Signature.fromBytes(signature, 'compact').addRecoveryBit(recoveryId)
    return parsed.recoverPublicKey(digest).toBytes(false).slice(1)
  } catch {
    return undefined
  }
}
