const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Why bytes are not the only encoding of a text (UTF-8, in Unicode normalization form C as dCBOR asks); undefined when they are. */
export const textFault = (bytes: Uint8Array): string | undefined => {
  if (bytes.every((byte) => byte < 0x80)) return undefined
  const text = decodeText(bytes)
  if (text === undefined) return 'text is not UTF-8'
  return text.normalize('NFC') === text ? undefined : 'text is not in normalization form C'
}

const decodeText = (bytes: Uint8Array): string | undefined => {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}
