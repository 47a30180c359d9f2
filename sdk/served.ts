import type { Reading } from '../devices/packet.ts'
import type { Said } from './check.ts'
import { reading } from './proof.ts'

/** A proof document as it was found, and the readings that stood beside it. Undefined = this one came without a proof. */
export type ServedProof = { readonly document: unknown; readonly served: readonly Reading[]; readonly said: Said }

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whatever does not read as a reading is kept as one that no device signed, so that it fails rather than passes unseen. */
const readingIn = ({ at, clock, measurements }: Readonly<Record<string, unknown>>): Reading => {
  const read = reading({ at, clock, measurements }, 'reading')
  return read.ok
    ? read.value
    : { at: 0, clock: 'gateway', measurements: [{ name: 'unreadable', unit: '', value: true }] }
}

const saidIn = ({ device, grade, sequence, acceptedAt, quality }: Readonly<Record<string, unknown>>): Said => ({
  device,
  grade,
  sequence,
  acceptedAt,
  quality,
})

const readingsIn = (list: unknown): readonly Reading[] =>
  Array.isArray(list) ? list.map((item) => readingIn(isObject(item) ? item : {})) : []

/**
 * The proofs in any answer of the gateway: a bare proof, one packet with its readings, or a page of readings with a proof each. What
 * stands beside a proof goes with it, since that is what a reader looks at.
 */
export const provenIn = (json: unknown): readonly ServedProof[] => {
  if (!isObject(json)) return [{ document: json, served: [], said: {} }]
  if (Object.hasOwn(json, 'proof'))
    return [{ document: json.proof, served: readingsIn(json.readings), said: saidIn(json) }]
  if (Object.hasOwn(json, 'version') || !Array.isArray(json.readings)) return [{ document: json, served: [], said: {} }]
  return json.readings.map((item: unknown) =>
    isObject(item)
      ? { document: item.proof, served: [readingIn(item)], said: saidIn({ device: json.device, ...item }) }
      : { document: undefined, served: [], said: {} },
  )
}
