import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import { openNative, sealNative } from './cose.ts'
import { addressOf, type Curve, didOf } from './identity.ts'
import { networkId } from './network.ts'
import type { Result } from './packet.ts'
import { attestationDigest, pairingDigest } from './pairing.ts'
import { openConfirm, openPebble, sealConfirm, sealPebble } from './pebble/packet.ts'
import { encodeSensor } from './pebble/sensor.ts'
import { encodeSenml } from './senml.ts'
import { publicKeyOf, sign } from './signature.ts'
import { sealToken } from './token.ts'
import { days } from './units.ts'

/*
 * Keys that everyone knows, and what they signed: for tests in other languages, and to notice when a byte of the wire changes. After a
 * wanted change, write the file anew with `npx vitest run --project unit devices/vectors -u`.
 */

const hex = (bytes: Uint8Array) => `0x${bytesToHex(bytes)}`
const opened = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.refusal))
  return result.value
}

const domain = { chainId: 31_337, registry: '0x5fbdb2315678afecb367f032d93f642f64180aa3' } as const
const network = networkId(domain.chainId, domain.registry)
const owner = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const now = 1_760_000_000_000
const keys = (['secp256k1', 'p256'] as const).map((curve) => ({
  curve,
  secret: sha256(new TextEncoder().encode(curve)),
}))

const measurements = [
  { name: 'lat', unit: 'lat', value: 47.3702 },
  { name: 'lon', unit: 'lon', value: 8.5441 },
  { name: 'temperature', unit: 'Cel', value: 20.77 },
]

const deviceVectors = (key: { curve: Curve; secret: Uint8Array }) => {
  const { curve, publicKey } = publicKeyOf(key)
  const device = addressOf(publicKey)
  const payload = encodeSenml([{ at: now, clock: 'device', measurements }])
  const packet = sealNative({ key, network, sequence: 1n, salt: sha256(payload).slice(0, 16), payload })
  const { digest, signature } = opened(openNative(packet, network))
  const pairing = {
    owner,
    device,
    curve,
    model: 'tracker-1',
    cell: 0x861f8d7afffffffn,
    nonce: 0n,
    deadline: 1_760_003_600n,
  } as const
  return {
    curve,
    secret: hex(key.secret),
    publicKey: hex(publicKey),
    address: device,
    did: didOf(device),
    native: {
      sequence: '1',
      payload: hex(payload),
      packet: hex(packet),
      digest: hex(digest),
      signature: hex(signature),
    },
    pairing: {
      fields: { ...pairing, cell: String(pairing.cell), nonce: '0', deadline: String(pairing.deadline) },
      digest: hex(pairingDigest(domain, pairing)),
      deviceSignature: hex(sign(key, pairingDigest(domain, pairing))),
      attestationDigest: hex(attestationDigest(domain, pairing)),
    },
    token: sealToken({ key, network, now, life: days(1) }),
  }
}

const pebbleVectors = (key: { curve: Curve; secret: Uint8Array }) => {
  const device = addressOf(publicKeyOf(key).publicKey)
  const timestamp = 1_760_000_000
  const message = encodeSensor(measurements, { temperature: 'zigzag', random: '5da0997414922a8b' })
  const packet = sealPebble({ key, kind: 'data', message, timestamp })
  const data = opened(openPebble(packet, device))
  const confirmPacket = sealConfirm({ key, owner, timestamp, channel: 8_183 })
  const confirm = opened(openConfirm(confirmPacket))
  return {
    address: device,
    timestamp,
    data: { message: hex(message), packet: hex(packet), digest: hex(data.digest), signature: hex(data.signature) },
    confirm: { owner, packet: hex(confirmPacket), digest: hex(confirm.digest), signature: hex(confirm.signature) },
  }
}

test('the keys and packets of vectors.json are what this code makes', async () => {
  const vectors = {
    network: { ...domain, id: hex(network) },
    now,
    devices: keys.map(deviceVectors),
    pebble: pebbleVectors({ curve: 'secp256k1', secret: sha256(new TextEncoder().encode('pebble')) }),
  }
  await expect(`${JSON.stringify(vectors, null, 2)}\n`).toMatchFileSnapshot('vectors.json')
})
