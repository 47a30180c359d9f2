import { concatBytes } from '@noble/hashes/utils.js'
import { RECORD_BYTES } from './record.ts'

const SIGNATURE_BYTES = 64

/**
 * A leaf of a batch's witness tree: record body 76 B · signature 64 B. The signatures live apart from the bodies and may be pruned after
 * the challenge window; the root in the header stays.
 */
export const encodeWitness = (body: Uint8Array, signature: Uint8Array): Uint8Array => {
  if (body.length !== RECORD_BYTES) throw new RangeError(`a record body is ${RECORD_BYTES} bytes, not ${body.length}`)
  if (signature.length !== SIGNATURE_BYTES)
    throw new RangeError(`a signature is ${SIGNATURE_BYTES} bytes, not ${signature.length}`)
  return concatBytes(body, signature)
}
