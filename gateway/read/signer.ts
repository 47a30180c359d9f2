import { addressOf, type DeviceKey } from '../../devices/identity.ts'
import { recoverKeys } from '../../devices/signature.ts'
import type { Registration, StoredPacket } from '../ports.ts'

/**
 * The key that signed a stored packet: the registered one, unless that has come by a rotation and the packet is by the key that the device
 * is named after. A packet by a key between two rotations gets the registered one, by which it does not hold: who verifies is told so.
 */
export const signerOf = (
  { device, format, digest, signature }: Pick<StoredPacket, 'device' | 'format' | 'digest' | 'signature'>,
  { key }: Pick<Registration, 'key'>,
): DeviceKey => {
  // Recovering costs milliseconds; nearly no device was ever rotated.
  if (addressOf(key.publicKey) === device) return key
  const curve = format === 'cose-es256' ? 'p256' : 'secp256k1'
  return recoverKeys(digest, signature, curve).find(({ publicKey }) => addressOf(publicKey) === device) ?? key
}
