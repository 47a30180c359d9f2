import { concatBytes } from '@noble/hashes/utils.js'
import { type Address, addressOf, type DeviceKey } from '../../devices/identity.ts'
import { lowS, SIGNATURE_BYTES } from '../../devices/signature.ts'

/** The keys that may have made a signature on secp256k1, by native code: `recoverNatively` of verify/signature.ts. Never throws. */
export type Recover = (digest: Uint8Array, signature: Uint8Array) => readonly DeviceKey[]

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
  const low = lowS('secp256k1', signature.subarray(0, SIGNATURE_BYTES))
  const recoveryId = recover(digest, low).findIndex((key) => addressOf(key.publicKey) === signer)
  return recoveryId < 0 ? undefined : concatBytes(low, Uint8Array.of(27 + recoveryId))
}
