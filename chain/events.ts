import { type GetLogsReturnType, getAbiItem, type Hex, hexToBytes, hexToString, type PublicClient } from 'viem'
import type { Curve, Grade } from './calldata.ts'
import { deviceRegistry } from './generated/device-registry.ts'
import { laneLedger } from './generated/lane-ledger.ts'
import { rewardLedger } from './generated/reward-ledger.ts'

/** What public nodes, IoTeX's among them, answer at most in one `eth_getLogs`. */
const MAX_BLOCKS = 2_000n

type Logs = Pick<PublicClient, 'getLogs'>
type Place = { readonly block: bigint; readonly transaction: Hex }

/** What DeviceRegistry said. The registry alone can be rebuilt from these. */
export type RegistryEvent = Place & { readonly device: Hex } & (
    | {
        readonly kind: 'paired'
        readonly owner: Hex
        readonly term: number
        readonly curve: Curve
        /** 64 bytes X ‖ Y. */
        readonly publicKey: Uint8Array
        readonly model: string
        readonly cell: bigint
        readonly grade: Grade
      }
    | { readonly kind: 'term-started'; readonly owner: Hex; readonly term: number }
    | { readonly kind: 'rotated'; readonly curve: Curve; readonly publicKey: Uint8Array }
    | { readonly kind: 'revoked'; readonly revokedFrom: bigint }
    | { readonly kind: 'unpaired'; readonly term: number }
  )

export type ClaimEvent = Place & {
  readonly epoch: bigint
  readonly device: Hex
  readonly term: number
  readonly holder: Hex
  readonly amount: bigint
  /** Paid to the term so far, this payment included. */
  readonly cumulative: bigint
}

export type SettledEvent = Place & {
  readonly lane: number
  readonly height: bigint
  readonly from: bigint
  readonly size: bigint
  readonly root: Hex
  readonly headerHash: Hex
}

/** A block range, both ends included. */
type Range = { readonly from: bigint; readonly to: bigint }

const rangesOf = ({ from, to }: Range): readonly Range[] => {
  const ranges: Range[] = []
  for (let start = from; start <= to; start += MAX_BLOCKS) {
    const end = start + MAX_BLOCKS - 1n
    ranges.push({ from: start, to: end < to ? end : to })
  }
  return ranges
}

/** In the chain's order. One request at a time: a public node counts them. */
const logsOf = async <Log>(range: Range, read: (range: Range) => Promise<readonly Log[]>): Promise<readonly Log[]> => {
  const logs: Log[] = []
  for (const part of rangesOf(range)) logs.push(...(await read(part)))
  return logs
}

export const lower = (address: Hex): Hex => address.toLowerCase() as Hex

export const curveOf = (curve: number): Curve => {
  if (curve === 1) return 'secp256k1'
  if (curve === 2) return 'p256'
  throw new RangeError(`no such curve: ${curve}`)
}

export const gradeOf = (grade: number): Grade => {
  if (grade === 1) return 'full'
  if (grade === 2) return 'legacy'
  if (grade === 3) return 'attested'
  throw new RangeError(`no such grade: ${grade}`)
}

export const publicKeyOf = (x: Hex, y: Hex): Uint8Array => hexToBytes(`0x${x.slice(2)}${y.slice(2)}`)

export const modelOf = (model: Hex): string => hexToString(model, { size: 32 })

const registryAbi = deviceRegistry.abi
const registryEventAbis = [
  getAbiItem({ abi: registryAbi, name: 'Paired' }),
  getAbiItem({ abi: registryAbi, name: 'TermStarted' }),
  getAbiItem({ abi: registryAbi, name: 'KeyRotated' }),
  getAbiItem({ abi: registryAbi, name: 'Revoked' }),
  getAbiItem({ abi: registryAbi, name: 'Unpaired' }),
] as const

type RegistryLog = GetLogsReturnType<undefined, typeof registryEventAbis, true>[number]

const placeOf = (log: { blockNumber: bigint; transactionHash: Hex }): Place => ({
  block: log.blockNumber,
  transaction: log.transactionHash,
})

const registryEventOf = (log: RegistryLog): RegistryEvent => {
  const at = { ...placeOf(log), device: lower(log.args.device) }
  switch (log.eventName) {
    case 'Paired': {
      const { owner, term, curve, x, y, model, cell, grade } = log.args
      const key = { curve: curveOf(curve), publicKey: publicKeyOf(x, y) }
      return {
        ...at,
        kind: 'paired',
        owner: lower(owner),
        term,
        ...key,
        model: modelOf(model),
        cell,
        grade: gradeOf(grade),
      }
    }
    case 'TermStarted':
      return { ...at, kind: 'term-started', owner: lower(log.args.holder), term: log.args.term }
    case 'KeyRotated': {
      const { curve, x, y } = log.args
      return { ...at, kind: 'rotated', curve: curveOf(curve), publicKey: publicKeyOf(x, y) }
    }
    case 'Revoked':
      return { ...at, kind: 'revoked', revokedFrom: log.args.revokedFrom }
    case 'Unpaired':
      return { ...at, kind: 'unpaired', term: log.args.term }
  }
}

export const registryEvents = async (
  rpc: Logs,
  registry: Hex,
  fromBlock: bigint,
  toBlock: bigint,
): Promise<readonly RegistryEvent[]> => {
  const logs = await logsOf({ from: fromBlock, to: toBlock }, ({ from, to }) =>
    rpc.getLogs({ address: registry, events: registryEventAbis, fromBlock: from, toBlock: to, strict: true }),
  )
  return logs.map(registryEventOf)
}

export const claimEvents = async (
  rpc: Logs,
  rewards: Hex,
  fromBlock: bigint,
  toBlock: bigint,
): Promise<readonly ClaimEvent[]> => {
  const event = getAbiItem({ abi: rewardLedger.abi, name: 'Claimed' })
  const logs = await logsOf({ from: fromBlock, to: toBlock }, ({ from, to }) =>
    rpc.getLogs({ address: rewards, event, fromBlock: from, toBlock: to, strict: true }),
  )
  return logs.map((log) => {
    const { device, holder, ...rest } = log.args
    return { ...placeOf(log), device: lower(device), holder: lower(holder), ...rest }
  })
}

export const settledEvents = async (
  rpc: Logs,
  ledger: Hex,
  fromBlock: bigint,
  toBlock: bigint,
): Promise<readonly SettledEvent[]> => {
  const event = getAbiItem({ abi: laneLedger.abi, name: 'Settled' })
  const logs = await logsOf({ from: fromBlock, to: toBlock }, ({ from, to }) =>
    rpc.getLogs({ address: ledger, event, fromBlock: from, toBlock: to, strict: true }),
  )
  return logs.map((log) => ({ ...placeOf(log), ...log.args }))
}
