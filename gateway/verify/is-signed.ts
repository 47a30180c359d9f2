import { sha256 } from '@noble/hashes/sha2.js'
import { sigStructure } from '../../devices/cose.ts'
import { curveOf, type Envelope } from '../../devices/packet.ts'
import { isProvable } from '../../devices/signature.ts'
import { type Candidate, type CheckPorts, opened, type Refusal, registered } from './candidate.ts'
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
  const answers = await verifySignatures(tries.map(({ candidate, network }) => otherJobOf(candidate, network)))
  const found = tries.filter((_, index) => answers[index])
  return new Map(found.map(({ candidate, network }) => [candidate, network]))
}

/** A signature that holds for another network id was misdirected, not forged. */
const why = ({ network }: CheckPorts, candidate: Candidate, signedFor: Uint8Array | undefined): Refusal => {
  if (signedFor) return { code: 'WRONG_NETWORK', facts: { signedFor: nameOf(signedFor), expected: nameOf(network) } }
  return { code: 'BAD_SIGNATURE', facts: isProvable(opened(candidate).signature) ? {} : { reason: 'r below 2^129' } }
}

/** A device that leaves the external_aad out signs for no network at all. */
const NO_NETWORK = new Uint8Array(0)

const nameOf = (network: Uint8Array): string =>
  network.length === 0 ? 'no network' : `0x${Buffer.from(network).toString('hex')}`

const jobOf = (candidate: Candidate, network: Uint8Array): SignatureJob => {
  const envelope = opened(candidate)
  // libsecp256k1 takes the digest that the packet was opened with; OpenSSL hashes itself.
  const message = envelope.format === 'cose-es256' ? messageOf(envelope, network) : undefined
  return { key: registered(candidate).key, digest: envelope.digest, message, signature: signatureOf(candidate) }
}

/** Whether the packet was signed for another network than the one it was opened for. */
const otherJobOf = (candidate: Candidate, network: Uint8Array): SignatureJob => {
  const message = messageOf(opened(candidate), network)
  return { key: registered(candidate).key, digest: sha256(message), message, signature: signatureOf(candidate) }
}

const NO_SIGNATURE = new Uint8Array(0)

/** A packet whose algorithm is not its key's curve is signed by nobody; one that no contract could check counts as not signed. */
const signatureOf = (candidate: Candidate): Uint8Array => {
  const { format, signature } = opened(candidate)
  return curveOf[format] === registered(candidate).key.curve && isProvable(signature) ? signature : NO_SIGNATURE
}

const NO_HEADER = new Uint8Array(0)

/** What a native packet's signature signs; a Pebble's has no such header. */
const messageOf = ({ protectedHeader = NO_HEADER, payload }: Envelope, network: Uint8Array): Uint8Array =>
  sigStructure(protectedHeader, network, payload)
