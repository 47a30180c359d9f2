import { Decoder } from 'cbor-x/decode'
import type { Result } from '../packet.ts'
import { checkDeterministic } from './gate.ts'

/** Maps stay `Map`s, so that no key of a stranger's ever becomes a property name. */
const decoder = new Decoder({ mapsAsObjects: false, useRecords: false })

/**
 * The value of one deterministic CBOR item: arrays, `Map`s, numbers, bigints (every integer of 8 bytes), strings, booleans, null and
 * `Uint8Array`s that are views of `bytes`. cbor-x never sees a byte that the gate has not passed.
 */
export const decodeCbor = (bytes: Uint8Array): Result<unknown> => {
  const refusal = checkDeterministic(bytes)
  if (refusal) return { ok: false, refusal }
  try {
    return { ok: true, value: decoder.decode(bytes) }
  } catch {
    // No input is known that passes the gate and fails here.
    return { ok: false, refusal: { code: 'MALFORMED', facts: { reason: 'CBOR not decodable' } } }
  }
}
