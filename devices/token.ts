import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { base64urlBytes, base64urlOf } from './base64url.ts'
import { type Address, addressOf, type Curve, type DeviceKey, isAddress } from './identity.ts'
import { MAX_TOKEN_LENGTH, MAX_TOKEN_LIFE } from './limits.ts'
import type { Facts, Result } from './packet.ts'
import { type PrivateKey, publicKeyOf, SIGNATURE_BYTES, sign } from './signature.ts'
import type { Millis } from './units.ts'

/*
 * A device's MQTT password: a JWT (RFC 7519) that its key signs, for one network and at most a day. The key travels in the header, so that
 * a gateway can let a device connect before it has heard of it. What a stock JWT library writes is accepted; what is ambiguous is not.
 */

/** What a token says. Nobody has checked yet that `signature` by `key` over `digest` holds, nor that `key` is the device's. */
export type OpenToken = {
  readonly device: Address
  readonly key: DeviceKey
  readonly digest: Uint8Array
  readonly signature: Uint8Array
  readonly expiresAt: Millis
}

export type TokenRefusal = { readonly code: 'UNAUTHORIZED'; readonly facts: Facts }

const algorithms: Readonly<Record<Curve, string>> = { secp256k1: 'ES256K', p256: 'ES256' }
/** RFC 7518 §6.2.1.1 and RFC 8812 §3.1. */
const curveNames: Readonly<Record<Curve, string>> = { secp256k1: 'secp256k1', p256: 'P-256' }

export const sealToken = (claim: {
  readonly key: PrivateKey
  /** Whose token it is, where the registry has given the device another key than the one it is named after. */
  readonly device?: Address
  readonly network: Uint8Array
  readonly now: Millis
  readonly life: Millis
}): string => {
  const { curve, publicKey } = publicKeyOf(claim.key)
  const jwk = {
    kty: 'EC',
    crv: curveNames[curve],
    x: base64urlOf(publicKey.subarray(0, 32)),
    y: base64urlOf(publicKey.subarray(32)),
  }
  const header = { alg: algorithms[curve], typ: 'JWT', jwk }
  const exp = Math.floor((claim.now + claim.life) / 1_000)
  const body = { sub: claim.device ?? addressOf(publicKey), aud: audienceOf(claim.network), exp }
  const signed = [header, body].map((part) => base64urlOf(utf8ToBytes(JSON.stringify(part)))).join('.')
  return `${signed}.${base64urlOf(sign(claim.key, sha256(utf8ToBytes(signed))))}`
}

/**
 * Reads a token and checks its form, network and time. Before it believes a word, the caller must check that the key is the device's (the
 * registry's current one, or for a device that no registry knows the one it is named after) and that the signature holds, with either s;
 * the gateway does so natively. Never throws.
 */
export const openToken = (
  token: string,
  { network, now }: { readonly network: Uint8Array; readonly now: Millis },
): Result<OpenToken, TokenRefusal> => {
  if (token.length > MAX_TOKEN_LENGTH) return refuse('token too long')
  const parts = token.split('.')
  const [header, body] = parts.slice(0, 2).map(jsonOf)
  const signature = base64urlBytes(parts[2] ?? '')
  if (parts.length !== 3 || !header || !body || signature?.length !== SIGNATURE_BYTES) return refuse('not a signed JWT')
  const fault = headerFault(header)
  if (fault) return refuse(fault)
  const key = keyOf(header)
  if (!key) return refuse('header without a key on secp256k1 or P-256')
  const device = body.get('sub')
  if (typeof device !== 'string' || !isAddress(device)) return refuse('sub is not a device address')
  if (!isFor(body.get('aud'), audienceOf(network)))
    return refuse('aud is not this network', { expected: audienceOf(network) })
  const [expiresAt, notBefore] = [dateOf(body.get('exp')), body.has('nbf') ? dateOf(body.get('nbf')) : 0]
  if (expiresAt === undefined || notBefore === undefined) return refuse('exp and nbf are seconds since 1970')
  if (expiresAt <= now) return refuse('expired', { expiresAt, now })
  if (expiresAt > now + MAX_TOKEN_LIFE) return refuse('expires too late', { expiresAt, now, longest: MAX_TOKEN_LIFE })
  if (notBefore > now) return refuse('not valid yet', { notBefore, now })
  const digest = sha256(utf8ToBytes(`${parts[0]}.${parts[1]}`))
  return { ok: true, value: { device, key, digest, signature, expiresAt } }
}

const audienceOf = (network: Uint8Array): string => `0x${bytesToHex(network)}`

const refuse = (reason: string, facts: Facts = {}): { ok: false; refusal: TokenRefusal } => ({
  ok: false,
  refusal: { code: 'UNAUTHORIZED', facts: { reason, ...facts } },
})

type Json = ReadonlyMap<string, unknown>

const strict = new TextDecoder('utf-8', { fatal: true })

/** An object's own entries; a `Map`, so that no inherited property is ever taken for a claim. */
const jsonOf = (part: string): Json | undefined => {
  const bytes = base64urlBytes(part)
  if (!bytes) return undefined
  try {
    return entriesOf(JSON.parse(strict.decode(bytes)))
  } catch {
    return undefined
  }
}

const entriesOf = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? new Map(Object.entries(value)) : undefined

/** Header parameters that are text where they are there at all (RFC 7515 §4.1). */
const texts = ['alg', 'typ', 'cty', 'kid', 'jku', 'x5u', 'x5t', 'x5t#S256']

/** A header that another reader may understand in another way is refused, whatever its signature says. */
const headerFault = (header: Json): string | undefined => {
  // RFC 7515 §4.1.11: none of the extensions that `crit` may name is understood here.
  if (header.has('crit')) return 'critical header'
  const odd = texts.find((name) => header.has(name) && typeof header.get(name) !== 'string')
  if (odd !== undefined) return `header parameter ${odd} is not text`
  return entriesOf(header.get('jwk'))?.has('d') ? 'the key in the header is a private one' : undefined
}

/** The curve is the key's, never `alg`'s: ioConnect devices write ES256 for both. An algorithm of another kind is refused. */
const keyOf = (header: Json): DeviceKey | undefined => {
  const jwk = entriesOf(header.get('jwk'))
  if (jwk?.get('kty') !== 'EC' || !Object.values<unknown>(algorithms).includes(header.get('alg'))) return undefined
  const curve = (['secp256k1', 'p256'] as const).find((name) => curveNames[name] === jwk.get('crv'))
  const x = coordinateOf(jwk.get('x'))
  const y = coordinateOf(jwk.get('y'))
  return curve && x && y ? { curve, publicKey: concatBytes(x, y) } : undefined
}

const coordinateOf = (value: unknown): Uint8Array | undefined => {
  const bytes = typeof value === 'string' ? base64urlBytes(value) : undefined
  return bytes?.length === 32 ? bytes : undefined
}

/** RFC 7519 §4.1.3: one audience or a list of them. */
const isFor = (audience: unknown, network: string): boolean =>
  audience === network || (Array.isArray(audience) && audience.every(isText) && audience.includes(network))

const isText = (value: unknown): boolean => typeof value === 'string'

/** RFC 7519 §2, NumericDate: seconds since 1970, whole or not. Undefined for anything else. */
const dateOf = (value: unknown): Millis | undefined => {
  const at = typeof value === 'number' ? Math.floor(value * 1_000) : Number.NaN
  return Number.isFinite(at) ? at : undefined
}
