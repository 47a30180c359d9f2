import { openNative } from '../../devices/cose.ts'
import type { Envelope } from '../../devices/packet.ts'
import type { Registration } from '../ports.ts'
import { type Candidate, type CheckPorts, opened, type Refusal, registered } from './candidate.ts'
import { isHighS } from './high-s.ts'
import { sigStructure } from './sig-structure.ts'
import { type SignatureJob, verifySignatures } from './signature.ts'

/** Signed with the paired key, for this network. Takes all at once, so that the curve work can move to other threads. */
export const isSigned = async (
  ports: CheckPorts,
  candidates: readonly Candidate[],
): Promise<readonly (Refusal | undefined)[]> => {
  const answers = await verifySignatures(candidates.map((candidate) => jobOf(candidate, ports.network)))
  const forged = candidates.filter((_, index) => !answers[index])
  const networks = await networksOf(ports, forged)
  return candidates.map((candidate, index) => {
    candidate.isSigned = answers[index] === true
    return candidate.isSigned ? undefined : why(ports, candidate, networks.get(candidate))
  })
}

/** Which other network each was signed for, where one is. A Pebble packet is bound to none. */
const networksOf = async (
  { otherNetworks }: CheckPorts,
  candidates: readonly Candidate[],
): Promise<ReadonlyMap<Candidate, Uint8Array>> => {
  const others = [...otherNetworks, NO_NETWORK]
  const native = candidates.filter((candidate) => opened(candidate).format !== 'pebble')
  const tries = native.flatMap((candidate) => others.map((network) => ({ candidate, network })))
  const answers = await verifySignatures(
    tries.map(({ candidate, network }) => jobOf(reopened(candidate, network), network)),
  )
  const found = tries.filter((_, index) => answers[index])
  return new Map(found.map(({ candidate, network }) => [candidate, network]))
}

/** A signature that holds for another network id was misdirected, not forged. */
const why = ({ network }: CheckPorts, candidate: Candidate, signedFor: Uint8Array | undefined): Refusal => {
  if (signedFor) return { code: 'WRONG_NETWORK', facts: { signedFor: nameOf(signedFor), expected: nameOf(network) } }
  const { format, signature } = opened(candidate)
  const curve = format === 'cose-es256' ? 'p256' : 'secp256k1'
  const isOther = format !== 'pebble' && isHighS(curve, signature)
  return { code: 'BAD_SIGNATURE', facts: isOther ? { reason: 's is not the smaller one' } : {} }
}

/** A device that leaves the external_aad out signs for no network at all. */
const NO_NETWORK = new Uint8Array(0)

const nameOf = (network: Uint8Array): string =>
  network.length === 0 ? 'no network' : `0x${Buffer.from(network).toString('hex')}`

/** The digest depends on the network id. */
const reopened = (candidate: Candidate, network: Uint8Array): Candidate => {
  const again = openNative(opened(candidate).raw, network)
  return { ...candidate, envelope: again.ok ? again.value : candidate.envelope }
}

const jobOf = (candidate: Candidate, network: Uint8Array): SignatureJob => {
  const envelope = opened(candidate)
  const { key } = registered(candidate)
  return {
    key,
    digest: envelope.digest,
    message: messageOf(envelope, network),
    // A packet whose algorithm is not its key's curve is signed by nobody.
    signature: isOfCurve(envelope, key.curve) ? envelope.signature : NO_SIGNATURE,
    rule: envelope.format === 'pebble' ? 'any-s' : 'low-s',
  }
}

const NO_SIGNATURE = new Uint8Array(0)

const messageOf = ({ format, raw }: Envelope, network: Uint8Array): Uint8Array | undefined =>
  format === 'cose-es256' ? sigStructure(raw, network) : undefined

const isOfCurve = ({ format }: Envelope, curve: Registration['key']['curve']): boolean =>
  (format === 'cose-es256' ? 'p256' : 'secp256k1') === curve
