import { secp256k1 } from '@noble/curves/secp256k1.js'
import { concatBytes } from '@noble/hashes/utils.js'
import { type Address, addressOf, type DeviceKey } from '../../devices/identity.ts'
import { SIGNATURE_BYTES } from '../../devices/signature.ts'

/** The keys that may have made a signature on secp256k1, by native code: `recoverNatively` of verify/signature.ts. Never throws. */
export type Recover = (digest: Uint8Array, signature: Uint8Array) => readonly DeviceKey[]

const HALF_ORDER = secp256k1.Point.Fn.ORDER >> 1n
const bigIntOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
const wordOf = (value: bigint): Uint8Array => Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'))

/** (r, s) and (r, n − s) are one signature; contracts take the smaller. secp256k1 only. */
export const lowS = (signature: Uint8Array): Uint8Array => {
  const s = bigIntOf(signature.subarray(32, SIGNATURE_BYTES))
  if (s <= HALF_ORDER) return signature.slice(0, SIGNATURE_BYTES)
  return concatBytes(signature.subarray(0, 32), wordOf(secp256k1.Point.Fn.ORDER - s))
}

export const isSameKey = (one: DeviceKey, other: DeviceKey): boolean =>
  one.curve === other.curve && Buffer.compare(one.publicKey, other.publicKey) === 0

/**
 * The signature as OpenZeppelin's ECDSA takes it (r ‖ s ‖ v, low-S, v 27 or 28), or undefined if it is not the signer's.
 *
 * Wallets differ in v (0, 1, 27, 28), so it is found by recovery, not read.
 */
export const contractSignature = (
  recover: Recover,
  digest: Uint8Array,
  signature: Uint8Array,
  signer: Address,
): Uint8Array | undefined => {
  const low = lowS(signature)
  const recoveryId = recover(digest, low).findIndex((key) => addressOf(key.publicKey) === signer)
  return recoveryId < 0 ? undefined : concatBytes(low, Uint8Array.of(27 + recoveryId))
}
