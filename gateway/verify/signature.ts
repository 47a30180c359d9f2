import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import secp256k1 from 'secp256k1'
import type { DeviceKey } from '../../devices/identity.ts'
import { SIGNATURE_BYTES } from '../../devices/signature.ts'
import { boundedMap } from './bounded-map.ts'

/*
 * ECDSA by native code. The only file that knows how and where it runs: moving it to worker threads changes nothing else. Held equal to
 * `devices/signature.ts` by Wycheproof and random differential tests.
 */

export type SignatureJob = {
  readonly key: DeviceKey
  /** SHA-256 of `message`. */
  readonly digest: Uint8Array
  /** What was hashed. P-256 needs it: node:crypto hashes itself and takes no digest. May be missing for secp256k1. */
  readonly message: Uint8Array | undefined
  /** r ‖ s, s the smaller or the larger one. */
  readonly signature: Uint8Array
}

/** At about 12,000 a second, 64 verifications hold the event loop for some 5 ms. */
const SLICE = 64

export const verifySignatures = async (jobs: readonly SignatureJob[]): Promise<readonly boolean[]> => {
  const answers: boolean[] = []
  for (const [index, job] of jobs.entries()) {
    if (index > 0 && index % SLICE === 0) await new Promise((resume) => setImmediate(resume))
    answers.push(holds(job))
  }
  return answers
}

/** False for anything that is no valid signature, keys off the curve and wrong lengths included. Never throws. */
export const holds = (job: SignatureJob): boolean => {
  if (job.signature.length !== SIGNATURE_BYTES || job.key.publicKey.length !== 64) return false
  try {
    return job.key.curve === 'secp256k1' ? holdsOnSecp256k1(job) : holdsOnP256(job)
  } catch {
    // secp256k1 throws for r or s beyond the curve order and for keys off the curve; createPublicKey for the latter.
    return false
  }
}

/**
 * The keys that may have made the signature on secp256k1, as `recoverKeys` of devices/signature.ts finds them, about ten times as fast.
 * Empty when the signature is none. Never throws.
 */
export const recoverNatively = (digest: Uint8Array, signature: Uint8Array): readonly DeviceKey[] =>
  signature.length === SIGNATURE_BYTES
    ? [0, 1].flatMap((recoveryId): DeviceKey[] => {
        try {
          const publicKey = secp256k1.ecdsaRecover(signature, recoveryId, digest, false).slice(1)
          return [{ curve: 'secp256k1', publicKey }]
        } catch {
          return []
        }
      })
    : []

const holdsOnSecp256k1 = ({ key, digest, signature }: SignatureJob): boolean => {
  const publicKey = new Uint8Array(65)
  publicKey[0] = 4
  publicKey.set(key.publicKey, 1)
  // libsecp256k1 refuses high-S whatever the caller wants. normalise works in place, so on a copy.
  return secp256k1.ecdsaVerify(secp256k1.signatureNormalize(Uint8Array.from(signature)), digest, publicKey)
}

const holdsOnP256 = ({ key, message, signature }: SignatureJob): boolean =>
  message !== undefined &&
  verify('sha256', message, { key: keyObjectOf(key.publicKey), dsaEncoding: 'ieee-p1363' }, signature)

/** Making a KeyObject costs about as much as a verification. 16,384 keys are some 20 MB. */
const keyObjects = boundedMap<string, KeyObject>(16_384)

const keyObjectOf = (publicKey: Uint8Array): KeyObject => {
  const bytes = Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKey.length)
  const name = bytes.toString('latin1')
  const known = keyObjects.get(name)
  if (known) return known
  const [x, y] = [bytes.subarray(0, 32).toString('base64url'), bytes.subarray(32).toString('base64url')]
  const made = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
  keyObjects.set(name, made)
  return made
}
