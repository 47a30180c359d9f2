import type { Address } from '../../devices/identity.ts'
import type { Hex } from '../../devices/units.ts'

/** Hexadecimal with `0x` as the bytes that are stored. */
export const bytesOf = (hex: Hex): Buffer<ArrayBuffer> => Buffer.from(hex.slice(2), 'hex')

export const hexOf = (bytes: Uint8Array): Hex =>
  `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`

/** `undefined` in a port is NULL in a row. */
export const hexOrUndefined = (bytes: Uint8Array | null): Hex | undefined => (bytes ? hexOf(bytes) : undefined)

export const addressOf = (bytes: Uint8Array): Address => hexOf(bytes)

/** PostgreSQL's text has neither NUL nor lone surrogates; one such packet must not keep a whole group from being stored. */
export const storable = (text: string, longest = 256): string =>
  Buffer.from(text.slice(0, longest), 'utf8').toString('utf8').replaceAll('\0', '\uFFFD')
