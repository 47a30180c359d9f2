import { createHash } from 'node:crypto'
import { hexToBytes } from '@noble/hashes/utils.js'
import { sealToken } from '../../../devices/token.ts'
import { deviceTopics } from '../../../devices/topics.ts'
import { type Identity, identityOf } from '../../../firmware-sim/identity.ts'
import { connectFrame } from '../../bench/load/connection.ts'
import { openSealer, type Sealer } from '../../bench/load/packets.ts'
import type { Tools } from './attack.ts'

/*
 * Keys made on the spot: a token by one of them is valid, and proves nothing but that somebody made a key.
 */

export type Stranger = {
  readonly identity: Identity
  readonly topic: string
  readonly login: Buffer
  readonly seal: Sealer
}

const TOKEN_LIFE = 3_600_000

export const networkIn = ({ target }: Pick<Tools, 'target'>): Uint8Array => hexToBytes(target.networkId.slice(2))

export const strangers = (tools: Tools, many: number): readonly Stranger[] =>
  Array.from({ length: many }, (_, index) => {
    const identity = identityOf(`${tools.seed} stranger`, 'tracker', index, 'secp256k1')
    const network = networkIn(tools)
    const password = sealToken({ key: identity.key, network, now: Date.now(), life: TOKEN_LIFE })
    return {
      identity,
      topic: deviceTopics(identity.address).telemetry,
      login: connectFrame({ clientId: identity.address, password }),
      seal: openSealer(identity, network, tools.seed, Date.now()),
    }
  })

/** Bytes that look random and are the same for the same seed. */
export const noise = (length: number, ...seed: readonly (string | number)[]): Buffer => {
  const blocks: Buffer[] = []
  for (let at = 0; at * 32 < length; at++)
    blocks.push(
      createHash('sha256')
        .update(`${seed.join(' ')} ${at}`)
        .digest(),
    )
  return Buffer.concat(blocks).subarray(0, length)
}

/** The last byte of a native packet is its signature's. */
export const spoiled = (raw: Uint8Array): Buffer => {
  const copy = Buffer.from(raw)
  copy[copy.length - 1] = (copy[copy.length - 1] ?? 0) ^ 1
  return copy
}
