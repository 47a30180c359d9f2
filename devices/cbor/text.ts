const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * UAX #15 §13 (Stream-Safe Text): no language stacks more than 30 marks on a letter. Normalizing sorts them in quadratic time: 64 KB of
 * nothing but marks would hold a core for half a second.
 */
const TOO_MANY_MARKS = /\p{M}{31}/u

/** Why bytes are not the only encoding of a text (UTF-8, in Unicode normalization form C as dCBOR asks); undefined when they are. */
export const textFault = (bytes: Uint8Array): string | undefined => {
  if (bytes.every((byte) => byte < 0x80)) return undefined
  const text = decodeText(bytes)
  if (text === undefined) return 'text is not UTF-8'
  if (TOO_MANY_MARKS.test(text)) return 'more than 30 combining marks in a row'
  return text.normalize('NFC') === text ? undefined : 'text is not in normalization form C'
}

const decodeText = (bytes: Uint8Array): string | undefined => {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}
