import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { Hex } from './units.ts'

/** COSE ES256K signs on secp256k1, ES256 on P-256. A device is its key; the curve belongs to the key. */
export type Curve = 'secp256k1' | 'p256'

/** X ‖ Y, 32 bytes each, big-endian, without the 0x04 prefix. */
export type DeviceKey = { readonly curve: Curve; readonly publicKey: Uint8Array }

/** 20 bytes as lower-case hexadecimal with `0x`: the last 20 bytes of keccak256(X ‖ Y). */
export type Address = Hex

export const addressOf = (publicKey: Uint8Array): Address => {
  if (publicKey.length !== 64) throw new RangeError(`a public key is 64 bytes X ‖ Y, not ${publicKey.length}`)
  return `0x${bytesToHex(keccak_256(publicKey).subarray(12))}`
}

export const didOf = (device: Address): string => `did:io:${device}`

export const isAddress = (text: string): text is Address => /^0x[0-9a-f]{40}$/.test(text)
