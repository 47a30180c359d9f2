import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Address } from './identity.ts'

/**
 * The 32 bytes that bind a signature to one network: SHA-256("cairn/1" ‖ chain id, 8 bytes big-endian ‖ DeviceRegistry address).
 * It is the `external_aad` of every native packet and the audience of every device token, so neither works on another network.
 */
export const networkId = (chainId: number, registry: Address): Uint8Array => {
  const id = new Uint8Array(8)
  new DataView(id.buffer).setBigUint64(0, BigInt(chainId))
  return sha256(concatBytes(utf8ToBytes('cairn/1'), id, hexToBytes(registry.slice(2))))
}
