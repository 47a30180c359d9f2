import { decodeCbor } from './cbor/decode.ts'
import { type CborValue, encodeCbor } from './cbor/encode.ts'
import { MAX_MEASUREMENTS } from './limits.ts'
import type { Measurement, Reading, Result, Unreadable } from './packet.ts'
import { label, readRecord, type SenmlRecord } from './senml-record.ts'
import type { Millis } from './units.ts'

/*
 * SenML packs (RFC 8428) in CBOR. A pack is a list of records; base fields hold for the records after them until set anew.
 */

/** RFC 8428 §4.4: a pack of a higher version must not be read. */
const NEWEST_VERSION = 10
/** RFC 8428 §4.5.3: times below this many seconds count from now. */
const LEAST_ABSOLUTE_SECONDS = 2 ** 28
/** The last millisecond of the year 9999: what databases and ISO 8601 can write. A clock within it is never a reason to refuse. */
const LAST_TIME: Millis = 253_402_300_799_999
/** RFC 8428 §4.5.1, without its rule for the first character: a hostile name is harmless, it stays a plain string. */
const NAME = /^[A-Za-z0-9\-:./_]+$/
const UNIT = /^[\x20-\x7e]*$/

export type SenmlBase = {
  /** Put before every name that starts with it, once per pack instead of once per record. */
  readonly name?: string
  /** What `at` of readings of clock `gateway` counts from: they are sent as an age, for the gateway to count from its own clock. */
  readonly now?: Millis
}

// --------------------------------------------------------------------------------------------------------------------- encode

/** Records in order of the readings and their measurements. Times go relative to the first reading's, so that a record is short. */
export const encodeSenml = (readings: readonly Reading[], base: SenmlBase = {}): Uint8Array => {
  const records: ReadonlyMap<CborValue, CborValue>[] = []
  let baseTime: Millis = 0
  for (const reading of readings) {
    const isFirst = records.length === 0
    const nextBase = reading.clock === 'gateway' ? 0 : baseTime || reading.at
    const offset = reading.at - (reading.clock === 'gateway' ? (base.now ?? 0) : nextBase)
    reading.measurements.forEach((measurement, index) => {
      const record = recordOf(measurement, base.name ?? '')
      if (isFirst && index === 0 && base.name) record.set(label.bn, base.name)
      if (index === 0 && nextBase !== baseTime) record.set(label.bt, nextBase / 1_000)
      if (offset !== 0) record.set(label.t, offset / 1_000)
      records.push(record)
    })
    if (reading.measurements.length > 0) baseTime = nextBase
  }
  return encodeCbor(records)
}

const recordOf = ({ name, unit, value }: Measurement, baseName: string): Map<CborValue, CborValue> => {
  const record = new Map<CborValue, CborValue>()
  if (!name.startsWith(baseName)) throw new RangeError(`the name ${name} does not start with the base name ${baseName}`)
  if (name !== baseName) record.set(label.n, name.slice(baseName.length))
  if (unit) record.set(label.u, unit)
  record.set(valueLabel(value), value)
  return record
}

const valueLabel = (value: Measurement['value']): number => {
  switch (typeof value) {
    case 'number':
      return label.v
    case 'string':
      return label.vs
    default:
      return label.vb
  }
}

// --------------------------------------------------------------------------------------------------------------------- decode

/**
 * The pack's readings in order of their first record: records of one time are one reading. Times come out in whole milliseconds; those
 * the device gave as an age count back from `receivedAt`. Integers beyond 2^53 lose their last digits.
 */
export const decodeSenml = (payload: Uint8Array, receivedAt: Millis): Result<readonly Reading[]> => {
  const decoded = decodeCbor(payload)
  if (!decoded.ok) return refuse('MALFORMED', { ...decoded.refusal.facts, in: 'payload' })
  const pack: unknown = decoded.value
  if (!Array.isArray(pack) || pack.length === 0) return malformed(0, 'a SenML pack is a list of at least one record')
  if (pack.length > MAX_MEASUREMENTS) return refuse('TOO_LARGE', { measurements: pack.length, limit: MAX_MEASUREMENTS })
  const readings = new Map<string, OpenReading>()
  let base: Base = { name: '', unit: '', time: 0, value: undefined, sum: undefined }
  for (const [index, item] of pack.entries()) {
    const record = readRecord(item)
    if (typeof record === 'string') return malformed(index, record)
    base = nextBase(base, record)
    const time = timeOf(base, record, receivedAt)
    if (!time) return refuse('OUT_OF_RANGE', { record: index, field: 'time', seconds: String(base.time + record.time) })
    const measurements = measurementsOf(base, record)
    if (typeof measurements === 'string') return malformed(index, measurements)
    file(readings, time, measurements)
  }
  return { ok: true, value: [...readings.values()] }
}

type Time = Pick<Reading, 'at' | 'clock'>
type OpenReading = Time & { readonly measurements: Measurement[] }

/** The base fields in force. A value without base value stays as it is, so that text and booleans need no exception. */
type Base = {
  readonly name: string
  readonly unit: string
  readonly time: number
  readonly value: number | undefined
  readonly sum: number | undefined
}

const nextBase = (base: Base, record: SenmlRecord): Base => ({
  name: record.baseName ?? base.name,
  unit: record.baseUnit ?? base.unit,
  time: record.baseTime ?? base.time,
  value: record.baseValue ?? base.value,
  sum: record.baseSum ?? base.sum,
})

const timeOf = (base: Base, record: SenmlRecord, receivedAt: Millis): Time | undefined => {
  const given = base.time + record.time
  const isAge = Math.abs(given) < LEAST_ABSOLUTE_SECONDS
  const at = Math.round(given * 1_000) + (isAge ? receivedAt : 0)
  return at >= 0 && at <= LAST_TIME ? { at, clock: isAge ? 'gateway' : 'device' } : undefined
}

const measurementsOf = (base: Base, record: SenmlRecord): readonly Measurement[] | string => {
  if (record.version !== undefined && record.version > NEWEST_VERSION) return 'SenML version above 10'
  const name = base.name + record.name
  const unit = record.unit ?? base.unit
  if (!NAME.test(name)) return 'name'
  if (!UNIT.test(unit)) return 'unit'
  const value = valueIn(base, record)
  const sum = record.sum === undefined ? undefined : record.sum + (base.sum ?? 0)
  if (value === undefined && sum === undefined) return 'neither value nor sum'
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY || !Number.isFinite(sum ?? 0))
    return 'value'
  const measurements: Measurement[] = []
  if (value !== undefined) measurements.push({ name, unit, value })
  // RFC 8428 §4.2: the integral over time, in the unit times seconds; beside the value it needs a name of its own.
  if (sum !== undefined) measurements.push({ name: `${name}/sum`, unit: `${unit}.s`, value: sum })
  return measurements
}

/** RFC 8428 §4.1: a base value is added to a numeric value. */
const valueIn = (base: Base, record: SenmlRecord): Measurement['value'] | undefined => {
  if (typeof record.value === 'number') return record.value + (base.value ?? 0)
  return record.value
}

const file = (readings: Map<string, OpenReading>, time: Time, measurements: readonly Measurement[]): void => {
  const key = `${time.clock} ${time.at}`
  const reading = readings.get(key) ?? { ...time, measurements: [] }
  reading.measurements.push(...measurements)
  readings.set(key, reading)
}

const refuse = (code: Unreadable['code'], facts: Unreadable['facts']): { ok: false; refusal: Unreadable } => ({
  ok: false,
  refusal: { code, facts },
})

const malformed = (record: number, reason: string) => refuse('MALFORMED', { record, reason })
