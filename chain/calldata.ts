import { encodeFunctionData, type Hex, stringToHex, toHex } from 'viem'
import { cairnToken } from './generated/cairn-token.ts'
import { deviceRegistry } from './generated/device-registry.ts'
import { laneLedger } from './generated/lane-ledger.ts'
import { rewardLedger } from './generated/reward-ledger.ts'

/** Raw bytes, or the same as hexadecimal. */
export type Bytes = Hex | Uint8Array
export type Curve = 'secp256k1' | 'p256'
/** How a device was paired: by its own signature, by a Pebble's confirm, by its manufacturer's signature. */
export type Grade = 'full' | 'legacy' | 'attested'

/** `ILaneLedger.Header`; `sdk/log/header.ts` has the same shape. */
export type SettledHeader = {
  readonly lane: number
  readonly height: bigint
  readonly from: bigint
  readonly size: bigint
  readonly root: Bytes
  readonly witnessRoot: Bytes
  readonly summaryRoot: Bytes
  readonly dataHash: Bytes
  readonly layoutVersion: number
  /** Unix milliseconds. */
  readonly closedAt: number
}

/** `IDeviceRegistry.Pairing`; `devices/pairing.ts` has the same shape. */
export type PairingTerms = {
  readonly owner: Hex
  readonly device: Hex
  readonly curve: Curve
  /** At most 32 ASCII characters. */
  readonly model: string
  readonly cell: bigint
  readonly nonce: bigint
  /** Unix seconds. */
  readonly deadline: bigint
}

/** The device's public key, 64 bytes X ‖ Y, with the owner's 65-byte signature over the pairing. */
export type PairingProof = {
  readonly publicKey: Bytes
  readonly ownerSignature: Bytes
  /** Its last owner's word, where the key was revoked or rotated away before. Deadline in unix seconds. */
  readonly release?: { readonly deadline: bigint; readonly signature: Bytes } | undefined
}

export type Rotation = {
  readonly device: Hex
  readonly curve: Curve
  readonly publicKey: Bytes
  readonly nonce: bigint
  readonly deadline: bigint
}

export type EpochProposal = {
  readonly epoch: bigint
  readonly heights: readonly bigint[]
  readonly totalWeight: bigint
  /** Token base units, this epoch, all lines together. */
  readonly earned: bigint
  readonly weightsRoot: Bytes
  readonly earningsRoot: Bytes
  readonly lines: bigint
}

/** One line of an epoch's earnings tree. */
export type EarningLine = {
  readonly device: Hex
  readonly term: number
  /** Token base units, this epoch. */
  readonly amount: bigint
}

/** Neighbouring lines that are a whole subtree of an epoch's earnings tree: one line, or 2, 4 … 256 of them, or what is left at its end. */
export type EarningClaim = {
  readonly epoch: bigint
  /** Place of the first line. */
  readonly first: bigint
  readonly lines: readonly EarningLine[]
  readonly proof: readonly Bytes[]
}

const curveNumbers: Readonly<Record<Curve, number>> = { secp256k1: 1, p256: 2 }

const hexOf = (bytes: Bytes): Hex => (typeof bytes === 'string' ? bytes : toHex(bytes))

const pointOf = (publicKey: Bytes): { x: Hex; y: Hex } => {
  const hex = hexOf(publicKey).slice(2)
  if (hex.length !== 128) throw new RangeError(`a public key is 64 bytes X ‖ Y, not ${hex.length / 2}`)
  return { x: `0x${hex.slice(0, 64)}`, y: `0x${hex.slice(64)}` }
}

export const headerArgument = (header: SettledHeader) => ({
  lane: header.lane,
  height: header.height,
  from: header.from,
  size: header.size,
  root: hexOf(header.root),
  witnessRoot: hexOf(header.witnessRoot),
  summaryRoot: hexOf(header.summaryRoot),
  dataHash: hexOf(header.dataHash),
  layoutVersion: header.layoutVersion,
  closedAt: BigInt(header.closedAt),
})

const pairingArgument = ({ owner, device, curve, model, cell, nonce, deadline }: PairingTerms) => ({
  owner,
  device,
  curve: curveNumbers[curve],
  model: stringToHex(model, { size: 32 }),
  cell,
  nonce,
  deadline,
})

const releaseArgument = ({ release }: Pick<PairingProof, 'release'>) =>
  ({
    deadline: release?.deadline ?? 0n,
    signature: release ? hexOf(release.signature) : '0x',
  }) as const

const registry = deviceRegistry.abi

/** Calldata of every call that a gateway, an owner or a device's friend sends. Pure: who signs and sends is another's business. */
export const encode = {
  settle: (header: SettledHeader, consistencyProof: readonly Bytes[]): Hex =>
    encodeFunctionData({
      abi: laneLedger.abi,
      functionName: 'settle',
      args: [headerArgument(header), consistencyProof.map(hexOf)],
    }),

  pair: (pairing: PairingTerms, proof: PairingProof & { readonly deviceSignature: Bytes }): Hex => {
    const { x, y } = pointOf(proof.publicKey)
    const signatures = [hexOf(proof.deviceSignature), hexOf(proof.ownerSignature)] as const
    return encodeFunctionData({
      abi: registry,
      functionName: 'pair',
      args: [pairingArgument(pairing), x, y, ...signatures, releaseArgument(proof)],
    })
  },

  /** `timestamp` and `confirmSignature` are those of the Pebble's confirm packet; unix seconds. */
  pairByConfirm: (
    pairing: PairingTerms,
    proof: PairingProof & { readonly timestamp: number; readonly confirmSignature: Bytes },
  ): Hex => {
    const { x, y } = pointOf(proof.publicKey)
    const signatures = [hexOf(proof.confirmSignature), hexOf(proof.ownerSignature)] as const
    return encodeFunctionData({
      abi: registry,
      functionName: 'pairByConfirm',
      args: [pairingArgument(pairing), x, y, proof.timestamp, ...signatures, releaseArgument(proof)],
    })
  },

  pairAttested: (
    pairing: PairingTerms,
    proof: Omit<PairingProof, 'release'> & { readonly manufacturerSignature: Bytes },
  ): Hex => {
    const { x, y } = pointOf(proof.publicKey)
    const signatures = [hexOf(proof.manufacturerSignature), hexOf(proof.ownerSignature)] as const
    return encodeFunctionData({
      abi: registry,
      functionName: 'pairAttested',
      args: [pairingArgument(pairing), x, y, ...signatures],
    })
  },

  rotateKey: (
    { device, curve, publicKey, nonce, deadline }: Rotation,
    proof: { readonly newKeySignature: Bytes; readonly ownerSignature: Bytes },
  ): Hex =>
    encodeFunctionData({
      abi: registry,
      functionName: 'rotateKey',
      args: [
        { device, curve: curveNumbers[curve], ...pointOf(publicKey), nonce, deadline },
        hexOf(proof.newKeySignature),
        hexOf(proof.ownerSignature),
      ],
    }),

  revoke: (device: Hex): Hex => encodeFunctionData({ abi: registry, functionName: 'revoke', args: [device] }),

  unpair: (device: Hex): Hex => encodeFunctionData({ abi: registry, functionName: 'unpair', args: [device] }),

  /** Hands a device to another owner: a new term starts, even while the device is offline. */
  handOver: (device: Hex, from: Hex, to: Hex): Hex =>
    encodeFunctionData({ abi: registry, functionName: 'transferFrom', args: [from, to, BigInt(device)] }),

  propose: ({ epoch, heights, totalWeight, earned, weightsRoot, earningsRoot, lines }: EpochProposal): Hex =>
    encodeFunctionData({
      abi: rewardLedger.abi,
      functionName: 'propose',
      args: [epoch, heights, totalWeight, earned, hexOf(weightsRoot), hexOf(earningsRoot), lines],
    }),

  claim: (claims: readonly EarningClaim[]): Hex =>
    encodeFunctionData({
      abi: rewardLedger.abi,
      functionName: 'claim',
      args: [claims.map((claim) => ({ ...claim, proof: claim.proof.map(hexOf) }))],
    }),

  fund: (amount: bigint): Hex => encodeFunctionData({ abi: rewardLedger.abi, functionName: 'fund', args: [amount] }),

  approve: (spender: Hex, amount: bigint): Hex =>
    encodeFunctionData({ abi: cairnToken.abi, functionName: 'approve', args: [spender, amount] }),

  transfer: (to: Hex, amount: bigint): Hex =>
    encodeFunctionData({ abi: cairnToken.abi, functionName: 'transfer', args: [to, amount] }),
} as const
