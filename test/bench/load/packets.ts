import { createHash } from 'node:crypto'
import { concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import secp256k1 from 'secp256k1'
import { type CborValue, encodeCbor } from '../../../devices/cbor/encode.ts'
import { sealNative, sigStructureDigest } from '../../../devices/cose.ts'
import { encodeSenml } from '../../../devices/senml.ts'
import { type Identity, identityOf } from '../../../firmware-sim/identity.ts'
import { readingOf } from '../../../firmware-sim/tracker/message.ts'
import { sense, worldOf } from '../../../firmware-sim/world/world.ts'

/*
 * A tracker's packets, signed by native code: the simulator's own signer makes a few hundred a second, far too few to load a gateway.
 */

/** Moments of weather per device, taken in turn. Sequence and salt differ in each packet, so digest and signature do too. */
const MOMENTS = 32

export const benchDevice = (seed: string, index: number): Identity => identityOf(seed, 'tracker', index, 'secp256k1')

export type Sealer = (sequence: bigint) => Uint8Array

const saltOf = (device: string, sequence: bigint): Uint8Array =>
  createHash('sha256').update(`${device} ${sequence}`).digest().subarray(0, 16)

const seal = (identity: Identity, network: Uint8Array, sequence: bigint, payload: Uint8Array): Uint8Array => {
  const header = encodeCbor(
    new Map<CborValue, CborValue>([
      [1, -47],
      [3, 112],
      [4, hexToBytes(identity.address.slice(2))],
      [-65537, sequence],
      [-65538, saltOf(identity.address, sequence)],
    ]),
  )
  const { signature } = secp256k1.ecdsaSign(sigStructureDigest(header, network, payload), identity.key.secret)
  return concatBytes(Uint8Array.of(0xd2), encodeCbor([header, new Map(), payload, signature]))
}

/** Throws where the native signer and `devices/` disagree by one byte: then the load would measure refusals. */
const assertSame = (identity: Identity, network: Uint8Array, payload: Uint8Array): void => {
  const { key, address } = identity
  const reference = sealNative({ key, network, sequence: 1n, salt: saltOf(address, 1n), payload })
  if (Buffer.compare(reference, seal(identity, network, 1n, payload)) !== 0)
    throw new Error('the load’s packets are not those that devices/ seals')
}

/** `now` is unix ms: the readings lie in the half minute before. */
export const openSealer = (identity: Identity, network: Uint8Array, seed: string, now: number): Sealer => {
  const world = worldOf(seed, identity.address)
  const payloads = Array.from({ length: MOMENTS }, (_, at) => encodeSenml([readingOf(sense(world, now - at * 1_000))]))
  assertSame(identity, network, payloads[0] as Uint8Array)
  return (sequence) => seal(identity, network, sequence, payloads[Number(sequence % BigInt(MOMENTS))] as Uint8Array)
}
