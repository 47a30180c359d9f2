const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** RFC 4648 §5 without padding. Written out because neither a browser nor Node has one function for both ways. */
export const base64urlOf = (bytes: Uint8Array): string => {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const rest = Math.min(3, bytes.length - at)
    const word = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
    for (let index = 0; index <= rest; index++) text += ALPHABET[(word >> (18 - 6 * index)) & 63]
  }
  return text
}

/** Undefined for padding, foreign characters, an impossible length or spare bits that are not 0: one text per byte string. */
export const base64urlBytes = (text: string): Uint8Array | undefined => {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let word = 0
  for (let at = 0; at < text.length; at++) {
    const value = ALPHABET.indexOf(text.charAt(at))
    if (value < 0) return undefined
    word = (word << 6) | value
    const bits = (6 * (at + 1)) % 8
    if (bits < 6) bytes[Math.floor((6 * (at + 1)) / 8) - 1] = word >> bits
  }
  return base64urlOf(bytes) === text ? bytes : undefined
}
