import { ed25519 } from '@noble/curves/ed25519.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Result } from '../../devices/packet.ts'
import type { Hash } from './merkle.ts'

/*
 * C2SP tlog-checkpoint in a signed note: https://c2sp.org/tlog-checkpoint, https://c2sp.org/signed-note. What witnesses cosign, and what
 * log monitors of other makers read.
 */

export type Checkpoint = { readonly origin: string; readonly size: bigint; readonly root: Hash }

/** Ed25519. The name of the key is the log's origin. */
export type CheckpointKey = { readonly publicKey: Uint8Array; sign(message: Uint8Array): Uint8Array }

/** signed-note: the algorithm byte of Ed25519. */
const ED25519 = Uint8Array.of(1)
const KEY_ID_BYTES = 4
const SIGNATURE_BYTES = 64

/** A log's name in the world: no other network's log, nor another lane, has it. */
export const originOf = (network: Uint8Array, lane: number): string => `cairn/${bytesToHex(network)}/${lane}`

/** `secret` is the 32-byte Ed25519 seed of RFC 8032. */
export const checkpointKeyOf = (secret: Uint8Array): CheckpointKey => ({
  publicKey: ed25519.getPublicKey(secret),
  sign: (message) => ed25519.sign(message, secret),
})

const base64Of = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes))

/** Undefined unless it is exactly what `base64Of` writes: no blanks, no other padding, no stray bits. */
const bytesOf = (base64: string): Uint8Array | undefined => {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4 !== 0) return undefined
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  return base64Of(bytes) === base64 ? bytes : undefined
}

const keyIdOf = (name: string, publicKey: Uint8Array): Uint8Array =>
  sha256(concatBytes(utf8ToBytes(`${name}\n`), ED25519, publicKey)).subarray(0, KEY_ID_BYTES)

/** The key in one line, as log monitors want it: `<origin>+<key id>+<base64>`. */
export const verifierKeyOf = (origin: string, publicKey: Uint8Array): string =>
  `${origin}+${bytesToHex(keyIdOf(origin, publicKey))}+${base64Of(concatBytes(ED25519, publicKey))}`

/** What is signed: three lines, each with its line break. */
export const checkpointText = ({ origin, size, root }: Checkpoint): string => `${origin}\n${size}\n${base64Of(root)}\n`

export const signCheckpoint = (checkpoint: Checkpoint, key: CheckpointKey): string => {
  const text = checkpointText(checkpoint)
  const signature = concatBytes(keyIdOf(checkpoint.origin, key.publicKey), key.sign(utf8ToBytes(text)))
  return `${text}\n— ${checkpoint.origin} ${base64Of(signature)}\n`
}

/** Whom to believe: the log's name and its operator's key. */
export type CheckpointTrust = { readonly origin: string; readonly publicKey: Uint8Array }

/** Opens a note that the trusted key signed; others' signatures, such as witnesses', may stand beside it. Total. */
export const openCheckpoint = (note: string, trust: CheckpointTrust): Result<Checkpoint> => {
  const end = note.lastIndexOf('\n\n')
  if (end < 0 || !note.endsWith('\n')) return refuse('no signed note: a text, an empty line, and signatures')
  const text = note.slice(0, end + 1)
  const checkpoint = parseText(text)
  if (!checkpoint) return refuse('not origin, size and root')
  if (checkpoint.origin !== trust.origin) return refuse('another log’s checkpoint')
  const lines = note.slice(end + 2, -1).split('\n')
  return isSigned(utf8ToBytes(text), lines, trust)
    ? { ok: true, value: checkpoint }
    : refuse('not signed by the operator’s key')
}

const refuse = (reason: string): Result<never> => ({ ok: false, refusal: { code: 'MALFORMED', facts: { reason } } })

/** Lines after the root are extensions, signed but not ours to read. */
const parseText = (text: string): Checkpoint | undefined => {
  const [origin, size, base64] = text.split('\n')
  const root = base64 === undefined ? undefined : bytesOf(base64)
  if (!origin || !size || root?.length !== 32 || !/^(0|[1-9]\d{0,19})$/.test(size)) return undefined
  return { origin, size: BigInt(size), root }
}

const isSigned = (message: Uint8Array, lines: readonly string[], { origin, publicKey }: CheckpointTrust): boolean => {
  const keyId = bytesToHex(keyIdOf(origin, publicKey))
  return lines.some((line) => {
    const [dash, name, base64, ...rest] = line.split(' ')
    const bytes = bytesOf(base64 ?? '')
    if (dash !== '—' || name !== origin || rest.length > 0 || bytes?.length !== KEY_ID_BYTES + SIGNATURE_BYTES)
      return false
    return (
      bytesToHex(bytes.subarray(0, KEY_ID_BYTES)) === keyId && holds(bytes.subarray(KEY_ID_BYTES), message, publicKey)
    )
  })
}

const holds = (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean => {
  try {
    return ed25519.verify(signature, message, publicKey)
  } catch {
    return false
  }
}
