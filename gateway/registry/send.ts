import type { Address } from '../../devices/identity.ts'
import type { Hex } from '../../devices/units.ts'
import type { Caller, Proposal, RegistryStore } from '../ports.ts'
import type { PairingChain } from './chain.ts'
import { isPaired, type KnownDevices } from './known.ts'
import type { Proposals } from './proposals.ts'

/** A limit, about 1.6 times what the dearest pairing was measured at: P-256 in plain Solidity, see `chain/gas-snapshot.json`. */
const PAIRING_GAS = 700_000n

/** An owner's n-th pairing of a device is one call, however often it is asked for. */
export const pairingKey = ({ device, owner, nonce }: Pick<Proposal, 'device' | 'owner' | 'nonce'>): string =>
  `pair:${device}:${nonce}:${owner}`

export type SendPorts = {
  readonly caller: Caller
  readonly proposals: Proposals
  readonly chain: Pick<PairingChain, 'domain'>
}

/** Queued before it is noted: a crash in between leaves a call that is made once, and a proposal that may be proved again. */
export const send = async (ports: SendPorts, proposal: Proposal, data: Hex): Promise<void> => {
  const { caller, proposals, chain } = ports
  await caller.call({ key: pairingKey(proposal), to: chain.domain.registry, data, gas: PAIRING_GAS })
  await proposals.put({ ...proposal, state: 'sent', detail: 'waits for the chain' })
}

export type AdvancePorts = {
  readonly store: RegistryStore
  readonly known: KnownDevices
  readonly proposals: Proposals
  readonly caller: Caller
  readonly clock: { now(): number }
}

/** Carries each open proposal as far as the chain has come, and learns the IMEIs of those that ended well. Answers how many moved. */
export const advance = async (ports: AdvancePorts): Promise<number> => {
  let moved = 0
  for (const proposal of ports.proposals.open()) {
    const end = await endOf(ports, proposal)
    if (!end) continue
    if (end.state === 'paired' && proposal.imei) await learnImei(ports, proposal.imei, proposal.device)
    await ports.proposals.put({ ...proposal, ...end })
    moved++
  }
  return moved
}

type End = Pick<Proposal, 'state' | 'detail'>

const endOf = async ({ known, caller, clock }: AdvancePorts, proposal: Proposal): Promise<End | undefined> => {
  if (isPaired(known, proposal.device)) return pairedTo(proposal, known.byAddress(proposal.device)?.owner)
  if (proposal.state === 'proposed')
    return Number(proposal.deadline) * 1_000 > clock.now()
      ? undefined
      : { state: 'failed', detail: 'the deadline passed before Enter was pressed' }
  const call = await caller.outcome(pairingKey(proposal))
  return call?.state === 'reverted' ? { state: 'failed', detail: `the registry refused it: ${call.hash}` } : undefined
}

const pairedTo = (proposal: Proposal, owner: Address | undefined): End =>
  owner === proposal.owner
    ? { state: 'paired', detail: 'the registry names its owner' }
    : { state: 'failed', detail: `the registry names another owner: ${owner}` }

/** One name more of the device, beside the devices of others that go by it: a listed IMEI alone is one device's. */
const learnImei = async ({ store, known }: AdvancePorts, imei: string, device: Address): Promise<void> => {
  if (known.listedAt(imei) !== undefined) return
  await store.putImei(imei, device)
  known.learnImei(imei, device)
}
