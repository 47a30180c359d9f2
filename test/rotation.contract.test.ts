import { hexToBytes } from '@noble/hashes/utils.js'
import { hashTypedData, toHex } from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { encode } from '../chain/client.ts'
import type { Address, Curve } from '../devices/identity.ts'
import { networkId } from '../devices/network.ts'
import { sign } from '../devices/signature.ts'
import { deviceTopics } from '../devices/topics.ts'
import { openPipeline } from '../gateway/pipeline.ts'
import type { Outcome } from '../gateway/ports.ts'
import { propose } from '../gateway/registry/pair.ts'
import { memoryStore } from '../gateway/store/memory.ts'
import { startBroker } from './support/broker.ts'
import { startTestChain, type TestChain } from './support/chain.ts'
import { openEvmRegistry } from './support/evm-registry.ts'
import { nativePacket, rotated, type TestDevice, testDevice } from './support/packets.ts'
import { acked, connectOf, enter, isAck, publishOf, type Raw, returnCode, tokenOf } from './support/raw-mqtt.ts'
import { here, type Person, requestFor } from './support/registry.ts'

/*
 * A device's owner gives it a new key, on the real contract; broker, path and registry follow the chain.
 */

let chain: TestChain

beforeAll(async () => {
  chain = await startTestChain()
})
afterAll(() => chain.stop())

const personOf = ({ key, publicKey, device }: TestDevice): Person => ({
  key,
  publicKey: publicKey.publicKey,
  address: device,
})

const owner = (): Person => {
  const { secret, address } = chain.keys.owner
  return { key: { curve: 'secp256k1', secret: hexToBytes(secret.slice(2)) }, publicKey: new Uint8Array(64), address }
}

/** A gateway's parts around one chain, and a paired device. */
const openScene = async (device: TestDevice) => {
  const now = Number((await chain.client.getBlock()).timestamp) * 1_000
  const clock = { now: () => now }
  const registry = await openEvmRegistry(chain, clock.now)
  const network = networkId(registry.domain.chainId, registry.domain.registry)
  const outcomes: Outcome[] = []
  const pipeline = openPipeline({
    inbox: memoryStore().inbox,
    known: registry.known,
    network,
    observers: [(outcome) => outcomes.push(outcome)],
  })
  const { port } = await startBroker(pipeline, { known: registry.known, network, clock })
  const deadline = BigInt(Math.floor(now / 1_000) + 300)
  const people = { owner: owner(), device: personOf(device) }
  expect(await propose(registry, requestFor(people, { deadline }, registry.domain), here)).toMatchObject({ ok: true })
  await registry.settle()

  let id = 0
  return {
    outcomes,
    /** Once the gateway has read what the chain said. */
    sync: registry.settle,
    connect: (as: TestDevice) => enter(port, connectOf(as, { password: Buffer.from(tokenOf(as, { network, now })) })),
    publish: (session: Raw, as: TestDevice, sequence: bigint): number => {
      id += 1
      session.send(publishOf(deviceTopics(as.device).telemetry, nativePacket(as, { sequence, network }), id))
      return id
    },
    rotate: (to: TestDevice) => rotate(device.device, to, deadline),
  }
}

const rotate = async (device: Address, to: TestDevice, deadline: bigint): Promise<void> => {
  const { curve, publicKey } = to.publicKey
  const [x, y] = [toHex(publicKey.subarray(0, 32)), toHex(publicKey.subarray(32))]
  const { chainId, registry } = chain.deployment
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
    message: { device, curve: curve === 'p256' ? 2 : 1, x, y, nonce: 1n, deadline },
  } as const
  const newKeySignature = sign(to.key, hexToBytes(hashTypedData(typed).slice(2)))
  const ownerSignature = await chain.keys.owner.account.signTypedData(typed)
  const data = encode.rotateKey({ device, curve, publicKey, nonce: 1n, deadline }, { newKeySignature, ownerSignature })
  await chain.send(chain.keys.stranger, { to: registry, data })
}

test.each<[Curve, Outcome]>([
  // On the same curve a packet signed anew keeps its digest.
  ['secp256k1', 'SEQUENCE_SEEN'],
  ['p256', 'SEQUENCE_CONFLICT'],
])('a device given a new key on %s goes on in its old name, and its old key opens nothing', async (curve, again) => {
  const old = testDevice(`to be rotated to ${curve}`)
  const renewed = rotated(old, testDevice(`rotated on ${curve}`, curve))
  const scene = await openScene(old)
  const before = await scene.connect(old)
  await before.next(isAck(scene.publish(before, old, 1n)))

  await scene.rotate(renewed)
  const early = await scene.connect(renewed)
  await early.closed
  expect(returnCode(early), 'until the gateway has read the rotation, the old key counts').toEqual([5])
  await before.next(isAck(scene.publish(before, old, 2n)))

  await scene.sync()
  scene.publish(before, old, 3n)
  await before.closed
  expect(acked(before), 'the third is not acknowledged, so the device still has it').toEqual([1, 2])
  const thief = await scene.connect(old)
  await thief.closed
  expect(returnCode(thief)).toEqual([5])

  const after = await scene.connect(renewed)
  for (const [as, sequence] of [
    [renewed, 3n],
    [renewed, 2n],
    [old, 4n],
    [renewed, 4n],
  ] as const)
    await after.next(isAck(scene.publish(after, as, sequence)))
  expect(scene.outcomes).toEqual(['ACCEPTED', 'ACCEPTED', 'ACCEPTED', again, 'BAD_SIGNATURE', 'ACCEPTED'])
})
