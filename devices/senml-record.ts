import { base64urlOf } from './base64url.ts'
import type { Measurement } from './packet.ts'

/** RFC 8428 §6, table 4: the CBOR label of each field. */
export const label = {
  bver: -1,
  bn: -2,
  bt: -3,
  bu: -4,
  bv: -5,
  bs: -6,
  n: 0,
  u: 1,
  v: 2,
  vs: 3,
  vb: 4,
  s: 5,
  t: 6,
  ut: 7,
  vd: 8,
} as const

/** One record as the device wrote it, before base fields are applied. Numbers are finite; times are seconds. */
export type SenmlRecord = {
  readonly version: number | undefined
  readonly baseName: string | undefined
  readonly baseTime: number | undefined
  readonly baseUnit: string | undefined
  readonly baseValue: number | undefined
  readonly baseSum: number | undefined
  readonly name: string
  readonly unit: string | undefined
  readonly time: number
  /** Bytes (`vd`) come as base64url, as SenML JSON has them. */
  readonly value: Measurement['value'] | undefined
  readonly sum: number | undefined
}

/** The text names of these fields (RFC 8428 §4.3) belong to JSON. In CBOR a reader may take them for the same fields, or pass over them. */
const jsonNames: ReadonlySet<unknown> = new Set(Object.keys(label))

const isNumber = (value: unknown): boolean => typeof value === 'bigint' || Number.isFinite(value)
const isText = (value: unknown): boolean => typeof value === 'string'

const allowed: ReadonlyMap<unknown, (value: unknown) => boolean> = new Map([
  // RFC 8428 §4.1: a positive integer.
  [label.bver, (value: unknown) => Number.isInteger(value) && Number(value) > 0],
  [label.bn, isText],
  [label.bt, isNumber],
  [label.bu, isText],
  [label.bv, isNumber],
  [label.bs, isNumber],
  [label.n, isText],
  [label.u, isText],
  [label.v, isNumber],
  [label.vs, isText],
  [label.vb, (value: unknown) => typeof value === 'boolean'],
  [label.s, isNumber],
  [label.t, isNumber],
  [label.ut, isNumber],
  [label.vd, (value: unknown) => value instanceof Uint8Array],
] as [unknown, (value: unknown) => boolean][])

const valueLabels = [label.v, label.vs, label.vb, label.vd]

/** The record, or why it is none. */
export const readRecord = (item: unknown): SenmlRecord | string => {
  if (!(item instanceof Map)) return 'a record is a map'
  for (const [name, value] of item) {
    if (!isReadable(name, value)) return typeof name === 'string' ? 'label' : `value of label ${name}`
  }
  if (valueLabels.filter((name) => item.has(name)).length > 1) return 'more than one value'
  return {
    version: item.get(label.bver),
    baseName: item.get(label.bn),
    baseTime: numberAt(item, label.bt),
    baseUnit: item.get(label.bu),
    baseValue: numberAt(item, label.bv),
    baseSum: numberAt(item, label.bs),
    name: item.get(label.n) ?? '',
    unit: item.get(label.u),
    time: numberAt(item, label.t) ?? 0,
    value: valueIn(item),
    sum: numberAt(item, label.s),
  }
}

/** RFC 8428 §4.4: an unknown label is passed over, unless it ends with `_`, which says that it must be understood. */
const isReadable = (name: unknown, value: unknown): boolean => {
  const check = allowed.get(name)
  if (check) return check(value)
  return typeof name !== 'string' || !(name.endsWith('_') || jsonNames.has(name))
}

const numberAt = (record: ReadonlyMap<unknown, unknown>, name: number): number | undefined => {
  const value = record.get(name)
  return value === undefined ? undefined : Number(value)
}

const valueIn = (record: ReadonlyMap<unknown, unknown>): Measurement['value'] | undefined => {
  const data = record.get(label.vd)
  if (data instanceof Uint8Array) return base64urlOf(data)
  return numberAt(record, label.v) ?? ((record.get(label.vs) ?? record.get(label.vb)) as string | boolean | undefined)
}
