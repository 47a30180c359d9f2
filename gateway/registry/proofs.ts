import { attestationDigest, pairingDigest } from '../../devices/pairing.ts'
import { lowS, verifySignature } from '../../devices/signature.ts'
import type { PairingChain } from './chain.ts'
import type { Proof, Wish } from './request.ts'
import { contractSignature, isSameKey, type Recover } from './signatures.ts'

type Ports = { readonly chain: Pick<PairingChain, 'domain' | 'manufacturer'>; readonly recover: Recover }

/** The owner's signature as the contract takes it; undefined if it is not the owner's, or not over this pairing. */
export const ownerSignature = ({ chain, recover }: Ports, { pairing, ownerSignature }: Wish): Uint8Array | undefined =>
  contractSignature(recover, pairingDigest(chain.domain, pairing), ownerSignature, pairing.owner)

/** The device's, or its manufacturer's, likewise; undefined also where the device's comes later. */
export const proofSignature = ({ chain, recover }: Ports, { pairing, proof }: Wish): Uint8Array | undefined => {
  const { domain, manufacturer } = chain
  switch (proof.by) {
    case 'device':
      return deviceSignature(recover, pairingDigest(domain, pairing), proof)
    case 'manufacturer':
      return (
        manufacturer && contractSignature(recover, attestationDigest(domain, pairing), proof.signature, manufacturer)
      )
    case 'confirm':
      return undefined
  }
}

/**
 * With the smaller s, which the contract demands and half of what signing libraries write has not. P-256 by the reference implementation,
 * some 3 ms: node:crypto takes no digest that it has not made itself.
 */
const deviceSignature = (
  recover: Recover,
  digest: Uint8Array,
  { key, signature }: Extract<Proof, { by: 'device' }>,
): Uint8Array | undefined => {
  const low = lowS(key.curve, signature)
  const holds =
    key.curve === 'p256'
      ? verifySignature(key, digest, low, 'low-s')
      : recover(digest, low).some((signer) => isSameKey(signer, key))
  return holds ? low : undefined
}
