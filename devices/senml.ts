import { decodeCbor } from './cbor/decode.ts'
import { type CborValue, encodeCbor } from './cbor/encode.ts'
import { MAX_MEASUREMENTS, MAX_NAME_LENGTH } from './limits.ts'
import type { Measurement, Reading, Result, Unreadable } from './packet.ts'
import { label, readRecord, type SenmlRecord } from './senml-record.ts'
import type { Millis } from './units.ts'

/*
 * SenML packs (RFC 8428) in CBOR. A pack is a list of records; base fields hold for the records after them until set anew.
 */

/** RFC 8428 §4.1: what a pack without a version has. §4.4: a pack of a higher one must not be read. */
const NEWEST_VERSION = 10
/** RFC 8428 §4.5.3: every time below this many seconds counts from now, however far back it lies. */
const LEAST_ABSOLUTE_SECONDS = 2 ** 28
/** The last millisecond of the year 9999: what databases and ISO 8601 can write. A clock within it is never a reason to refuse. */
const LAST_TIME: Millis = 253_402_300_799_999
/** RFC 8428 §4.5.1. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9\-:./_]*$/
/** The longest registered unit has 9 characters (RFC 8798); one that is not registered is served as it came. */
const UNIT = /^[\x20-\x7e]{0,64}$/

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
  const readings = new Map<string, OpenReading>()
  let base: Base = { version: undefined, name: '', unit: '', time: 0, value: undefined, sum: undefined }
  let count = 0
  for (const [index, item] of pack.entries()) {
    const record = readRecord(item)
    if (typeof record === 'string') return malformed(index, record)
    base = nextBase(base, record)
    const fault = versionFault(base, record)
    if (fault) return malformed(index, fault)
    const time = timeOf(base, record, receivedAt)
    if (!time) return refuse('OUT_OF_RANGE', { record: index, field: 'time', seconds: String(base.time + record.time) })
    const measurements = measurementsOf(base, record)
    if (typeof measurements === 'string') return malformed(index, measurements)
    count += measurements.length
    if (count > MAX_MEASUREMENTS) return refuse('TOO_LARGE', { measurements: count, limit: MAX_MEASUREMENTS })
    file(readings, time, measurements)
  }
  return { ok: true, value: [...readings.values()] }
}

type Time = Pick<Reading, 'at' | 'clock'>
type OpenReading = Time & { readonly measurements: Measurement[] }

/** The base fields in force: those of this record and of the records before it (RFC 8428 §4.1). */
type Base = {
  /** The first record's: all records of a pack have the same. */
  readonly version: number | undefined
  readonly name: string
  readonly unit: string
  readonly time: number
  readonly value: number | undefined
  readonly sum: number | undefined
}

const nextBase = (base: Base, record: SenmlRecord): Base => ({
  version: base.version ?? record.version ?? NEWEST_VERSION,
  name: record.baseName ?? base.name,
  unit: record.baseUnit ?? base.unit,
  time: record.baseTime ?? base.time,
  value: record.baseValue ?? base.value,
  sum: record.baseSum ?? base.sum,
})

/** RFC 8428 §4.4. */
const versionFault = (base: Base, { version = base.version }: SenmlRecord): string | undefined => {
  if (version !== base.version) return 'two SenML versions'
  return (version ?? 0) > NEWEST_VERSION ? 'SenML version above 10' : undefined
}

const timeOf = (base: Base, record: SenmlRecord, receivedAt: Millis): Time | undefined => {
  const given = base.time + record.time
  const isAge = given < LEAST_ABSOLUTE_SECONDS
  const at = Math.round(given * 1_000) + (isAge ? receivedAt : 0)
  return at >= 0 && at <= LAST_TIME ? { at, clock: isAge ? 'gateway' : 'device' } : undefined
}

const measurementsOf = (base: Base, record: SenmlRecord): readonly Measurement[] | string => {
  const name = base.name + record.name
  const unit = record.unit ?? base.unit
  if (name.length > MAX_NAME_LENGTH || !NAME.test(name)) return 'name'
  if (!UNIT.test(unit)) return 'unit'
  const value = valueIn(base, record)
  const sum = added(base.sum, record.sum)
  if (value === undefined && sum === undefined) return 'neither value nor sum'
  if ([value, sum].some((number) => typeof number === 'number' && !Number.isFinite(number))) return 'value'
  const measurements: Measurement[] = []
  if (value !== undefined) measurements.push({ name, unit, value })
  // RFC 8428 §4.2: the integral over time, in the unit times seconds; beside the value it needs a name of its own.
  if (sum !== undefined) measurements.push({ name: `${name}/sum`, unit: unit && `${unit}.s`, value: sum })
  return measurements
}

/** RFC 8428 §4.5.4: of base value and value, or base sum and sum, the one that is missing counts as zero; without both there is none. */
const added = (base: number | undefined, own: number | undefined): number | undefined =>
  base === undefined && own === undefined ? undefined : (base ?? 0) + (own ?? 0)

/** A base value is added to numbers, and is the value of a record without any. */
const valueIn = (base: Base, { value }: SenmlRecord): Measurement['value'] | undefined =>
  value === undefined || typeof value === 'number' ? added(base.value, value) : value

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
