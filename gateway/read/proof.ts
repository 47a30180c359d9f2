import { z } from 'zod'
import type { Reading } from '../../devices/packet.ts'
import { logInclusion, type TileId } from '../../sdk/log/merkle.ts'
import { makeProof, PROOF_VERSION, type ProofDocument } from '../../sdk/proof.ts'
import type { BatchRow, Registration, StoredPacket } from '../ports.ts'
import type { NetworkInfo } from './api.ts'
import { header } from './batches.ts'
import { at, decimal, hex } from './schemas.ts'
import { signerOf } from './signer.ts'

export const measurement = z.object({
  name: z.string(),
  unit: z.string(),
  value: z.union([z.number(), z.string(), z.boolean()]),
})

const proofReading = z.object({ at, clock: z.enum(['device', 'gateway']), measurements: z.array(measurement) })

/** The document of `sdk/proof.ts`, which `npx cairn verify` checks. */
export const proofDocument = z
  .object({
    version: z.literal(PROOF_VERSION),
    network: z.object({ chainId: z.int(), registry: hex, ledger: hex }),
    packet: z.object({ framing: z.enum(['native', 'pebble']), raw: hex }),
    device: z.object({
      address: hex,
      curve: z.enum(['secp256k1', 'p256']),
      publicKey: hex,
      model: z.string(),
      grade: z.enum(['full', 'legacy', 'attested']),
      term: z.int(),
      owner: hex,
    }),
    record: hex.meta({ description: 'The 76 bytes that stand in the log' }),
    index: decimal,
    inclusion: z.array(hex),
    header,
    settlement: z.object({ transaction: hex, block: decimal }),
    readings: z.array(proofReading).optional(),
  })
  .meta({ id: 'Proof', description: 'Save it and run `npx cairn verify FILE --rpc URL`' })

type Ports = {
  readonly network: NetworkInfo
  readonly tiles: (lane: number, ids: readonly TileId[]) => Promise<readonly Uint8Array[]>
  readonly batch: (lane: number, height: bigint) => Promise<BatchRow | undefined>
}

export type Proven = {
  readonly packet: StoredPacket
  readonly readings: readonly Reading[]
  readonly registration: Registration
}

const framingOf = ({ format }: Pick<StoredPacket, 'format'>): 'native' | 'pebble' =>
  format === 'pebble' ? 'pebble' : 'native'

/** Undefined until the packet's batch is settled. The proof stands on that batch's own header: the chain holds its hash for good. */
export const proveStored = async (ports: Ports, proven: Proven): Promise<ProofDocument | undefined> => {
  const { packet, readings, registration } = proven
  const place = packet.log
  if (!place) return undefined
  const batch = await ports.batch(place.lane, place.height)
  if (batch?.state !== 'settled' || batch.transaction === undefined || batch.block === undefined) return undefined
  const tiles = (ids: readonly TileId[]) => ports.tiles(place.lane, ids)
  return makeProof({
    network: ports.network,
    packet: { framing: framingOf(packet), raw: packet.raw },
    device: {
      address: packet.device,
      ...signerOf(packet, registration),
      model: registration.model,
      grade: registration.grade,
      term: packet.term,
      owner: registration.owner,
    },
    record: packet,
    index: place.index,
    inclusion: await logInclusion(tiles, place.index, batch.header.size),
    header: batch.header,
    settlement: { transaction: batch.transaction, block: batch.block },
    readings,
  })
}

/** One request asks for each batch once, however many of its packets it proves. */
export const onceEach = (read: Ports['batch']): Ports['batch'] => {
  const asked = new Map<string, Promise<BatchRow | undefined>>()
  return (lane, height) => {
    const key = `${lane}/${height}`
    const known = asked.get(key) ?? read(lane, height)
    asked.set(key, known)
    return known
  }
}
