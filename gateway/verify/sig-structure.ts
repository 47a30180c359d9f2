import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'

/** 0x84: array of four. 0x6a: text of ten bytes. */
const OPENING = concatBytes(Uint8Array.of(0x84, 0x6a), utf8ToBytes('Signature1'))
/** Tag 18 and an array of four. */
const BEFORE_HEADER = 2
/** The empty unprotected map. */
const MAP = 1
/** 0x58 0x40 and 64 bytes. */
const SIGNATURE = 66

/**
 * The bytes that a native packet's signature signs (Sig_structure, RFC 9052 §4.4), cut out of a packet that `openNative` has opened: its
 * encoding is deterministic, so header and payload stand in both byte for byte. `devices/cose.ts` gives only their digest.
 */
export const sigStructure = (raw: Uint8Array, externalAad: Uint8Array): Uint8Array => {
  const headerEnd = BEFORE_HEADER + byteStringLength(raw, BEFORE_HEADER)
  const header = raw.subarray(BEFORE_HEADER, headerEnd)
  const payload = raw.subarray(headerEnd + MAP, raw.length - SIGNATURE)
  return concatBytes(OPENING, header, aadHead(externalAad), externalAad, payload)
}

/** The network id's 32 bytes, or none at all. */
const aadHead = (externalAad: Uint8Array): Uint8Array =>
  externalAad.length < 24 ? Uint8Array.of(0x40 | externalAad.length) : Uint8Array.of(0x58, externalAad.length)

/** Head and content of the byte string that starts at `at` (RFC 8949 §3.1); no packet holds one above 64 KB. */
const byteStringLength = (bytes: Uint8Array, at: number): number => {
  const short = (bytes[at] ?? 0) & 0x1f
  if (short < 24) return 1 + short
  const [high = 0, low = 0] = bytes.subarray(at + 1)
  return short === 24 ? 2 + high : 3 + high * 256 + low
}
