import type { Fees } from './chain-port.ts'

/** Nodes replace a transaction only by one that pays at least a tenth more, in both numbers; an eighth more is taken by all. */
const raised = (wei: bigint): bigint => wei + wei / 8n + 1n

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b)

/** A stuck transaction is stuck for another reason than its fee when it already offers this many times what is asked. */
const ENOUGH = 10n

const offered = (fees: Fees): bigint => ('gasPrice' in fees ? fees.gasPrice : fees.maxFeePerGas)

/** Fees that replace a transaction in the pool, not below what is asked now; undefined when it already offers far more than that. */
export const bumped = (old: Fees, asked: Fees): Fees | undefined => {
  if (offered(old) >= ENOUGH * offered(asked)) return undefined
  if ('gasPrice' in old) return { gasPrice: larger(raised(old.gasPrice), offered(asked)) }
  const tip = 'gasPrice' in asked ? 0n : asked.maxPriorityFeePerGas
  const maxPriorityFeePerGas = larger(raised(old.maxPriorityFeePerGas), tip)
  const maxFeePerGas = larger(raised(old.maxFeePerGas), offered(asked))
  return { maxFeePerGas: larger(maxFeePerGas, maxPriorityFeePerGas), maxPriorityFeePerGas }
}
