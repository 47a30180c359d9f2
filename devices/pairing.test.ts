import { bytesToHex } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { hashTypedData } from 'viem'
import { describe, expect, test } from 'vitest'
import type { Address, Curve } from './identity.ts'
import { attestationDigest, type Pairing, pairingDigest, type RegistryDomain, releaseDigest } from './pairing.ts'

const fields = [
  { name: 'owner', type: 'address' },
  { name: 'device', type: 'address' },
  { name: 'curve', type: 'uint8' },
  { name: 'model', type: 'bytes32' },
  { name: 'cell', type: 'uint64' },
  { name: 'nonce', type: 'uint256' },
  { name: 'deadline', type: 'uint256' },
] as const

/** What a wallet would sign. */
const byViem = (primaryType: 'Pairing' | 'Attestation', { chainId, registry }: RegistryDomain, pairing: Pairing) =>
  hashTypedData({
    domain: { name: 'Cairn DeviceRegistry', version: '1', chainId, verifyingContract: registry },
    types: { [primaryType]: fields },
    primaryType,
    message: {
      ...pairing,
      curve: pairing.curve === 'p256' ? 2 : 1,
      model: `0x${Buffer.from(pairing.model).toString('hex').padEnd(64, '0')}`,
    },
  } as Parameters<typeof hashTypedData>[0])

const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes): Address => `0x${bytesToHex(bytes)}`)
const uint = (bits: bigint) => fc.bigInt(0n, 2n ** bits - 1n)
const pairings = fc.record({
  owner: address,
  device: address,
  curve: fc.constantFrom<Curve>('secp256k1', 'p256'),
  model: fc.string({ maxLength: 32 }),
  cell: uint(64n),
  nonce: uint(256n),
  deadline: uint(256n),
})
const releases = fc.record({ device: address, to: address, nonce: uint(256n), deadline: uint(256n) })
const domains = fc.record({ chainId: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), registry: address })

describe('a pairing’s digest', () => {
  test('is the one that wallets make of the same fields', () => {
    fc.assert(
      fc.property(domains, pairings, (domain, pairing) => {
        expect(`0x${bytesToHex(pairingDigest(domain, pairing))}`).toBe(byViem('Pairing', domain, pairing))
        expect(`0x${bytesToHex(attestationDigest(domain, pairing))}`).toBe(byViem('Attestation', domain, pairing))
      }),
      { numRuns: 300, seed: 7 },
    )
  })

  test.each(['a name that is longer than 32 characters', 'é'])('refuses the model name %s', (model) => {
    const [pairing] = fc.sample(pairings, { numRuns: 1, seed: 8 })
    const [domain] = fc.sample(domains, { numRuns: 1, seed: 8 })
    if (!pairing || !domain) throw new Error('no sample')
    expect(() => pairingDigest(domain, { ...pairing, model })).toThrow(RangeError)
  })
})

test('a release’s digest is the one that wallets make of the same fields', () => {
  const types = {
    Release: [
      { name: 'device', type: 'address' },
      { name: 'to', type: 'address' },
      { name: 'nonce', type: 'uint256' },
      { name: 'deadline', type: 'uint256' },
    ],
  } as const
  fc.assert(
    fc.property(domains, releases, ({ chainId, registry }, message) => {
      const domain = { name: 'Cairn DeviceRegistry', version: '1', chainId, verifyingContract: registry }
      const byWallet = hashTypedData({ domain, types, primaryType: 'Release', message })
      expect(`0x${bytesToHex(releaseDigest({ chainId, registry }, message))}`).toBe(byWallet)
    }),
    { numRuns: 100, seed: 9 },
  )
})
