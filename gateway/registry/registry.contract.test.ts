import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { encode } from '../../chain/client.ts'
import { addressOf } from '../../devices/identity.ts'
import { releaseDigest } from '../../devices/pairing.ts'
import { sealConfirm } from '../../devices/pebble/packet.ts'
import { publicKeyOf } from '../../devices/signature.ts'
import type { Millis } from '../../devices/units.ts'
import { startTestChain, type TestChain } from '../../test/support/chain.ts'
import { openEvmRegistry } from '../../test/support/evm-registry.ts'
import { withOtherS } from '../../test/support/packets.ts'
import { here, imei, type Person, person, requestFor, walletSignature } from '../../test/support/registry.ts'
import { openDesk } from './desk.ts'
import { pairingOf, propose as proposeFrom } from './pair.ts'
import type { PairingRequest } from './request.ts'

/*
 * The registry stage on the real contract, on a real chain.
 */

let chain: TestChain
let now: Millis
let registry: Awaited<ReturnType<typeof openEvmRegistry>>

beforeAll(async () => {
  chain = await startTestChain()
})
afterAll(() => chain.stop())
beforeEach(async () => {
  now = Number((await chain.client.getBlock()).timestamp) * 1_000
  registry = await openEvmRegistry(chain, () => now)
})

const keyPerson = (name: 'owner' | 'stranger' | 'manufacturer'): Person => {
  const key = { curve: 'secp256k1', secret: hexToBytes(chain.keys[name].secret.slice(2)) } as const
  const { publicKey } = publicKeyOf(key)
  return { key, publicKey, address: addressOf(publicKey) }
}
const deadline = () => BigInt(Math.floor(now / 1_000) + 300)
const propose = (at: typeof registry, request: PairingRequest) => proposeFrom(at, request, here)
const wish = (device: Person, wanted: Parameters<typeof requestFor>[1] = {}) =>
  requestFor(
    { owner: keyPerson('owner'), device, manufacturer: keyPerson('manufacturer') },
    { deadline: deadline(), ...wanted },
    registry.domain,
  )
const pair = async (device: Person, wanted: Parameters<typeof requestFor>[1] = {}) => {
  const answer = await propose(registry, wish(device, wanted))
  expect(answer).toMatchObject({ ok: true })
  await registry.settle()
}

describe('pairing on chain', () => {
  test.each(['secp256k1', 'p256'] as const)('by two signatures (%s)', async (curve) => {
    const device = person(`native ${curve}`, curve)
    await pair(device)
    expect(pairingOf(registry, device.address)?.state).toBe('paired')
    expect(registry.known.byAddress(device.address)).toMatchObject({
      owner: chain.keys.owner.address,
      key: { curve, publicKey: device.publicKey },
      model: 'tracker-1',
      cell: 0x8a2a1072b59ffffn,
      term: 1,
      grade: 'full',
      revoked: false,
    })
  })

  test.each(['secp256k1', 'p256'] as const)('by a device whose library writes the high s (%s)', async (curve) => {
    const device = person(`high ${curve}`, curve)
    const request = wish(device)
    const high = withOtherS(curve, hexToBytes(request.deviceSignature?.slice(2) ?? ''))
    expect(await propose(registry, { ...request, deviceSignature: `0x${bytesToHex(high)}` })).toMatchObject({
      ok: true,
    })
    await registry.settle()
    expect(registry.known.byAddress(device.address)).toMatchObject({ term: 1, grade: 'full' })
  })

  test('on the manufacturer’s word', async () => {
    const device = person('attested')
    await pair(device, { proof: 'manufacturer', imei: '490154203237518' })
    expect(registry.known.byAddress(device.address)).toMatchObject({ term: 1, grade: 'attested' })
    expect(registry.known.byImei('490154203237518')).toEqual([device.address])
  })

  test('by a Pebble’s Enter', async () => {
    const device = person('pebble')
    const desk = openDesk(registry)
    await propose(registry, wish(device, { proof: 'confirm', imei }))
    expect(desk.statusOf(imei)).toEqual({ status: 1, proposer: chain.keys.owner.address })
    const owner = chain.keys.owner.address
    await desk.confirm(imei, sealConfirm({ key: device.key, owner, timestamp: now / 1_000, channel: 8_183 }))
    await registry.settle()
    expect(desk.statusOf(imei)).toEqual({ status: 2 })
    expect(registry.known.byAddress(device.address)?.model).toBe('pebble-riverrock')
  })

  test('by the Enter that chose among two owners', async () => {
    const device = person('contested pebble')
    const desk = openDesk(registry)
    const [owner, other] = [keyPerson('owner'), keyPerson('stranger')]
    for (const who of [other, owner])
      await propose(
        registry,
        requestFor({ owner: who, device }, { proof: 'confirm', imei, deadline: deadline() }, registry.domain),
      )
    await desk.confirm(
      imei,
      sealConfirm({ key: device.key, owner: owner.address, timestamp: now / 1_000, channel: 8_183 }),
    )
    await registry.settle()
    expect(registry.known.byAddress(device.address)?.owner).toBe(owner.address)
    expect(pairingOf(registry, device.address, other.address)?.state).toBe('failed')
  })

  test('is refused before it costs gas where the chain knows better than the gateway', async () => {
    const device = person('known to the chain alone')
    await pair(device)
    const fresh = await openEvmRegistry(chain, () => now)
    expect(await propose(fresh, wish(device))).toMatchObject({ ok: false, refusal: { code: 'ALREADY_PAIRED' } })
  })
})

describe('after pairing', () => {
  test('a transfer starts a term, a revocation ends the key', async () => {
    const device = person('traveller')
    await pair(device)
    const { owner, stranger } = chain.keys
    const to = chain.deployment.registry
    await chain.send(owner, { to, data: encode.handOver(device.address, owner.address, stranger.address) })
    await registry.settle()
    expect(registry.known.byAddress(device.address)).toMatchObject({ owner: stranger.address, term: 2, revoked: false })

    await chain.send(stranger, { to, data: encode.revoke(device.address) })
    await registry.settle()
    expect(registry.known.byAddress(device.address)?.revoked).toBe(true)
  })

  test('a revoked key comes back by the word of its last owner alone, which is asked before it costs gas', async () => {
    const device = person('revoked and released')
    await pair(device)
    const { owner } = chain.keys
    const to = chain.deployment.registry
    await chain.send(owner, { to, data: encode.revoke(device.address) })
    await chain.send(owner, { to, data: encode.unpair(device.address) })
    await registry.settle()
    const buyer = keyPerson('stranger')
    const request = requestFor({ owner: buyer, device }, { deadline: deadline(), nonce: 1n }, registry.domain)
    expect(await propose(registry, request)).toMatchObject({
      ok: false,
      refusal: { code: 'RELEASE_MISSING', facts: { lastOwner: owner.address } },
    })
    const release = { device: device.address, to: buyer.address, nonce: 1n, deadline: deadline() + 86_400n }
    const word = walletSignature(keyPerson('owner'), releaseDigest(registry.domain, release))
    const released = { ...request, releaseDeadline: String(release.deadline), releaseSignature: word }
    expect(await propose(registry, released)).toMatchObject({ ok: true })
    await registry.settle()
    expect(registry.known.byAddress(device.address)).toMatchObject({ owner: buyer.address, term: 2, revoked: false })
  })

  test('giving up frees the device for the next nonce', async () => {
    const device = person('given up')
    await pair(device)
    const { owner } = chain.keys
    await chain.send(owner, { to: chain.deployment.registry, data: encode.unpair(device.address) })
    await registry.settle()
    expect(registry.known.byAddress(device.address)?.revoked).toBe(true)
    expect(await propose(registry, wish(device))).toMatchObject({
      ok: false,
      refusal: { code: 'WRONG_NONCE', facts: { next: '1' } },
    })
    await pair(device, { nonce: 1n })
    expect(registry.known.byAddress(device.address)).toMatchObject({ owner: owner.address, term: 2, revoked: false })
  })
})

describe('a chain that goes back', () => {
  test('forgets a pairing that is lost, and knows it again once it is there again', async () => {
    const device = person('lost and found')
    const request = wish(device)
    const snapshot = await chain.rpc<string>('evm_snapshot')
    await pair(device)
    const { block = 0n } = registry.known.byAddress(device.address) ?? {}
    await chain.rpc('evm_revert', [snapshot])
    await registry.settle()
    expect(registry.known.byAddress(device.address)?.revoked, 'the chain may be catching up').toBe(false)

    while ((await chain.client.getBlockNumber()) < block + 1n) await chain.mine()
    await registry.settle()
    expect(registry.known.byAddress(device.address)?.revoked).toBe(true)

    const again = await openEvmRegistry(chain, () => now)
    await propose(again, request)
    await again.settle()
    await registry.settle()
    expect(registry.known.byAddress(device.address)).toMatchObject({ revoked: false, term: 1 })
  })

  test('a reorganisation that keeps the pairing changes nothing', async () => {
    const device = person('steady')
    await pair(device)
    const before = registry.known.byAddress(device.address)
    await chain.mine()
    await chain.mine()
    await registry.settle()
    await chain.rpc('anvil_reorg', [1, []])
    await chain.mine()
    await registry.settle()
    expect(registry.known.byAddress(device.address)).toEqual(before)
  })
})
