import { BlockNotFoundError, type PublicClient } from 'viem'
import { encode, readHolder, readNonce, readRegistration, registryEvents } from '../../chain/client.ts'
import type { Address } from '../../devices/identity.ts'
import type { RegistryDomain } from '../../devices/pairing.ts'
import { Failure } from '../errors.ts'
import type { PairingChain, RegistryChain, RegistryEvent, SignedPairing, Standing } from './chain.ts'

type Said = Awaited<ReturnType<typeof registryEvents>>[number]

const eventOf = (said: Said): RegistryEvent => {
  const { device, block } = said
  switch (said.kind) {
    case 'paired': {
      const { owner, term, curve, publicKey, model, cell, grade } = said
      return { kind: 'paired', device, block, owner, term, key: { curve, publicKey }, model, cell, grade }
    }
    case 'term-started':
      return { kind: 'term-started', device, block, owner: said.owner, term: said.term }
    case 'rotated':
      return { kind: 'rotated', device, block, key: { curve: said.curve, publicKey: said.publicKey } }
    case 'revoked':
    case 'unpaired':
      return { kind: said.kind, device, block }
  }
}

/** DeviceRegistry on any EVM chain, read from its deployment block on. */
export const evmRegistry = (
  client: PublicClient,
  { registry, block }: { readonly registry: Address; readonly block: bigint },
): RegistryChain => ({
  deployedAt: block,
  height: () => client.getBlockNumber(),
  hashOf: async (blockNumber) => {
    try {
      return (await client.getBlock({ blockNumber })).hash
    } catch (error) {
      if (error instanceof BlockNotFoundError) return undefined
      throw error
    }
  },
  events: async (from, to) => (await registryEvents(client, registry, from, to)).map(eventOf),
})

const proofOf = ({ key, ownerSignature, release }: SignedPairing) => ({
  publicKey: key.publicKey,
  ownerSignature,
  release,
})

const standingOf = async (client: PublicClient, registry: Address, device: Address): Promise<Standing> => {
  const [nonce, found] = await Promise.all([
    readNonce(client, registry, device),
    readRegistration(client, registry, device),
  ])
  if (!found) return { nonce, owner: undefined, last: undefined }
  const { owner, term, curve, publicKey, revokedFrom } = found
  // Given up: its last owner is the holder of its last term.
  const lastOwner = owner ?? (await readHolder(client, registry, device, term))
  if (!lastOwner) throw new RangeError(`DeviceRegistry names nobody for term ${term} of ${device}`)
  return { nonce, owner, last: { owner: lastOwner, key: { curve, publicKey }, isRevoked: revokedFrom !== undefined } }
}

/** `manufacturer` is whose word the contract takes, undefined for nobody's. */
export const evmPairing = (
  client: PublicClient,
  domain: RegistryDomain,
  manufacturer: Address | undefined,
): PairingChain => ({
  domain,
  manufacturer,
  standingOf: async (device) => {
    try {
      return await standingOf(client, domain.registry, device)
    } catch (cause) {
      throw new Failure('CHAIN_UNREACHABLE', `DeviceRegistry ${domain.registry} cannot be read`, { cause })
    }
  },
  pair: (signed) => encode.pair(signed.pairing, { ...proofOf(signed), deviceSignature: signed.signature }),
  pairByConfirm: (signed, timestamp) =>
    encode.pairByConfirm(signed.pairing, { ...proofOf(signed), timestamp, confirmSignature: signed.signature }),
  pairAttested: (signed) =>
    encode.pairAttested(signed.pairing, { ...proofOf(signed), manufacturerSignature: signed.signature }),
})
