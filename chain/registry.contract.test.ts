import { hashTypedData, hexToBytes, toHex } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Address, addressOf, type Curve } from '../devices/identity.ts'
import { attestationDigest, type Pairing, pairingDigest, releaseDigest } from '../devices/pairing.ts'
import { openConfirm, sealConfirm } from '../devices/pebble/packet.ts'
import { type PrivateKey, publicKeyOf, sign } from '../devices/signature.ts'
import { startTestChain, type TestChain, type TestKey } from '../test/support/chain.ts'
import { encode, readHolder, readNonce, readRegistration, registryEvents } from './client.ts'

/** The chain's time, and so the deadlines' too. */
const START = 1_800_000_000

let chain: TestChain

beforeAll(async () => {
  chain = await startTestChain({ mining: 'manual', startsAt: START })
})
afterAll(() => chain?.stop())

const keyNumber = (curve: Curve, number: number): PrivateKey => ({
  curve,
  secret: Uint8Array.from({ length: 32 }, (_, at) => (at === 31 ? number : 7)),
})

const deviceOf = (key: PrivateKey): Address => addressOf(publicKeyOf(key).publicKey)

const domain = () => ({ chainId: chain.chainId, registry: chain.deployment.registry })

const pairingOf = async (key: PrivateKey, owner: TestKey): Promise<Pairing> => ({
  owner: owner.address,
  device: deviceOf(key),
  curve: key.curve,
  model: 'tracker-1',
  cell: 0x861f1d4ffffffffn,
  nonce: await readNonce(chain.client, chain.deployment.registry, deviceOf(key)),
  deadline: BigInt(START + 86_400),
})

const signedBy = ({ account }: TestKey, digest: Uint8Array) => account.sign({ hash: toHex(digest) })

const send = (sender: TestKey, data: `0x${string}`) => chain.send(sender, { to: chain.deployment.registry, data })

const pair = async (key: PrivateKey, owner: TestKey): Promise<Address> => {
  const pairing = await pairingOf(key, owner)
  const digest = pairingDigest(domain(), pairing)
  const { publicKey } = publicKeyOf(key)
  const signatures = { deviceSignature: sign(key, digest), ownerSignature: await signedBy(owner, digest) }
  await send(chain.keys.stranger, encode.pair(pairing, { publicKey, ...signatures }))
  return pairing.device
}

const registrationOf = (device: Address) => readRegistration(chain.client, chain.deployment.registry, device)

/** What the registry said of a device from its first block on. */
const said = async (device: Address) => {
  const { client, deployment } = chain
  const events = await registryEvents(client, deployment.registry, deployment.block, await client.getBlockNumber())
  return events.filter((event) => event.device === device).map(({ block: _, transaction: __, ...event }) => event)
}

describe('DeviceRegistry', () => {
  test.each(['secp256k1', 'p256'] as const)('pairs a %s device by its own signature and its owner’s', async (curve) => {
    const key = keyNumber(curve, 1)
    const { owner } = chain.keys
    const device = await pair(key, owner)
    const about = { ...publicKeyOf(key), model: 'tracker-1', cell: 0x861f1d4ffffffffn, grade: 'full', term: 1 }
    expect(await registrationOf(device)).toEqual({ ...about, owner: owner.address, revokedFrom: undefined })
    expect(await said(device)).toEqual([
      { ...about, kind: 'paired', device, owner: owner.address },
      { kind: 'term-started', device, owner: owner.address, term: 1 },
    ])
  })

  test('pairs a Pebble by the confirm packet that it sends', async () => {
    const key = keyNumber('secp256k1', 2)
    const { owner } = chain.keys
    const pairing = { ...(await pairingOf(key, owner)), model: 'pebble-riverrock', cell: 0n }
    const confirm = openConfirm(sealConfirm({ key, owner: owner.address, timestamp: START, channel: 0 }))
    if (!confirm.ok) throw new Error('no confirm')
    const { timestamp, signature } = confirm.value
    const proof = {
      publicKey: publicKeyOf(key).publicKey,
      timestamp,
      confirmSignature: signature,
      ownerSignature: await signedBy(owner, pairingDigest(domain(), pairing)),
    }
    await send(chain.keys.stranger, encode.pairByConfirm(pairing, proof))
    expect(await registrationOf(pairing.device)).toMatchObject({ model: 'pebble-riverrock', cell: 0n, grade: 'legacy' })
    await expect(send(chain.keys.stranger, encode.pairByConfirm(pairing, proof))).rejects.toThrow('reverted')
  })

  test('pairs a device on its manufacturer’s word, and says so', async () => {
    const key = keyNumber('secp256k1', 3)
    const { owner, manufacturer } = chain.keys
    const pairing = await pairingOf(key, owner)
    const proof = {
      publicKey: publicKeyOf(key).publicKey,
      manufacturerSignature: await signedBy(manufacturer, attestationDigest(domain(), pairing)),
      ownerSignature: await signedBy(owner, pairingDigest(domain(), pairing)),
    }
    await send(chain.keys.stranger, encode.pairAttested(pairing, proof))
    expect(await registrationOf(pairing.device)).toMatchObject({ grade: 'attested', owner: owner.address })
  })

  test('starts a term with each hand that a device passes through', async () => {
    const { owner, stranger } = chain.keys
    const device = await pair(keyNumber('p256', 4), owner)
    await send(owner, encode.handOver(device, owner.address, stranger.address))
    const holders = [1, 2, 3].map((term) => readHolder(chain.client, chain.deployment.registry, device, term))
    expect(await Promise.all(holders)).toEqual([owner.address, stranger.address, undefined])
    expect((await said(device)).at(-1)).toEqual({ kind: 'term-started', device, owner: stranger.address, term: 2 })
  })

  test('revokes a key, gives the device a new one, and lets it go', async () => {
    const { owner } = chain.keys
    const device = await pair(keyNumber('secp256k1', 5), owner)
    await send(owner, encode.revoke(device))
    const revokedFrom = await chain.client.getBlockNumber()
    expect(await registrationOf(device)).toMatchObject({ revokedFrom })

    const newKey = keyNumber('p256', 6)
    const { publicKey } = publicKeyOf(newKey)
    const rotation = { device, curve: newKey.curve, publicKey, nonce: 1n, deadline: BigInt(START + 86_400) }
    const proof = await rotationProof(rotation, newKey, owner)
    await send(chain.keys.stranger, encode.rotateKey(rotation, proof))
    expect(await registrationOf(device)).toMatchObject({ curve: 'p256', publicKey, revokedFrom: undefined, term: 1 })

    await send(owner, encode.unpair(device))
    expect(await registrationOf(device)).toMatchObject({ owner: undefined, term: 1 })
    expect((await said(device)).slice(2)).toEqual([
      { kind: 'revoked', device, revokedFrom },
      { kind: 'rotated', device, curve: 'p256', publicKey },
      { kind: 'unpaired', device, term: 1 },
    ])
  })

  test('pairs a revoked key again by the word of its last owner alone', async () => {
    const { owner, stranger } = chain.keys
    const key = keyNumber('secp256k1', 8)
    const device = await pair(key, owner)
    await send(owner, encode.revoke(device))
    await send(owner, encode.unpair(device))
    await expect(pair(key, stranger)).rejects.toThrow('reverted')

    const pairing = await pairingOf(key, stranger)
    const digest = pairingDigest(domain(), pairing)
    const deadline = BigInt(START + 604_800)
    const word = releaseDigest(domain(), { device, to: stranger.address, nonce: pairing.nonce, deadline })
    const proof = {
      publicKey: publicKeyOf(key).publicKey,
      deviceSignature: sign(key, digest),
      ownerSignature: await signedBy(stranger, digest),
    }
    const forged = { deadline, signature: await signedBy(stranger, word) }
    await expect(send(stranger, encode.pair(pairing, { ...proof, release: forged }))).rejects.toThrow('reverted')
    const release = { deadline, signature: await signedBy(owner, word) }
    await send(stranger, encode.pair(pairing, { ...proof, release }))
    expect(await registrationOf(device)).toMatchObject({ owner: stranger.address, term: 2, revokedFrom: undefined })
  })

  test('takes a Pebble’s confirm of these ten minutes, and none of another time', async () => {
    const key = keyNumber('secp256k1', 9)
    const { owner } = chain.keys
    const pairing = await pairingOf(key, owner)
    const confirmedAt = async (timestamp: number) => {
      const confirm = openConfirm(sealConfirm({ key, owner: owner.address, timestamp, channel: 0 }))
      if (!confirm.ok) throw new Error('no confirm')
      return encode.pairByConfirm(pairing, {
        publicKey: publicKeyOf(key).publicKey,
        timestamp,
        confirmSignature: confirm.value.signature,
        ownerSignature: await signedBy(owner, pairingDigest(domain(), pairing)),
      })
    }
    for (const timestamp of [START - 2 * 365 * 86_400, START - 601, 2 ** 32 - 1])
      await expect(send(chain.keys.stranger, await confirmedAt(timestamp))).rejects.toThrow('reverted')
    await send(chain.keys.stranger, await confirmedAt(START - 300))
    expect(await registrationOf(pairing.device)).toMatchObject({ owner: owner.address })
  })

  test('knows nothing of a device that was never paired', async () => {
    expect(await registrationOf('0x00000000000000000000000000000000000000aa')).toBeUndefined()
  })

  test('is read in ranges that a public node answers', async () => {
    const asked: bigint[][] = []
    const node = {
      getLogs: async ({ fromBlock, toBlock }: { fromBlock: bigint; toBlock: bigint }) => {
        asked.push([fromBlock, toBlock])
        return []
      },
    }
    await registryEvents(node as never, chain.deployment.registry, 5n, 4_005n)
    expect(asked).toEqual([
      [5n, 2_004n],
      [2_005n, 4_004n],
      [4_005n, 4_005n],
    ])
  })
})

type RotationOf = Parameters<typeof encode.rotateKey>[0]

/** As a wallet would show and sign it, by viem's own EIP-712. */
const rotationProof = async ({ publicKey, ...rotation }: RotationOf, newKey: PrivateKey, owner: TestKey) => {
  const hex = toHex(publicKey as Uint8Array).slice(2)
  const message = { ...rotation, curve: 2, x: `0x${hex.slice(0, 64)}`, y: `0x${hex.slice(64)}` } as const
  const { chainId, registry } = domain()
  const typed = {
    domain: { name: 'Cairn DeviceRegistry', version: '1', chainId, verifyingContract: registry },
    types: {
      Rotation: [
        { name: 'device', type: 'address' },
        { name: 'curve', type: 'uint8' },
        { name: 'x', type: 'bytes32' },
        { name: 'y', type: 'bytes32' },
        { name: 'nonce', type: 'uint256' },
        { name: 'deadline', type: 'uint256' },
      ],
    },
    primaryType: 'Rotation',
    message,
  } as const
  const newKeySignature = sign(newKey, hexToBytes(hashTypedData(typed)))
  return { newKeySignature, ownerSignature: await owner.account.signTypedData(typed) }
}
