import secp256k1 from 'secp256k1'
import { hexToBytes, keccak256, parseTransaction, serializeTransaction, type TransactionSerializable } from 'viem'
import type { Address } from '../../devices/identity.ts'
import type { Hex } from '../../devices/units.ts'

/** What other nodes take of one transaction; one that deploys the largest allowed contract has half of it. */
export const MAX_TRANSACTION_BYTES = 131_072

/** A signed transaction, as far as it matters for whether it is taken. */
export type Transaction = {
  readonly raw: Hex
  readonly hash: Hex
  readonly sender: Address
  readonly nonce: number
  readonly gas: bigint
  /** The most that one gas may cost, in coin base units. */
  readonly price: bigint
  /** The most that it takes from its sender: gas at that price, and what it sends. */
  readonly cost: bigint
  /** Gas that is due before its first instruction. */
  readonly intrinsicGas: bigint
  readonly bytes: number
}

/** Half the order of secp256k1: of the two values of s that hold, EIP-2 takes the lower one. */
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n

/** By native code, 5,000 a second and more; noble's needs 2 ms for each, which a stranger could ask for. */
const senderOf = (transaction: TransactionSerializable): Address | undefined => {
  const { r, s, v, yParity, ...unsigned } = transaction as TransactionSerializable & {
    r?: Hex
    s?: Hex
    v?: bigint
    yParity?: number
  }
  if (!r || !s || BigInt(s) > HALF_ORDER) return undefined
  // EIP-155: v = 35 + 2 × chain id + parity.
  const parity = yParity ?? Number(((v ?? 0n) - 35n) % 2n)
  if (parity !== 0 && parity !== 1) return undefined
  const digest = hexToBytes(keccak256(serializeTransaction(unsigned as TransactionSerializable)))
  const signature = hexToBytes(`0x${[r, s].map((part) => part.slice(2).padStart(64, '0')).join('')}`)
  const key = secp256k1.ecdsaRecover(signature, parity, digest, false)
  return `0x${keccak256(key.slice(1)).slice(-40)}`
}

/** Cancun: EIP-2028 (data), EIP-2 and EIP-3860 (creation), EIP-2930 (access list). */
const intrinsicGasOf = ({ to, data = '0x', accessList = [] }: TransactionSerializable): bigint => {
  const bytes = hexToBytes(data as Hex)
  const zeros = bytes.reduce((sum, byte) => sum + (byte === 0 ? 1 : 0), 0)
  const creation = to ? 0 : 32_000 + 2 * Math.ceil(bytes.length / 32)
  const listed = accessList.reduce((sum, { storageKeys }) => sum + 2_400 + 1_900 * storageKeys.length, 0)
  return BigInt(21_000 + 4 * zeros + 16 * (bytes.length - zeros) + creation + listed)
}

/**
 * Reads a raw transaction of this chain and recovers its sender. Undefined for everything else: no hex, too long, another chain's or none's
 * (before EIP-155 it would be valid on any), a type with blobs or delegations, a signature that no node takes, bytes that are not the one encoding.
 */
export const readTransaction = (raw: unknown, chainId: number): Transaction | undefined => {
  if (typeof raw !== 'string' || raw.length > 2 + 2 * MAX_TRANSACTION_BYTES) return undefined
  if (!/^0x([0-9a-fA-F]{2})+$/.test(raw)) return undefined
  const bytes = raw.toLowerCase() as Hex
  try {
    const transaction = parseTransaction(bytes) as TransactionSerializable
    if (transaction.chainId !== chainId || !['legacy', 'eip2930', 'eip1559'].includes(transaction.type ?? ''))
      return undefined
    const sender = senderOf(transaction)
    const { nonce = 0, gas = 0n, gasPrice, maxFeePerGas, value = 0n } = transaction
    const price = gasPrice ?? maxFeePerGas ?? 0n
    if (!sender || !isCanonical(transaction, bytes) || !Number.isSafeInteger(nonce)) return undefined
    return {
      ...{ raw: bytes, hash: keccak256(bytes), sender, nonce, gas, price, cost: gas * price + value },
      ...{ intrinsicGas: intrinsicGasOf(transaction), bytes: (bytes.length - 2) / 2 },
    }
  } catch {
    return undefined
  }
}

/** The same transaction in other bytes would have another hash, and be journaled again. */
const isCanonical = (transaction: TransactionSerializable, raw: Hex): boolean => {
  const { r, s, v, yParity } = transaction as { r: Hex; s: Hex; v?: bigint; yParity?: number }
  const signature = v === undefined ? { r, s, yParity: yParity ?? 0 } : { r, s, v }
  return serializeTransaction(transaction, signature as never) === raw
}
