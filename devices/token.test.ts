import { createPrivateKey, sign as signNatively } from 'node:crypto'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { decodeProtectedHeader, importJWK, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { base64urlBytes, base64urlOf } from './base64url.ts'
import { addressOf, type Curve } from './identity.ts'
import { networkId } from './network.ts'
import { lowS, publicKeyOf, verifySignature } from './signature.ts'
import { openToken, sealToken } from './token.ts'
import { days, seconds } from './units.ts'

const network = networkId(31_337, '0x5fbdb2315678afecb367f032d93f642f64180aa3')
const now = 1_760_000_000_000
const curves: readonly Curve[] = ['secp256k1', 'p256']
const keyOf = (curve: Curve) => ({ curve, secret: sha256(Uint8Array.of(11)) })
const seal = (life = days(1), key = keyOf('p256')) => sealToken({ key, network, now, life })
const open = (token: string, at = now) => openToken(token, { network, now: at })
const reason = (token: string, at = now) => {
  const opened = open(token, at)
  return opened.ok ? undefined : opened.refusal.facts.reason
}

const audience = `0x${Buffer.from(network).toString('hex')}`
/** What a reader may trip over where it expects text: the last cannot even be turned into text. */
const odd: readonly unknown[] = [5, null, true, [], ['ES256'], {}, { toString: 1, valueOf: 1 }]

/** A token with other claims, its signature untouched: nothing here checks it. */
const forge = (changes: { header?: object; jwk?: object; whole?: object; body?: object }): string => {
  const [header = '', body = '', signature = ''] = seal().split('.')
  const read = (part: string) => JSON.parse(atob(part.replaceAll('-', '+').replaceAll('_', '/')))
  const write = (value: object) => base64urlOf(utf8ToBytes(JSON.stringify(value)))
  const first = { ...read(header), ...changes.header }
  const jwk = { ...first.jwk, ...changes.jwk }
  return `${write({ ...first, jwk, ...changes.whole })}.${write({ ...read(body), ...changes.body })}.${signature}`
}

describe.each(curves)('a token of a %s key', (curve) => {
  const key = keyOf(curve)

  test('says who it is and until when, signed by the key', () => {
    const opened = open(seal(days(1), key))
    if (!opened.ok) throw new Error(JSON.stringify(opened.refusal))
    expect(opened.value).toMatchObject({
      device: addressOf(publicKeyOf(key).publicKey),
      key: publicKeyOf(key),
      expiresAt: now + days(1),
    })
    const { digest, signature } = opened.value
    expect(verifySignature(opened.value.key, digest, signature, 'low-s')).toBe(true)
  })
})

test('names the device that its key was rotated into, and carries that key', () => {
  const device = addressOf(publicKeyOf(keyOf('secp256k1')).publicKey)
  const opened = open(sealToken({ key: keyOf('p256'), device, network, now, life: days(1) }))
  expect(opened).toMatchObject({ ok: true, value: { device, key: publicKeyOf(keyOf('p256')) } })
})

test('is a JWT that another library verifies', async () => {
  const token = seal()
  const { jwk } = decodeProtectedHeader(token)
  if (!jwk) throw new Error('no key')
  const verified = await jwtVerify(token, await importJWK(jwk, 'ES256'), { currentDate: new Date(now) })
  expect(verified.payload.aud).toBe(`0x${Buffer.from(network).toString('hex')}`)
})

describe('what stock libraries write', () => {
  const body = { sub: addressOf(publicKeyOf(keyOf('p256')).publicKey), aud: audience, exp: now / 1_000 + 600 }
  const jwkOf = (curve: Curve) => {
    const { publicKey } = publicKeyOf(keyOf(curve))
    const [x, y] = [base64urlOf(publicKey.subarray(0, 32)), base64urlOf(publicKey.subarray(32))]
    return { kty: 'EC', crv: curve === 'p256' ? 'P-256' : 'secp256k1', x, y } as const
  }
  const isHigh = (curve: Curve, signature: Uint8Array) => lowS(curve, signature) !== signature

  /** Whether the token opens and its signature holds, and with which s. */
  const sOf = (curve: Curve, token: string): 'high' | 'low' => {
    const opened = open(token)
    if (!opened.ok) throw new Error(JSON.stringify(opened.refusal))
    const { key, digest, signature } = opened.value
    if (!verifySignature(key, digest, signature, 'any-s')) throw new Error('the signature does not hold')
    return isHigh(curve, signature) ? 'high' : 'low'
  }

  test('200 tokens of jose (ES256), half of them with the larger s', async () => {
    const jwk = jwkOf('p256')
    const secret = await importJWK({ ...jwk, d: base64urlOf(keyOf('p256').secret) }, 'ES256')
    const tokens = await Promise.all(
      Array.from({ length: 200 }, (_, at) =>
        new SignJWT({ ...body, jti: String(at) }).setProtectedHeader({ alg: 'ES256', jwk }).sign(secret),
      ),
    )
    expect(new Set(tokens.map((token) => sOf('p256', token)))).toEqual(new Set(['high', 'low']))
  })

  test('200 tokens signed by OpenSSL (ES256K), half of them with the larger s', () => {
    const jwk = jwkOf('secp256k1')
    const key = createPrivateKey({ key: { ...jwk, d: base64urlOf(keyOf('secp256k1').secret) }, format: 'jwk' })
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const tokens = Array.from({ length: 200 }, (_, at) => {
      const signed = `${part({ typ: 'JWT', alg: 'ES256K', jwk })}.${part({ ...body, jti: String(at) })}`
      const signature = signNatively('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
      return `${signed}.${signature.toString('base64url')}`
    })
    expect(new Set(tokens.map((token) => sOf('secp256k1', token)))).toEqual(new Set(['high', 'low']))
  })

  test.each<[string, JWTPayload | object]>([
    ['a list of audiences', { aud: ['https://example.org', audience] }],
    ['a fractional expiry', { exp: now / 1_000 + 599.999 }],
    ['a start that is now', { nbf: now / 1_000 }],
    ['a start that was', { nbf: 0, iat: now / 1_000 }],
    ['claims of its own', { jti: 'x', firmware: { version: [1, 2] } }],
  ])('%s', (_, claims) => {
    expect(reason(forge({ body: claims }))).toBeUndefined()
  })

  test.each<[string, object]>([
    ['no type', { typ: undefined }],
    ['another type', { typ: 'application/jwt' }],
    ['a key id', { kid: 'did:io:0x00#key-1' }],
    ['a certificate chain', { x5c: ['AA=='] }],
  ])('%s in the header', (_, header) => {
    expect(reason(forge({ header }))).toBeUndefined()
  })

  test('a fractional expiry ends at its millisecond', () => {
    const token = forge({ body: { exp: now / 1_000 + 1.5 } })
    expect([reason(token, now + 1_499), reason(token, now + 1_500)]).toEqual([undefined, 'expired'])
  })
})

describe('refuses', () => {
  test('a token after it expired', () => {
    expect(reason(seal(seconds(60)), now + seconds(59))).toBeUndefined()
    expect(reason(seal(seconds(60)), now + seconds(60))).toBe('expired')
  })

  test('a token that lives longer than a day', () => {
    expect(reason(seal(days(1)))).toBeUndefined()
    expect(reason(seal(days(1) + seconds(1)))).toBe('expires too late')
  })

  test('a token for another network', () => {
    const elsewhere = networkId(1, '0x5fbdb2315678afecb367f032d93f642f64180aa3')
    expect(openToken(seal(), { network: elsewhere, now })).toMatchObject({
      ok: false,
      refusal: { code: 'UNAUTHORIZED', facts: { reason: 'aud is not this network' } },
    })
  })

  test.each<[string, string, string]>([
    ['nobody', forge({ body: { sub: undefined } }), 'sub is not a device address'],
    ['a device in capitals', forge({ body: { sub: `0x${'AB'.repeat(20)}` } }), 'sub is not a device address'],
    ['a list of devices', forge({ body: { sub: [`0x${'ab'.repeat(20)}`] } }), 'sub is not a device address'],
    ['no audience', forge({ body: { aud: undefined } }), 'aud is not this network'],
    ['an empty audience list', forge({ body: { aud: [] } }), 'aud is not this network'],
    ['a list of other audiences', forge({ body: { aud: ['0x00', 'elsewhere'] } }), 'aud is not this network'],
    ['a list that holds more than text', forge({ body: { aud: [audience, 5] } }), 'aud is not this network'],
    ['an audience in a list in a list', forge({ body: { aud: [[audience]] } }), 'aud is not this network'],
    ['no expiry', forge({ body: { exp: undefined } }), 'exp and nbf are seconds since 1970'],
    ['an expiry as text', forge({ body: { exp: String(now / 1_000 + 60) } }), 'exp and nbf are seconds since 1970'],
    ['an expiry beyond all numbers', forge({ body: { exp: 1e308 } }), 'exp and nbf are seconds since 1970'],
    ['a start as text', forge({ body: { nbf: 'now' } }), 'exp and nbf are seconds since 1970'],
    ['a start of null', forge({ body: { nbf: null } }), 'exp and nbf are seconds since 1970'],
    ['a start a moment ahead', forge({ body: { nbf: now / 1_000 + 0.001 } }), 'not valid yet'],
    ['an extension that must be understood', forge({ header: { crit: ['b64'], b64: false } }), 'critical header'],
    ['an empty list of extensions', forge({ header: { crit: [] } }), 'critical header'],
    ['a critical header of null', forge({ header: { crit: null } }), 'critical header'],
    ...['alg', 'typ', 'cty', 'kid', 'x5t#S256'].flatMap((name) =>
      odd.map((value): [string, string, string] => [
        `${name} ${JSON.stringify(value)}`,
        forge({ header: { [name]: value } }),
        `header parameter ${name} is not text`,
      ]),
    ),
    ['a private key in the header', forge({ jwk: { d: 'AA' } }), 'the key in the header is a private one'],
    ...odd.map((value): [string, string, string] => [
      `a key that is ${JSON.stringify(value)}`,
      forge({ whole: { jwk: value } }),
      'header without a key on secp256k1 or P-256',
    ]),
    ...['kty', 'crv', 'x', 'y'].flatMap((name) =>
      odd.map((value): [string, string, string] => [
        `a key whose ${name} is ${JSON.stringify(value)}`,
        forge({ jwk: { [name]: value } }),
        'header without a key on secp256k1 or P-256',
      ]),
    ),
    ['alg none', forge({ header: { alg: 'none' } }), 'header without a key on secp256k1 or P-256'],
    ['alg HS256', forge({ header: { alg: 'HS256' } }), 'header without a key on secp256k1 or P-256'],
    ['a key on another curve', forge({ jwk: { crv: 'P-384' } }), 'header without a key on secp256k1 or P-256'],
    ['a curve named constructor', forge({ jwk: { crv: 'constructor' } }), 'header without a key on secp256k1 or P-256'],
    ['a key of another type', forge({ jwk: { kty: 'oct' } }), 'header without a key on secp256k1 or P-256'],
    [
      'a coordinate of 31 bytes',
      forge({ jwk: { x: base64urlOf(new Uint8Array(31)) } }),
      'header without a key on secp256k1 or P-256',
    ],
    ['nothing', '', 'not a signed JWT'],
    ['two parts', 'e30.e30', 'not a signed JWT'],
    ['four parts', `${seal()}.`, 'not a signed JWT'],
    ['lists for objects', `W10.W10.${seal().split('.')[2]}`, 'not a signed JWT'],
    ['a signature of no bytes', seal().replace(/[^.]*$/, ''), 'not a signed JWT'],
    ['padding', `${seal()}==`, 'not a signed JWT'],
    ['4,097 characters', 'a'.repeat(4_097), 'token too long'],
  ])('%s', (_, token, expected) => {
    expect(reason(token)).toBe(expected)
  })
})

test('the curve is the key’s, whatever alg says', () => {
  expect(reason(forge({ header: { alg: 'ES256K' } }))).toBeUndefined()
})

test('opening survives any string of up to 4 KB', () => {
  const part = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 1_000 }),
    fc.json({ maxDepth: 20 }).map((json) => base64urlOf(utf8ToBytes(json))),
    fc.uint8Array({ maxLength: 200 }).map(base64urlOf),
    fc.constant(base64urlOf(utf8ToBytes('['.repeat(1_000)))),
    fc.constantFrom(...seal().split('.')),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
      const token = parts.join('.')
      const opened = open(token)
      if (opened.ok) expect(token).toBe(seal())
    }),
    { numRuns: 3_000, seed: 9 },
  )
})

describe('base64url', () => {
  test('reads back what it wrote, as Node does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(base64urlOf(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
        expect(base64urlBytes(base64urlOf(bytes))).toEqual(bytes)
      }),
      { seed: 10 },
    )
  })

  test.each(['A', 'AB', 'AAA=', 'AA+A', 'AA A', 'ÄAAA', 'AAAAA'])(
    'has one text per byte string: refuses %s',
    (text) => {
      expect(base64urlBytes(text)).toBeUndefined()
    },
  )
})
