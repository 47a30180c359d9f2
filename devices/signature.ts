import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { concatBytes } from '@noble/hashes/utils.js'
import type { Curve, DeviceKey } from './identity.ts'

/*
 * ECDSA in plain JavaScript: what a browser and the simulated device run, and the reference that the gateway's native verifiers are tested
 * against. Too slow for the gateway's hot path (about 400 verifications a second on one core).
 */

/** `secret` is 32 bytes, big-endian. */
export type PrivateKey = { readonly curve: Curve; readonly secret: Uint8Array }

/** (r, s) and (r, n − s) verify alike. `low-s` takes only the smaller: what COSE packets and contracts ask; Pebbles also send the larger. */
export type SRule = 'low-s' | 'any-s'

const DIGEST_BYTES = 32
export const SIGNATURE_BYTES = 64
const UNCOMPRESSED = Uint8Array.of(4)

const curves = { secp256k1, p256 } as const

export const publicKeyOf = (privateKey: PrivateKey): DeviceKey => ({
  curve: privateKey.curve,
  publicKey: curves[privateKey.curve].getPublicKey(privateKey.secret, false).slice(1),
})

/** r ‖ s, 64 bytes, low-S, deterministic (RFC 6979). */
export const sign = (privateKey: PrivateKey, digest: Uint8Array): Uint8Array => {
  if (digest.length !== DIGEST_BYTES) throw new RangeError(`a digest is ${DIGEST_BYTES} bytes, not ${digest.length}`)
  return curves[privateKey.curve].sign(digest, privateKey.secret, { prehash: false, lowS: true, format: 'compact' })
}

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
