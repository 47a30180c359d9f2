import { attestationDigest, pairingDigest } from '../../devices/pairing.ts'
import { verifySignature } from '../../devices/signature.ts'
import type { PairingChain } from './chain.ts'
import type { Proof, Wish } from './request.ts'
import { contractSignature, isSameKey, lowS, type Recover } from './signatures.ts'

type Ports = { readonly chain: Pick<PairingChain, 'domain' | 'manufacturer'>; readonly recover: Recover }

/** The owner's signature as the contract takes it; undefined if it is not the owner's, or not over this pairing. */
export const ownerSignature = ({ chain, recover }: Ports, { pairing, ownerSignature }: Wish): Uint8Array | undefined =>
  contractSignature(recover, pairingDigest(chain.domain, pairing), ownerSignature, pairing.owner)

/** The device's, or its manufacturer's, likewise; undefined also where the device's comes later. */
export const proofSignature = ({ chain, recover }: Ports, { pairing, proof }: Wish): Uint8Array | undefined => {
  const { domain, manufacturer } = chain
  switch (proof.by) {
    case 'device':
      return hasSigned(recover, pairingDigest(domain, pairing), proof) ? proof.signature : undefined
    case 'manufacturer':
      return (
        manufacturer && contractSignature(recover, attestationDigest(domain, pairing), proof.signature, manufacturer)
      )
    case 'confirm':
      return undefined
  }
}

/** Low-S, as the contract demands. P-256 by the reference implementation, some 3 ms: node:crypto takes no digest that it has not made itself. */
const hasSigned = (
  recover: Recover,
  digest: Uint8Array,
  { key, signature }: Extract<Proof, { by: 'device' }>,
): boolean => {
  if (key.curve === 'p256') return verifySignature(key, digest, signature, 'low-s')
  const isLow = Buffer.compare(lowS(signature), signature) === 0
  return isLow && recover(digest, signature).some((signer) => isSameKey(signer, key))
}
