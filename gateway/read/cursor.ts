import { Buffer } from 'node:buffer'

/** Which list a cursor belongs to: a cursor of one list is refused by every other. */
type List = 'devices' | 'readings' | 'batches' | 'epochs' | 'earnings'

/** What a list sorts by, as its last row had it. */
const positions: Readonly<Record<List, RegExp>> = {
  devices: /^0x[0-9a-f]{40}$/,
  readings: /^\d{1,19}$/,
  batches: /^\d{1,19}$/,
  epochs: /^\d{1,19}$/,
  earnings: /^\d{1,19}$/,
}

/** Opaque to its holder, so that what a list sorts by may change; no secret, since it grants nothing. */
export const cursorAt = (list: List, position: string | bigint): string =>
  Buffer.from(`${list}:${position}`).toString('base64url')

/** The position, or undefined for anything that `cursorAt` did not write for this list. */
export const positionOf = (list: List, cursor: string): string | undefined => {
  const text = Buffer.from(cursor, 'base64url').toString('latin1')
  const position = text.slice(list.length + 1)
  if (!text.startsWith(`${list}:`) || !positions[list].test(position)) return undefined
  return cursorAt(list, position) === cursor ? position : undefined
}
