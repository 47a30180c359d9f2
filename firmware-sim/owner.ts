import { readFile } from 'node:fs/promises'
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { type Address, addressOf } from '../devices/identity.ts'
import { type Pairing, pairingDigest, type RegistryDomain } from '../devices/pairing.ts'
import { type PrivateKey, publicKeyOf, recoverKeys, sign } from '../devices/signature.ts'
import type { Hex } from '../devices/units.ts'
import { writeDurably } from './flash.ts'

/** Who owns the fleet: a secp256k1 account. */
export type Owner = { readonly key: PrivateKey; readonly address: Address }

export const ownerOf = (secret: Uint8Array): Owner => {
  const key: PrivateKey = { curve: 'secp256k1', secret }
  return { key, address: addressOf(publicKeyOf(key).publicKey) }
}

/** Reads `0x` and 64 hex digits; makes the file with `fresh` bytes where there is none. */
export const readOwner = async (file: string, fresh: () => Uint8Array): Promise<Owner> => {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text !== undefined && !/^0x[0-9a-fA-F]{64}$/.test(text.trim()))
    throw new Error(`${file} must hold one key: 0x and 64 hex digits`)
  const secret = text === undefined ? fresh() : hexToBytes(text.trim().slice(2))
  if (text === undefined) await writeDurably(file, `0x${bytesToHex(secret)}\n`)
  return ownerOf(secret)
}

/** 65 bytes r ‖ s ‖ v over the EIP-712 pairing, as a wallet makes them. */
export const signPairing = (owner: Owner, domain: RegistryDomain, pairing: Pairing): Hex => {
  const digest = pairingDigest(domain, pairing)
  const signature = sign(owner.key, digest)
  const recoveryId = recoverKeys(digest, signature).findIndex((key) => addressOf(key.publicKey) === owner.address)
  return `0x${bytesToHex(concatBytes(signature, Uint8Array.of(27 + recoveryId)))}`
}
