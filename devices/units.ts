/** Plain names for plain numbers, so that a signature shows its unit. */

/** Milliseconds since 1970 UTC, or a span of milliseconds. */
export type Millis = number
/** Hundredths of a per cent: 10,000 is the whole. */
export type BasisPoints = number
/** Lower-case hexadecimal with its `0x`. */
export type Hex = `0x${string}`

export const seconds = (count: number): Millis => count * 1_000
export const minutes = (count: number): Millis => count * 60_000
export const hours = (count: number): Millis => count * 3_600_000
export const days = (count: number): Millis => count * 86_400_000
