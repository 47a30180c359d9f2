/*
 * Packets and tokens by cose-js, cbor, cbor-x, OpenSSL, jose and did-jwt. Usage: node generate.mjs <input.json>; writes vectors to the
 * standard output. The libraries are looked for from the working directory on.
 */

import { createPrivateKey, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const require = createRequire(pathToFileURL(path.join(process.cwd(), 'package.json')))
const cbor = require('cbor')
const { Encoder, Tag } = require('cbor-x')
const cose = require('cose-js')
const { createJWS, ES256KSigner } = await import(pathToFileURL(require.resolve('did-jwt')).href)
const { importJWK, SignJWT } = await import(pathToFileURL(require.resolve('jose')).href)

const SEQUENCE = -65537
const SALT = -65538
const given = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const bytes = (hex) => Buffer.from(hex.replace('0x', ''), 'hex')
const base64url = (hex) => bytes(hex).toString('base64url')
const privateJwk = (key) => ({ ...key.jwk, d: base64url(key.secret) })

/** Labels that cose-js does not know by name. */
Object.assign(cose.common.HeaderParameters, { sequence: SEQUENCE, salt: SALT })

const readings = (at) => [
  new Map([
    [-2, 'urn:dev:foreign:'],
    [-3, given.now - 60 + (at % 3 === 0 ? 0.5 : 0)],
    [0, 'temperature'],
    [1, 'Cel'],
    [2, 20 + at / 100],
  ]),
  new Map()
    .set(0, 'humidity')
    .set(1, '%RH')
    .set(2, 40 + (at % 4) * 0.25),
  new Map().set(0, 'lat').set(1, 'lat').set(2, 47.37),
  new Map().set(0, 'lon').set(1, 'lon').set(2, 8.54),
  new Map().set(2, at * 1_000_003).set(0, 'count'),
  new Map().set(4, at % 2 === 0).set(0, 'door'),
  new Map().set(3, 'Großmünster').set(0, 'station'),
]

/** Writes what is above 2^32 as a float, map and list heads in 3 bytes. */
const encoder = new Encoder({ mapsAsObjects: false, useRecords: false, variableMapSize: false })

const sequenceOf = (at) => (at < 50 ? at + 1 : given.now * 1_000 + at)

const byCoseJs = async (at) => {
  const key = given.keys.p256
  const header = {
    alg: 'ES256',
    content_type: 112,
    kid: bytes(key.device),
    sequence: sequenceOf(at),
    salt: Buffer.alloc(16, at + 1),
  }
  const signer = { key: { d: bytes(key.secret) }, externalAAD: bytes(given.network) }
  const payload = at % 4 === 0 ? cbor.encode(readings(at)) : encoder.encode(readings(at))
  return cose.sign.create({ p: header }, Buffer.from(payload), signer)
}

const byCborX = (at) => {
  const key = given.keys.secp256k1
  const header = Buffer.from(
    encoder.encode(
      new Map([
        [SALT, Buffer.alloc(16, at + 1)],
        [SEQUENCE, sequenceOf(at)],
        [4, bytes(key.device)],
        [3, 112],
        [1, -47],
      ]),
    ),
  )
  const payload = Buffer.from(encoder.encode(readings(at)))
  const signed = cbor.encode(['Signature1', header, bytes(given.network), payload])
  const privateKey = createPrivateKey({ key: privateJwk(key), format: 'jwk' })
  const signature = sign('sha256', signed, { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return Buffer.from(encoder.encode(new Tag([header, new Map(), payload, signature], 18)))
}

const tokenOf = async (at) => {
  const key = at % 2 === 0 ? given.keys.p256 : given.keys.secp256k1
  const aud = at % 4 < 2 ? given.audience : ['https://example.org', given.audience]
  const claims = { sub: key.device, aud, exp: given.now + 600 + at / 4, nbf: given.now - at }
  if (at % 2 === 1)
    return createJWS(claims, ES256KSigner(bytes(key.secret)), { alg: 'ES256K', typ: 'JWT', jwk: key.jwk })
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', jwk: key.jwk })
    .sign(await importJWK(privateJwk(key), 'ES256'))
}

const packets = []
for (let at = 0; at < 100; at++) packets.push((at % 2 === 0 ? await byCoseJs(at) : byCborX(at)).toString('hex'))
const tokens = []
for (let at = 0; at < 20; at++) tokens.push(await tokenOf(at))
const libraries = ['cose-js', 'cbor', 'cbor-x', 'node:crypto', 'jose', 'did-jwt']
process.stdout.write(JSON.stringify({ libraries, packets, tokens }, null, 0))
