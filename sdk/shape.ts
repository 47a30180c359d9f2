import { hexToBytes } from '@noble/hashes/utils.js'
import { type Address, isAddress } from '../devices/identity.ts'
import type { Result } from '../devices/packet.ts'
import type { Hex } from '../devices/units.ts'

/*
 * Reading JSON that a stranger wrote. Every shape is total: whatever the value, it answers the typed value or the place that is wrong.
 */

/** `path` names the value's place for the refusal, such as `header.root`. */
export type Shape<T> = (value: unknown, path: string) => Result<T>

const MAX_U64 = 2n ** 64n - 1n

const take = <T>(value: T): Result<T> => ({ ok: true, value })

export const wrong = (field: string, need: string): Result<never> => ({
  ok: false,
  refusal: { code: 'MALFORMED', facts: { field, need } },
})

export const text =
  (most: number): Shape<string> =>
  (value, path) =>
    typeof value === 'string' && value.length <= most ? take(value) : wrong(path, `text of at most ${most} characters`)

export const oneOf =
  <T extends string>(...choices: readonly T[]): Shape<T> =>
  (value, path) => {
    const choice = choices.find((choice) => choice === value)
    return choice === undefined ? wrong(path, choices.join(' or ')) : take(choice)
  }

export const whole =
  (most: number = Number.MAX_SAFE_INTEGER): Shape<number> =>
  (value, path) =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most
      ? take(value)
      : wrong(path, `a whole number up to ${most}`)

/** An integer that may pass 2^53, as decimal text without a leading zero. */
export const u64: Shape<bigint> = (value, path) =>
  typeof value === 'string' && /^(0|[1-9]\d{0,19})$/.test(value) && BigInt(value) <= MAX_U64
    ? take(BigInt(value))
    : wrong(path, 'decimal text below 2^64')

const isHex = (value: unknown): value is Hex => typeof value === 'string' && /^0x([0-9a-f]{2})*$/.test(value)

export const bytes =
  (least: number, most: number = least): Shape<Uint8Array> =>
  (value, path) => {
    const isSized = typeof value === 'string' && value.length >= 2 + 2 * least && value.length <= 2 + 2 * most
    return isSized && isHex(value)
      ? take(hexToBytes(value.slice(2)))
      : wrong(path, `0x and ${least === most ? least : `${least} to ${most}`} bytes in lower-case hexadecimal`)
  }

/** 32 bytes kept as text: a transaction's hash is only shown, never hashed. */
export const hash32: Shape<Hex> = (value, path) =>
  isHex(value) && value.length === 66 ? take(value) : wrong(path, '0x and 32 bytes in lower-case hexadecimal')

export const address: Shape<Address> = (value, path) =>
  typeof value === 'string' && isAddress(value) ? take(value) : wrong(path, '0x and 20 bytes in lower-case hexadecimal')

export const optional =
  <T>(shape: Shape<T>): Shape<T | undefined> =>
  (value, path) =>
    value === undefined ? take(undefined) : shape(value, path)

export const list =
  <T>(item: Shape<T>, most: number): Shape<readonly T[]> =>
  (value, path) => {
    if (!Array.isArray(value) || value.length > most) return wrong(path, `a list of at most ${most}`)
    const items: T[] = []
    for (const [index, entry] of value.entries()) {
      const read = item(entry, `${path}[${index}]`)
      if (!read.ok) return read
      items.push(read.value)
    }
    return take(items)
  }

/** Exactly these fields: an unknown one is refused, so that nothing unverified rides along as if it were proven. */
export const fields =
  <T extends object>(shapes: { readonly [K in keyof T]: Shape<T[K]> }): Shape<T> =>
  (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return wrong(path || 'document', 'an object')
    const at = (name: string): string => (path ? `${path}.${name}` : name)
    const given = new Map<string, unknown>(Object.entries(value))
    const stranger = [...given.keys()].find((name) => !Object.hasOwn(shapes, name))
    if (stranger !== undefined) return wrong(at(stranger.slice(0, 64)), 'absent: there is no such field')
    const entries: [string, unknown][] = []
    for (const [name, shape] of Object.entries<Shape<unknown>>(shapes)) {
      const read = shape(given.get(name), at(name))
      if (!read.ok) return read
      entries.push([name, read.value])
    }
    return take(Object.fromEntries(entries) as T)
  }
