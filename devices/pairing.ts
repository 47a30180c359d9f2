import { keccak_256 } from '@noble/hashes/sha3.js'
import { concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Address, Curve } from './identity.ts'

/** What an owner and a device both sign to become a pair. The fields and their order are those of `DeviceRegistry.Pairing`. */
export type Pairing = {
  readonly owner: Address
  readonly device: Address
  readonly curve: Curve
  /** At most 32 ASCII characters. */
  readonly model: string
  /** H3 cell index that the owner declares, 0n for none. */
  readonly cell: bigint
  /** The registry's count of the device's pairings so far: an old signature pairs nothing. */
  readonly nonce: bigint
  /** Unix seconds. */
  readonly deadline: bigint
}

/** What a device's last owner signs, so that a key of it that was revoked or rotated away may pair once more, with `to`. */
export type Release = {
  readonly device: Address
  readonly to: Address
  /** That of the pairing which it is for. */
  readonly nonce: bigint
  /** Unix seconds. */
  readonly deadline: bigint
}

/** The chain and contract that a pairing is for. */
export type RegistryDomain = { readonly chainId: number; readonly registry: Address }

/** Curve numbers on chain. 0 is free, so that an empty slot is no curve. */
const curveNumbers: Readonly<Record<Curve, bigint>> = { secp256k1: 1n, p256: 2n }

const FIELDS = '(address owner,address device,uint8 curve,bytes32 model,uint64 cell,uint256 nonce,uint256 deadline)'

const keccakText = (text: string): Uint8Array => keccak_256(utf8ToBytes(text))

/** One 32-byte ABI word, right-aligned. */
const word = (value: bigint): Uint8Array => hexToBytes(value.toString(16).padStart(64, '0'))

const modelWord = (model: string): Uint8Array => {
  if (!/^[\x20-\x7e]{0,32}$/.test(model)) throw new RangeError(`a model name is at most 32 ASCII characters: ${model}`)
  const padded = new Uint8Array(32)
  padded.set(utf8ToBytes(model))
  return padded
}

const domainSeparator = ({ chainId, registry }: RegistryDomain): Uint8Array =>
  keccak_256(
    concatBytes(
      keccakText('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'),
      keccakText('Cairn DeviceRegistry'),
      keccakText('1'),
      word(BigInt(chainId)),
      word(BigInt(registry)),
    ),
  )

const structHash = (primaryType: 'Pairing' | 'Attestation', pairing: Pairing): Uint8Array =>
  keccak_256(
    concatBytes(
      keccakText(primaryType + FIELDS),
      word(BigInt(pairing.owner)),
      word(BigInt(pairing.device)),
      word(curveNumbers[pairing.curve]),
      modelWord(pairing.model),
      word(pairing.cell),
      word(pairing.nonce),
      word(pairing.deadline),
    ),
  )

const typedDataDigest = (domain: RegistryDomain, struct: Uint8Array): Uint8Array =>
  keccak_256(concatBytes(Uint8Array.of(0x19, 0x01), domainSeparator(domain), struct))

/** EIP-712 digest of a pairing: the owner's wallet shows the fields, the device signs these 32 bytes as they are. */
export const pairingDigest = (domain: RegistryDomain, pairing: Pairing): Uint8Array =>
  typedDataDigest(domain, structHash('Pairing', pairing))

/** The same fields under another type name, so that a manufacturer's word never passes for a device's, nor the reverse. */
export const attestationDigest = (domain: RegistryDomain, pairing: Pairing): Uint8Array =>
  typedDataDigest(domain, structHash('Attestation', pairing))

/** EIP-712 digest of a release. */
export const releaseDigest = (domain: RegistryDomain, { device, to, nonce, deadline }: Release): Uint8Array =>
  typedDataDigest(
    domain,
    keccak_256(
      concatBytes(
        keccakText('Release(address device,address to,uint256 nonce,uint256 deadline)'),
        word(BigInt(device)),
        word(BigInt(to)),
        word(nonce),
        word(deadline),
      ),
    ),
  )
