import { attestationDigest, pairingDigest } from '../../devices/pairing.ts'
import { verifySignature } from '../../devices/signature.ts'
import type { PairingChain } from './chain.ts'
import type { Wish } from './request.ts'
import { contractSignature } from './signatures.ts'

type Chain = Pick<PairingChain, 'domain' | 'manufacturer'>

/** The owner's signature as the contract takes it; undefined if it is not the owner's, or not over this pairing. */
export const ownerSignature = ({ domain }: Chain, { pairing, ownerSignature }: Wish): Uint8Array | undefined =>
  contractSignature(pairingDigest(domain, pairing), ownerSignature, pairing.owner)

/** The device's, or its manufacturer's, likewise; undefined also where the device's comes later. */
export const proofSignature = ({ domain, manufacturer }: Chain, { pairing, proof }: Wish): Uint8Array | undefined => {
  switch (proof.by) {
    case 'device': {
      const holds = verifySignature(proof.key, pairingDigest(domain, pairing), proof.signature, 'low-s')
      return holds ? proof.signature : undefined
    }
    case 'manufacturer':
      return manufacturer && contractSignature(attestationDigest(domain, pairing), proof.signature, manufacturer)
    case 'confirm':
      return undefined
  }
}
