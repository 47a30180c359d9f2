import { addressOf, type DeviceKey } from '../devices/identity.ts'
import { type Finding, fails, holds, isSame, type Subject } from './check.ts'
import { headerHashOf, holderOf, laneOf, ledgerOf, type Registration, registrationOf } from './contracts.ts'
import { headerHash } from './log/header.ts'
import type { Proof } from './proof.ts'

/*
 * What the chain says. It alone is trusted; the contracts' addresses come from the proof, unless the reader pins the registry's.
 */

export const checkChain = async ({ proof, chain }: Subject): Promise<Finding> => {
  const id = await chain.chainId()
  return id === proof.network.chainId
    ? holds(`the RPC is of chain ${id}, as the proof says`)
    : fails(`the RPC is of chain ${id}, the proof of chain ${proof.network.chainId}: give the RPC URL of that chain`)
}

export const checkNetwork = async ({ proof, chain, network }: Subject): Promise<Finding> => {
  const { registry, ledger } = proof.network
  if (network && network !== registry) return fails(`the proof is of the network of ${registry}, not of ${network}`)
  const named = await ledgerOf(chain, registry)
  if (named !== ledger) return fails(`registry ${registry} names the ledger ${named}, the proof ${ledger}`)
  const found = holds(`registry ${registry} names the ledger ${ledger}`)
  if (network) return { ...found, detail: `${found.detail}; it is the one you asked for` }
  return proof.packet.framing === 'native'
    ? { ...found, detail: `${found.detail}; the device signed for this registry` }
    : {
        ...found,
        warning:
          'A Pebble’s signature names no network, so anyone’s copy of the contracts could vouch for it: say which registry you trust (--network ADDRESS).',
      }
}

const isSameKey = (a: DeviceKey, b: DeviceKey): boolean => a.curve === b.curve && isSame(a.publicKey, b.publicKey)

/** A device is named after its first key, so that key stays its own after a rotation. Undefined: the key is a stranger's. */
const standingOf = ({ device }: Proof, registration: Registration): string | undefined => {
  const key = { curve: device.curve, publicKey: device.publicKey }
  if (registration.key && isSameKey(registration.key, key)) return 'its registered key'
  return addressOf(device.publicKey) === device.address ? 'its first key, rotated since' : undefined
}

/** Only the running term: an earlier one may have been paired in another way, which the contract no longer tells. */
const isAsRegistered = (proof: Proof, registration: Registration): boolean =>
  proof.device.term !== registration.term ||
  (proof.device.model === registration.model && proof.device.grade === registration.grade)

export const checkDevice = async ({ proof, chain }: Subject): Promise<Finding> => {
  const { address, model, grade, term, owner } = proof.device
  const { registry } = proof.network
  const registration = await registrationOf(chain, registry, address)
  if (registration.term === 0) return fails(`${address} was never paired in ${registry}`)
  const standing = standingOf(proof, registration)
  if (!standing) return fails(`the key in the proof is not ${address}’s: the registry has another`)
  if (!isAsRegistered(proof, registration))
    return fails(
      `the registry knows a ${registration.model} of grade ${registration.grade}, not a ${model} of grade ${grade}`,
    )
  const holder = await holderOf(chain, registry, { device: address, term })
  if (holder !== owner) return fails(`term ${term} is ${holder}’s, not ${owner}’s`)
  const revoked =
    registration.revokedFrom > 0n ? `; its owner revoked the key from block ${registration.revokedFrom} on` : ''
  return holds(`${address} signed with ${standing}; ${model}, grade ${grade}, term ${term} of ${owner}${revoked}`)
}

export const checkHeader = async ({ proof, chain }: Subject): Promise<Finding> => {
  const { header, settlement, network } = proof
  const settled = await headerHashOf(chain, network.ledger, header)
  if (settled.every((byte) => byte === 0)) return fails(`batch ${header.height} of lane ${header.lane} is not settled`)
  return isSame(settled, headerHash(header))
    ? holds(`batch ${header.height} of lane ${header.lane} is settled with this header, by ${settlement.transaction}`)
    : fails(`batch ${header.height} of lane ${header.lane} is settled with another header`)
}

export const checkLane = async ({ proof, chain }: Subject): Promise<Finding> => {
  const { header, network } = proof
  const lane = await laneOf(chain, network.ledger, header.lane)
  return lane.size >= header.size && lane.height >= header.height
    ? holds(`lane ${header.lane} is settled to ${lane.size} records in ${lane.height} batches`)
    : fails(`lane ${header.lane} is settled to ${lane.size} records, which does not reach ${header.size}`)
}
