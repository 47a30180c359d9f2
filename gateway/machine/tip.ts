import { keccak256 } from 'viem'
import type { Hex } from '../../devices/units.ts'
import type { AnvilRpc } from './anvil-rpc.ts'
import type { SealedBlock } from './block-journal.ts'

/*
 * Where the chain stands, so that what somebody else did to it is seen: its newest block, and the root of the state that this left.
 */

type Header = SealedBlock & {
  readonly hash: Hex
  readonly parentHash: Hex
  readonly stateRoot: Hex
  readonly miner: Hex
  readonly gasLimit: bigint
  readonly gasUsed: bigint
  readonly baseFee: bigint
}

/** `root`: of the state now, which is the newest block's unless money was given after it. */
export type Tip = Header & { readonly root: Hex }

/** Somebody else reached the private port. */
export class Tampered extends Error {}

type RpcBlock = {
  readonly [name in
    | 'number'
    | 'timestamp'
    | 'hash'
    | 'parentHash'
    | 'stateRoot'
    | 'miner'
    | 'gasLimit'
    | 'gasUsed']: Hex
} & { readonly transactions: readonly Hex[]; readonly baseFeePerGas: Hex }

export const headerAt = async (rpc: AnvilRpc, number: number | 'latest'): Promise<Header> => {
  const tag = number === 'latest' ? number : `0x${number.toString(16)}`
  const block = await rpc.demand<RpcBlock>('eth_getBlockByNumber', [tag, false])
  const { hash, miner, parentHash, stateRoot, transactions } = block
  return {
    ...{ number: Number(block.number), timestamp: Number(block.timestamp), transactions },
    ...{ hash, parentHash, stateRoot, miner },
    ...{ gasLimit: BigInt(block.gasLimit), gasUsed: BigInt(block.gasUsed), baseFee: BigInt(block.baseFeePerGas) },
  }
}

/** What the journal keeps of a block. */
export const sealedOf = ({ number, timestamp, transactions, hash }: Header): SealedBlock & { readonly hash: Hex } => ({
  number,
  timestamp,
  transactions,
  hash,
})

const NOBODY: Hex = `0x${'00'.repeat(20)}`

/** A proof begins with the root node, whether the account exists or not. anvil hashes the state as it is now, not as a block left it. */
export const rootNow = async (rpc: AnvilRpc): Promise<Hex> => {
  const { accountProof } = await rpc.demand<{ accountProof: readonly Hex[] }>('eth_getProof', [NOBODY, [], 'latest'])
  return keccak256(accountProof[0] ?? '0x80')
}

export const tipNow = async (rpc: AnvilRpc): Promise<Tip> => ({
  ...(await headerAt(rpc, 'latest')),
  root: await rootNow(rpc),
})

/** EIP-1559; anvil's first block takes over block 0's. */
const baseFeeAfter = ({ number, baseFee, gasLimit, gasUsed }: Header): bigint => {
  const target = gasLimit / 2n
  if (gasUsed === target || number === 0) return baseFee
  if (gasUsed < target) return baseFee - (baseFee * (target - gasUsed)) / target / 8n
  const rise = (baseFee * (gasUsed - target)) / target / 8n
  return baseFee + (rise > 0n ? rise : 1n)
}

/** Throws where the chain is not as we left it. */
export const assertUntouched = async (rpc: AnvilRpc, tip: Tip): Promise<void> => {
  const now = await tipNow(rpc)
  if (now.hash !== tip.hash) throw new Tampered(`block ${now.number} was not asked for`)
  if (now.root !== tip.root) throw new Tampered(`the state after block ${tip.number} was changed without a transaction`)
}

/** Throws where a block is not what `tip`, the time asked for and the transactions taken make of it. */
export const assertOurs = (block: Header, tip: Tip, timestamp: number, isTaken: (hash: Hex) => boolean): void => {
  const isNext = block.number === tip.number + 1 && block.parentHash === tip.hash
  if (!isNext) throw new Tampered(`block ${block.number} does not follow block ${tip.number}`)
  const stranger = block.transactions.find((hash) => !isTaken(hash))
  if (stranger) throw new Tampered(`block ${block.number} has the transaction ${stranger}, which was never journaled`)
  const isAsked =
    block.timestamp === timestamp &&
    block.miner === NOBODY &&
    block.gasLimit === tip.gasLimit &&
    block.baseFee === baseFeeAfter(tip)
  if (!isAsked) throw new Tampered(`block ${block.number} has another time, fee, limit or receiver than was asked for`)
}
