import { Decoder, Tag } from 'cbor-x/decode'
import type { Result } from '../packet.ts'
import { checkCbor } from './gate.ts'

/** Maps stay `Map`s, so that no key of a stranger's ever becomes a property name. */
const decoder = new Decoder({ mapsAsObjects: false, useRecords: false })

/**
 * The value of one CBOR item that the gate lets through: arrays, `Map`s, numbers, strings, booleans, null, `Uint8Array`s that are views of
 * `bytes`, and a leading `Tag`. An integer is a number where a number holds it and else a bigint, in whatever width it was written. cbor-x
 * never sees a byte that the gate has not passed.
 */
export const decodeCbor = (bytes: Uint8Array): Result<unknown> => {
  const refusal = checkCbor(bytes)
  if (refusal) return { ok: false, refusal }
  try {
    return { ok: true, value: plain(decoder.decode(bytes)) }
  } catch {
    // No input is known that passes the gate and fails here.
    return { ok: false, refusal: { code: 'MALFORMED', facts: { reason: 'CBOR not decodable' } } }
  }
}

/** cbor-x makes a bigint of every integer of 8 bytes: a label 1 in 8 bytes would be another key than 1. */
const plain = (value: unknown): unknown => {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [plain(key), plain(item)]))
  if (value instanceof Tag) return new Tag(plain(value.value), value.tag)
  return value
}
