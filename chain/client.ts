import { type Hex, type PublicClient, toHex, zeroAddress, zeroHash } from 'viem'
import { type Curve, type Grade, headerArgument, type SettledHeader } from './calldata.ts'
import { curveOf, gradeOf, lower, modelOf, publicKeyOf } from './events.ts'
import { cairnToken } from './generated/cairn-token.ts'
import { deviceRegistry } from './generated/device-registry.ts'
import { laneLedger } from './generated/lane-ledger.ts'
import { rewardLedger } from './generated/reward-ledger.ts'

/*
 * The typed door to the contracts: what they say. Calls are made by `encode`, events read by `registryEvents` and its like; all here for
 * those who want the chain. Reads use `latest` and no other tag, since not every chain has them.
 */
export { encode } from './calldata.ts'
export { claimEvents, registryEvents, settledEvents } from './events.ts'

/** A viem public client, or as much of one as reading takes. */
export type Rpc = Pick<PublicClient, 'readContract' | 'getLogs' | 'getCode'>

export type Lane = {
  readonly size: bigint
  readonly height: bigint
  /** Unix milliseconds; 0 for an untouched lane. */
  readonly closedAt: number
  readonly root: Hex
}

/** A device as DeviceRegistry holds it. `owner` is undefined once it is unpaired. */
export type RegisteredDevice = {
  readonly owner: Hex | undefined
  readonly term: number
  readonly curve: Curve
  /** 64 bytes X ‖ Y. */
  readonly publicKey: Uint8Array
  readonly model: string
  readonly cell: bigint
  readonly grade: Grade
  /** Block from which on the key counts no more. */
  readonly revokedFrom: bigint | undefined
}

export type ProposedEpoch = {
  /** Unix seconds. */
  readonly proposedAt: bigint
  readonly lines: bigint
  /** Token base units that this epoch's lines may take, and have taken; and that all epochs up to it may take. */
  readonly earned: bigint
  readonly paid: bigint
  readonly totalEarned: bigint
  readonly totalWeight: bigint
  readonly weightsRoot: Hex
  readonly earningsRoot: Hex
  readonly heights: readonly bigint[]
}

/** As fixed at deployment. Spans in seconds, amounts in token base units. */
export type RewardRules = {
  readonly epochLength: bigint
  readonly budget: bigint
  readonly scoreCap: bigint
  /** Basis points. */
  readonly shareCap: number
  readonly challengeWindow: bigint
  readonly outflowCap: bigint
  /** Which grades earn: bit g for grade g. */
  readonly earningGrades: number
  /** No earlier epoch may be proposed. */
  readonly firstEpoch: bigint
}

const ledgerAt = (address: Hex) => ({ address, abi: laneLedger.abi }) as const
const registryAt = (address: Hex) => ({ address, abi: deviceRegistry.abi }) as const
const rewardsAt = (address: Hex) => ({ address, abi: rewardLedger.abi }) as const
const tokenAt = (address: Hex) => ({ address, abi: cairnToken.abi }) as const

// ---------------------------------------------------------------------------------------------------------------- LaneLedger

export const readLane = async (rpc: Rpc, ledger: Hex, lane: number): Promise<Lane> => {
  const call = { ...ledgerAt(ledger), functionName: 'laneOf', args: [lane] } as const
  const [size, height, closedAt, root] = await rpc.readContract(call)
  return { size, height, closedAt: Number(closedAt), root }
}

/** Undefined where that height is not settled. */
export const readHeaderHash = async (rpc: Rpc, ledger: Hex, lane: number, height: bigint): Promise<Hex | undefined> => {
  const hash = await rpc.readContract({ ...ledgerAt(ledger), functionName: 'headerHashOf', args: [lane, height] })
  return hash === zeroHash ? undefined : hash
}

export const readProposer = async (rpc: Rpc, ledger: Hex, lane: number): Promise<Hex> =>
  lower(await rpc.readContract({ ...ledgerAt(ledger), functionName: 'proposerOf', args: [lane] }))

/** Asks the contract itself whether the body stands at `index` of the lane log, under a header that it settled. */
export const readIsRecorded = async (
  rpc: Rpc,
  ledger: Hex,
  record: { header: SettledHeader; body: Uint8Array; index: bigint; proof: readonly Uint8Array[] },
): Promise<boolean> => {
  const { header, body, index, proof } = record
  const args = [headerArgument(header), toHex(body), index, proof.map((hash) => toHex(hash))] as const
  return rpc.readContract({ ...ledgerAt(ledger), functionName: 'verifyRecord', args })
}

// ------------------------------------------------------------------------------------------------------------ DeviceRegistry

/** Undefined for a device that was never paired. */
export const readRegistration = async (rpc: Rpc, registry: Hex, device: Hex): Promise<RegisteredDevice | undefined> => {
  const call = { ...registryAt(registry), functionName: 'registrationOf', args: [device] } as const
  const { owner, term, curve, x, y, model, cell, grade, revokedFrom } = await rpc.readContract(call)
  if (term === 0) return undefined
  return {
    owner: owner === zeroAddress ? undefined : lower(owner),
    term,
    curve: curveOf(curve),
    publicKey: publicKeyOf(x, y),
    model: modelOf(model),
    cell,
    grade: gradeOf(grade),
    revokedFrom: revokedFrom === 0n ? undefined : revokedFrom,
  }
}

export const readNonce = (rpc: Rpc, registry: Hex, device: Hex): Promise<bigint> =>
  rpc.readContract({ ...registryAt(registry), functionName: 'nonceOf', args: [device] })

/** Undefined for a term that never was. */
export const readHolder = async (rpc: Rpc, registry: Hex, device: Hex, term: number): Promise<Hex | undefined> => {
  const holder = await rpc.readContract({ ...registryAt(registry), functionName: 'holderOf', args: [device, term] })
  return holder === zeroAddress ? undefined : lower(holder)
}

/** The LaneLedger that the registry names: from one address to the whole network. */
export const readLedger = async (rpc: Rpc, registry: Hex): Promise<Hex> =>
  lower(await rpc.readContract({ ...registryAt(registry), functionName: 'ledger' }))

export const readManufacturer = async (rpc: Rpc, registry: Hex): Promise<Hex | undefined> => {
  const manufacturer = await rpc.readContract({ ...registryAt(registry), functionName: 'manufacturer' })
  return manufacturer === zeroAddress ? undefined : lower(manufacturer)
}

/** Block before which the network has no event. */
export const readDeployedAt = (rpc: Rpc, registry: Hex): Promise<bigint> =>
  rpc.readContract({ ...registryAt(registry), functionName: 'deployedAt' })

// -------------------------------------------------------------------------------------------------------------- RewardLedger

export const readRewardParameters = async (rpc: Rpc, rewards: Hex): Promise<RewardRules> => {
  const [parameters, firstEpoch] = await Promise.all([
    rpc.readContract({ ...rewardsAt(rewards), functionName: 'parameters' }),
    rpc.readContract({ ...rewardsAt(rewards), functionName: 'firstEpoch' }),
  ])
  return { ...parameters, firstEpoch }
}

/** Undefined for an epoch that was not proposed. */
export const readEpoch = async (rpc: Rpc, rewards: Hex, epoch: bigint): Promise<ProposedEpoch | undefined> => {
  const proposed = await rpc.readContract({ ...rewardsAt(rewards), functionName: 'epochOf', args: [epoch] })
  return proposed.proposedAt === 0n ? undefined : proposed
}

/** Newest epoch that can be claimed from; undefined before the first. */
export const readLatestFinal = async (rpc: Rpc, rewards: Hex): Promise<bigint | undefined> => {
  const epoch = await rpc.readContract({ ...rewardsAt(rewards), functionName: 'latestFinal' })
  return epoch === 0n ? undefined : epoch
}

/** Newest epoch proposed, final or not; undefined before the first. */
export const readLatestProposed = async (rpc: Rpc, rewards: Hex): Promise<bigint | undefined> => {
  const epoch = await rpc.readContract({ ...rewardsAt(rewards), functionName: 'latestProposed' })
  return epoch === 0n ? undefined : epoch
}

/** Token base units paid to the term's holder so far. */
export const readPaid = (rpc: Rpc, rewards: Hex, device: Hex, term: number): Promise<bigint> =>
  rpc.readContract({ ...rewardsAt(rewards), functionName: 'paidTo', args: [device, term] })

/** Which lines of an epoch are paid, 256 of them a word: bit i of word w for line 256 w + i. */
export const readPaidLines = (rpc: Rpc, rewards: Hex, epoch: bigint, word: bigint): Promise<bigint> =>
  rpc.readContract({ ...rewardsAt(rewards), functionName: 'paidLines', args: [epoch, word] })

/** Everything ever funded, and everything ever paid, in token base units. */
export const readFunds = async (
  rpc: Rpc,
  rewards: Hex,
): Promise<{ readonly funded: bigint; readonly paid: bigint }> => {
  const [funded, paid] = await Promise.all([
    rpc.readContract({ ...rewardsAt(rewards), functionName: 'funded' }),
    rpc.readContract({ ...rewardsAt(rewards), functionName: 'paid' }),
  ])
  return { funded, paid }
}

export const readBalance = (rpc: Rpc, token: Hex, holder: Hex): Promise<bigint> =>
  rpc.readContract({ ...tokenAt(token), functionName: 'balanceOf', args: [holder] })
