import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Address, DeviceKey } from '../devices/identity.ts'
import type { Hash } from './log/merkle.ts'
import type { Grade } from './proof.ts'
import type { ChainReader } from './rpc.ts'

/*
 * The views of `chain/src/interfaces/` that a verifier needs. All their arguments and results are single words, so they are encoded here:
 * a general ABI library would be most of the verifier's size, and one more thing to trust.
 */

export type Registration = {
  /** Undefined for a device that was never paired, or whose curve this verifier does not know. */
  readonly key: DeviceKey | undefined
  /** Counts from 1; 0 = never paired. */
  readonly term: number
  /** Undefined for one that this verifier does not know, and for a device that was never paired. */
  readonly grade: Grade | undefined
  /** Block from which on the key counts no more, 0n while it is good. */
  readonly revokedFrom: bigint
  readonly model: string
}

export type Lane = { readonly size: bigint; readonly height: bigint }

const WORD = 32

/** By their number on chain. */
const grades: readonly (Grade | undefined)[] = [undefined, 'full', 'legacy', 'attested']

const word = (value: bigint): Uint8Array => hexToBytes(value.toString(16).padStart(2 * WORD, '0'))

const view = async (
  chain: ChainReader,
  to: Address,
  call: { readonly signature: string; readonly words: readonly bigint[]; readonly answers: number },
): Promise<readonly Uint8Array[]> => {
  const selector = keccak_256(utf8ToBytes(call.signature)).subarray(0, 4)
  const answer = await chain.call(to, concatBytes(selector, ...call.words.map(word)))
  if (answer.length === 0) throw new Error(`there is no such contract at ${to}: it does not answer ${call.signature}`)
  if (answer.length !== WORD * call.answers) throw new Error(`${to} answers ${call.signature} in another form`)
  return Array.from({ length: call.answers }, (_, at) => answer.subarray(WORD * at, WORD * (at + 1)))
}

const integerOf = (bytes: Uint8Array | undefined): bigint => BigInt(`0x${bytesToHex(bytes ?? new Uint8Array(1))}`)
const addressIn = (bytes: Uint8Array | undefined): Address =>
  `0x${bytesToHex((bytes ?? new Uint8Array(WORD)).subarray(12))}`

const keyOf = (curve: bigint, x: Uint8Array, y: Uint8Array): DeviceKey | undefined => {
  const publicKey = concatBytes(x, y)
  if (curve === 1n) return { curve: 'secp256k1', publicKey }
  return curve === 2n ? { curve: 'p256', publicKey } : undefined
}

/** ASCII, zeros on the right. */
const textOf = (bytes: Uint8Array): string =>
  String.fromCharCode(...bytes.subarray(0, bytes.includes(0) ? bytes.indexOf(0) : WORD))

export const registrationOf = async (chain: ChainReader, registry: Address, device: Address): Promise<Registration> => {
  const call = { signature: 'registrationOf(address)', words: [BigInt(device)], answers: 9 }
  // owner, term, curve, grade, cell, revokedFrom, model, x, y
  const [, term, curve, grade, , revokedFrom, ...rest] = await view(chain, registry, call)
  const [model, x, y] = rest as [Uint8Array, Uint8Array, Uint8Array]
  return {
    key: keyOf(integerOf(curve), x, y),
    term: Number(integerOf(term)),
    grade: grades[Number(integerOf(grade))],
    revokedFrom: integerOf(revokedFrom),
    model: textOf(model),
  }
}

/** Zero for a term that never was. */
export const holderOf = async (
  chain: ChainReader,
  registry: Address,
  { device, term }: { readonly device: Address; readonly term: number },
): Promise<Address> => {
  const call = { signature: 'holderOf(address,uint32)', words: [BigInt(device), BigInt(term)], answers: 1 }
  return addressIn((await view(chain, registry, call))[0])
}

/** The one LaneLedger of the registry's network. */
export const ledgerOf = async (chain: ChainReader, registry: Address): Promise<Address> =>
  addressIn((await view(chain, registry, { signature: 'ledger()', words: [], answers: 1 }))[0])

/** Zeros for a height that is not settled. */
export const headerHashOf = async (
  chain: ChainReader,
  ledger: Address,
  { lane, height }: { readonly lane: number; readonly height: bigint },
): Promise<Hash> => {
  const call = { signature: 'headerHashOf(uint32,uint64)', words: [BigInt(lane), height], answers: 1 }
  return (await view(chain, ledger, call))[0] as Hash
}

/** What of the lane's log is settled. */
export const laneOf = async (chain: ChainReader, ledger: Address, lane: number): Promise<Lane> => {
  const answers = await view(chain, ledger, { signature: 'laneOf(uint32)', words: [BigInt(lane)], answers: 4 })
  return { size: integerOf(answers[0]), height: integerOf(answers[1]) }
}
