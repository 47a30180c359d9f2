import type { Address, DeviceKey } from '../../devices/identity.ts'
import type { Pairing, RegistryDomain } from '../../devices/pairing.ts'
import type { Hex } from '../../devices/units.ts'
import type { Grade } from '../ports.ts'
import type { SignedRelease } from './release.ts'

/*
 * What this stage needs of the chain. `evm.ts` is the adapter over `chain/client.ts`; the tests' chain is a list of events.
 */

/** What DeviceRegistry said, as far as who is known depends on it. */
export type RegistryEvent = { readonly device: Address; readonly block: bigint } & (
  | {
      readonly kind: 'paired'
      readonly owner: Address
      readonly term: number
      readonly key: DeviceKey
      readonly model: string
      readonly cell: bigint
      readonly grade: Grade
    }
  | { readonly kind: 'rotated'; readonly key: DeviceKey }
  | { readonly kind: 'revoked' }
  /** Its owner gave it up. */
  | { readonly kind: 'unpaired' }
  /** After every pairing and every transfer. */
  | { readonly kind: 'term-started'; readonly owner: Address; readonly term: number }
)

/** Where to read from. Ranges are at most `MAX_BLOCKS` wide; no tag but numbers and `latest` is used. */
export type RegistryChain = {
  /** The registry's deployment block: nothing before it is asked for. */
  readonly deployedAt: bigint
  height(): Promise<bigint>
  /** Undefined where the chain is not that high. */
  hashOf(block: bigint): Promise<Hex | undefined>
  /** In the order of the chain. */
  events(from: bigint, to: bigint): Promise<readonly RegistryEvent[]>
}

/** A device as the contract holds it. */
export type Standing = {
  /** That its next pairing has to carry. */
  readonly nonce: bigint
  readonly owner: Address | undefined
  /** Its newest registration, whoever gave it up since; undefined for a device that was never paired. */
  readonly last: { readonly owner: Address; readonly key: DeviceKey; readonly isRevoked: boolean } | undefined
}

/** `signature` is 64 bytes r ‖ s, low-S, of the device or 65 of its manufacturer; the owners' are 65 bytes r ‖ s ‖ v. */
export type SignedPairing = {
  readonly pairing: Pairing
  readonly key: DeviceKey
  readonly ownerSignature: Uint8Array
  readonly signature: Uint8Array
  /** The last owner's, where the pairing needs one. */
  readonly release: SignedRelease | undefined
}

/** The contract's side of a pairing. */
export type PairingChain = {
  readonly domain: RegistryDomain
  /** Whose word stands for a device; undefined: nobody's. */
  readonly manufacturer: Address | undefined
  standingOf(device: Address): Promise<Standing>
  pair(signed: SignedPairing): Hex
  pairByConfirm(signed: SignedPairing, timestamp: number): Hex
  pairAttested(signed: SignedPairing): Hex
}
