import { type Address, addressOf, type DeviceKey } from '../../devices/identity.ts'
import { type RegistryDomain, releaseDigest } from '../../devices/pairing.ts'
import type { Millis } from '../../devices/units.ts'
import type { Standing } from './chain.ts'
import type { PairingRefusal, Wish } from './request.ts'
import { contractSignature, isSameKey, type Recover } from './signatures.ts'

/** As the contract takes it. */
export type SignedRelease = { readonly deadline: bigint; readonly signature: Uint8Array }

/** Whether the key pairs this device again by itself: a new device's first key, an old one's last key that was not revoked. */
const isFree = ({ last }: Standing, key: DeviceKey | undefined, device: Address): boolean => {
  if (!last) return true
  if (last.isRevoked) return false
  // A Pebble's key is known once it confirms; a confirm is taken from its first key alone.
  return key ? isSameKey(last.key, key) : addressOf(last.key.publicKey) === device
}

type Asked = {
  readonly domain: RegistryDomain
  readonly standing: Standing
  readonly now: Millis
  readonly recover: Recover
}

/**
 * The last owner's release, where the pairing needs one; undefined where it needs none. The same that DeviceRegistry asks: a key that was
 * revoked or rotated away comes back by its last owner's word alone.
 */
export const releaseFor = (
  wish: Wish,
  { domain, standing, now, recover }: Asked,
):
  | { readonly ok: true; readonly release: SignedRelease | undefined }
  | { readonly ok: false; readonly refusal: PairingRefusal } => {
  const { device, owner, nonce } = wish.pairing
  const key = wish.proof.by === 'confirm' ? undefined : wish.proof.key
  if (!standing.last || isFree(standing, key, device)) return { ok: true, release: undefined }
  const { owner: lastOwner } = standing.last
  if (!wish.release) return { ok: false, refusal: { code: 'RELEASE_MISSING', facts: { device, lastOwner } } }
  const { deadline } = wish.release
  if (Number(deadline) * 1_000 <= now)
    return { ok: false, refusal: { code: 'DEADLINE_PASSED', facts: { of: 'release', deadline: String(deadline) } } }
  const digest = releaseDigest(domain, { device, to: owner, nonce, deadline })
  const signature = contractSignature(recover, digest, wish.release.signature, lastOwner)
  if (!signature) return { ok: false, refusal: { code: 'BAD_PROOF', facts: { of: 'release', lastOwner } } }
  return { ok: true, release: { deadline, signature } }
}
