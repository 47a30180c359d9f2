import { z } from 'zod'
import type { Address } from '../../devices/identity.ts'

/**
 * What each list sorts by, as its last row had it. Every text that fits is a position that PostgreSQL can look for: 18 digits are below
 * 2^63, and so are 16 hex digits that begin with 0 to 7.
 */
const positions = {
  devices: '0x[0-9a-f]{40}',
  readings: '[0-7][0-9a-f]{15}',
  batches: '\\d{1,18}',
  epochs: '\\d{1,18}',
  lines: '0x[0-9a-f]{40}\\.\\d{1,9}',
} as const

type List = keyof typeof positions

export type Cursor<L extends List> = { readonly list: L; readonly position: string }

/** No secret, since it grants nothing. It names its list, so that a cursor of one list is refused by every other. */
export const cursorAt = (list: List, position: string | bigint): string => `${list}.${position}`

/** The schema of a cursor of one of these lists; its pattern is the whole truth, so that a program can tell what will be taken. */
export const cursorOf = <L extends List>(...lists: readonly L[]) =>
  z
    .string()
    .regex(
      new RegExp(`^(?:${lists.map((list) => `${list}\\.${positions[list]}`).join('|')})$`),
      'must be the `next` of an earlier answer of this list',
    )
    .transform((text): Cursor<L> => {
      const dot = text.indexOf('.')
      return { list: text.slice(0, dot) as L, position: text.slice(dot + 1) }
    })
    .meta({ description: '`next` of the page before' })

/** A sequence may have all 63 bits. */
export const sequenceCursor = (sequence: bigint): string =>
  cursorAt('readings', sequence.toString(16).padStart(16, '0'))

export const sequenceIn = ({ position }: Cursor<'readings'>): bigint => BigInt(`0x${position}`)

export const lineCursor = ({ device, term }: { readonly device: Address; readonly term: number }): string =>
  cursorAt('lines', `${device}.${term}`)

export const lineIn = ({ position }: Cursor<'lines'>): { readonly device: Address; readonly term: number } => {
  const [device, term] = position.split('.')
  return { device: device as Address, term: Number(term) }
}
