import { bytesToHex } from '@noble/hashes/utils.js'
import { type Address, addressOf } from '../../devices/identity.ts'
import type { Facts, Result } from '../../devices/packet.ts'
import type { Pairing } from '../../devices/pairing.ts'
import { type Hex, type Millis, minutes } from '../../devices/units.ts'
import type { FailureCode } from '../errors.ts'
import type { Pace } from '../limits/pace.ts'
import type { Caller, Clock, PairingPolicy, Proposal, RegistryStore } from '../ports.ts'
import { boundPassed, type Requests } from './bounds.ts'
import type { PairingChain } from './chain.ts'
import { isPaired, type KnownDevices } from './known.ts'
import { isServed, whyNotAdmitted } from './policy.ts'
import { ownerSignature, proofSignature } from './proofs.ts'
import type { Proposals } from './proposals.ts'
import { releaseFor, type SignedRelease } from './release.ts'
import { type PairingRefusal, type PairingRequest, type Proof, readRequest, type Wish } from './request.ts'
import { send } from './send.ts'
import { isSameKey, type Recover } from './signatures.ts'

export type PairingPorts = {
  readonly store: RegistryStore
  readonly known: KnownDevices
  readonly proposals: Proposals
  readonly caller: Caller
  readonly clock: Clock
  readonly chain: PairingChain
  readonly requests: Requests
  /** Lets requests to the elliptic curve one by one, networks by turns. */
  readonly pace: Pace
  readonly recover: Recover
  /** Whose devices may pair here. */
  readonly policy: PairingPolicy
  /** `listed`: only IMEIs of the manufacturer's list. `learned`: any IMEI, which then is one more name of the device that pairs with it. */
  readonly imeis: 'listed' | 'learned'
}

export type PairingAnswer = {
  readonly device: Address
  readonly state: Proposal['state']
  readonly detail: string
}

/** An open proposal is its owner's until then, whatever others propose; and an owner's signature lying about is a risk to the owner. */
export const MAX_DEADLINE: Millis = minutes(5)
/** Proved, and waiting for the chain. */
const MAX_SENT = 10_000

/** A request under way: what it wishes, where it comes from, and what the checks so far have found. */
type Asked = {
  readonly wish: Wish
  readonly networks: readonly string[]
  /** The owner's and the device's or manufacturer's signatures, as the contract takes them. Found once, since each costs a curve. */
  owner: Uint8Array | undefined
  proof: Uint8Array | undefined
  release: SignedRelease | undefined
}
type Check = (ports: PairingPorts, asked: Asked) => PairingRefusal | undefined | Promise<PairingRefusal | undefined>

const refuse = (code: FailureCode, facts: Facts): PairingRefusal => ({ code, facts })

const isAdmitted: Check = ({ policy, known }, { wish }) => {
  const { device } = wish.pairing
  const code = whyNotAdmitted(policy, known, { device, by: wish.proof.by })
  return code && refuse(code, { device, pairing: policy })
}

const isFree: Check = ({ known, proposals }, { wish }) => {
  const { device } = wish.pairing
  const holder = isPaired(known, device) ? known.byAddress(device)?.owner : undefined
  if (holder) return refuse('ALREADY_PAIRED', { device, state: 'paired', owner: holder })
  return proposals.sentFor(device) ? refuse('ALREADY_PAIRED', { device, state: 'sent' }) : undefined
}

const isInTime: Check = ({ clock }, { wish }) => {
  const left = Number(wish.pairing.deadline) * 1_000 - clock.now()
  return left > 0 && left <= MAX_DEADLINE
    ? undefined
    : refuse('DEADLINE_PASSED', { deadline: String(wish.pairing.deadline) })
}

/** Where there is no list, an IMEI may be anyone's: the signature in each confirm and packet says whose device it is. */
const isKnownImei: Check = ({ known, imeis }, { wish: { pairing, imei } }) => {
  if (imei === undefined) return undefined
  const listed = known.listedAt(imei)
  const isRight = listed === undefined ? imeis === 'learned' : listed === pairing.device
  return isRight ? undefined : refuse('UNKNOWN_IMEI', { imei, device: pairing.device })
}

const carriesProof = ({ proof }: Wish): boolean => proof.by !== 'confirm'

const hasRoom: Check = ({ proposals }, { wish, networks }) => {
  if (carriesProof(wish))
    return proposals.open().filter(({ state }) => state === 'sent').length < MAX_SENT
      ? undefined
      : refuse('TOO_MANY_REQUESTS', { waitingForTheChain: MAX_SENT })
  const { device, owner } = wish.pairing
  const bound = boundPassed(proposals.crowding({ device, owner, imei: wish.imei, networks }))
  return bound && refuse('TOO_MANY_REQUESTS', bound)
}

const isWithinRate: Check = ({ clock, requests }, { wish, networks }) =>
  requests.take({ networks, carriesProof: carriesProof(wish) }, clock.now())
    ? undefined
    : refuse('TOO_MANY_REQUESTS', { requests: 'of your network, or of all who carry no proof' })

/** A flood of proposals costs packets a part of each turn of the event loop, never a whole second of it. */
const hasTurn: Check = ({ pace }, { networks }) =>
  new Promise((resume) =>
    pace.wait(networks[0] ?? '', () => {
      resume(undefined)
      return true
    }),
  )

const isSignedByOwner: Check = (ports, asked) => {
  asked.owner = ownerSignature(ports, asked.wish)
  return asked.owner ? undefined : refuse('BAD_PROOF', { of: 'owner', owner: asked.wish.pairing.owner })
}

const isProved: Check = (ports, asked) => {
  const { proof, pairing } = asked.wish
  asked.proof = proofSignature(ports, asked.wish)
  return proof.by === 'confirm' || asked.proof
    ? undefined
    : refuse('BAD_PROOF', { of: proof.by, device: pairing.device })
}

/** The device's first key, or its last: no other pairs it, whoever signs. */
const isItsKey: Check = ({ known }, { wish: { pairing, proof } }) => {
  if (proof.by === 'confirm') return undefined
  const last = known.byAddress(pairing.device)?.key
  const holds = addressOf(proof.key.publicKey) === pairing.device || (last && isSameKey(last, proof.key))
  return holds ? undefined : refuse('BAD_PROOF', { of: 'publicKey', device: pairing.device })
}

const isNext: Check = async ({ chain, clock, recover }, asked) => {
  const { device, nonce } = asked.wish.pairing
  const standing = await chain.standingOf(device)
  // A revoked device is still its owner's.
  if (standing.owner) return refuse('ALREADY_PAIRED', { device, state: 'paired', owner: standing.owner })
  if (nonce !== standing.nonce) return refuse('WRONG_NONCE', { nonce: `${nonce}`, next: `${standing.nonce}` })
  if (standing.last && asked.wish.proof.by === 'manufacturer')
    return refuse('BAD_PROOF', { of: 'manufacturer', device, reason: 'the device was paired before' })
  const released = releaseFor(asked.wish, { domain: chain.domain, standing, now: clock.now(), recover })
  if (!released.ok) return released.refusal
  asked.release = released.release
  return undefined
}

/** Cheapest first; the chain is asked last, and only for who proved what it claims. */
const checks: readonly Check[] = [
  isAdmitted,
  isFree,
  isInTime,
  isKnownImei,
  isItsKey,
  hasRoom,
  isWithinRate,
  hasTurn,
  isSignedByOwner,
  isProved,
  isNext,
  // Again: while it waited and the chain was asked, other requests may have come in.
  isFree,
  hasRoom,
]

const firstRefusal = async (ports: PairingPorts, asked: Asked): Promise<PairingRefusal | undefined> => {
  for (const check of checks) {
    const refusal = await check(ports, asked)
    if (refusal) return refusal
  }
  return undefined
}

/**
 * Takes an owner's signed wish. Everything that costs the operator gas is proved here first. `networks` is where it comes from, by
 * `networksOf`.
 *
 * The same owner's repeated request is answered as the first was. Throws CHAIN_UNREACHABLE and DATABASE_UNREACHABLE; nothing is half done
 * then that the same request sent again would not finish.
 */
export const propose = async (
  ports: PairingPorts,
  request: PairingRequest,
  networks: readonly string[],
): Promise<Result<PairingAnswer, PairingRefusal>> => {
  const read = readRequest(request)
  if (!read.ok) return read
  const wish = read.value
  const before = answerBefore(ports, wish.pairing)
  if (before) return { ok: true, value: before }
  const asked: Asked = { wish, networks, owner: undefined, proof: undefined, release: undefined }
  const refusal = await firstRefusal(ports, asked)
  if (refusal) {
    // What lied about its proof has no part in what is kept for those that carry one.
    if (refusal.code === 'BAD_PROOF' && carriesProof(wish)) ports.requests.distrust(networks, ports.clock.now())
    return { ok: false, refusal }
  }
  const proposal = proposalOf(ports, asked)
  if (wish.proof.by === 'confirm') await ports.proposals.put(proposal, networks)
  else await send(ports, proposal, callData(ports.chain, asked, wish.proof))
  return { ok: true, value: answerOf(ports.proposals.of(proposal.device, proposal.owner) ?? proposal) }
}

const callData = (chain: PairingChain, asked: Asked, { by, key }: Exclude<Proof, { by: 'confirm' }>): Hex => {
  const { wish, owner, proof, release } = asked
  if (!owner || !proof) throw new Error('a pairing is sent only once its proofs were checked')
  const signed = { pairing: wish.pairing, key, ownerSignature: owner, signature: proof, release }
  return by === 'device' ? chain.pair(signed) : chain.pairAttested(signed)
}

/** What became of a device's pairing, by that owner or by whichever came furthest; undefined where nobody proposed it. */
export const pairingOf = (
  ports: Pick<PairingPorts, 'known' | 'proposals' | 'policy'>,
  device: Address,
  owner?: Address,
): PairingAnswer | undefined => {
  const registration = isPaired(ports.known, device) ? ports.known.byAddress(device) : undefined
  if (registration && (!owner || owner === registration.owner)) {
    const detail = isServed(ports.policy, ports.known, registration)
      ? 'the registry names its owner'
      : `the registry names its owner, but this gateway serves ${ports.policy} devices alone`
    return { device, state: 'paired', detail }
  }
  const proposal = owner ? ports.proposals.of(device, owner) : furthest(ports.proposals.ofDevice(device))
  return proposal && answerOf(proposal)
}

const furthest = (proposals: readonly Proposal[]): Proposal | undefined =>
  proposals.find(({ state }) => state === 'sent') ??
  proposals.find(({ state }) => state === 'proposed') ??
  proposals.at(-1)

/** Asked again, an owner hears the same, whoever restarted in between. */
const answerBefore = (ports: PairingPorts, { device, owner, nonce }: Pairing): PairingAnswer | undefined => {
  const { known, proposals } = ports
  if (isPaired(known, device) && known.byAddress(device)?.owner === owner) return pairingOf(ports, device)
  const open = proposals.of(device, owner)
  return open?.state === 'sent' && open.nonce === nonce ? answerOf(open) : undefined
}

const answerOf = ({ device, state, detail }: Proposal): PairingAnswer => ({ device, state, detail })

const hexOf = (bytes: Uint8Array): Hex => `0x${bytesToHex(bytes)}`

const proposalOf = ({ clock }: PairingPorts, { wish, owner, release }: Asked): Proposal => ({
  ...wish.pairing,
  imei: wish.imei,
  ownerSignature: hexOf(owner ?? wish.ownerSignature),
  release: release && { deadline: release.deadline, signature: hexOf(release.signature) },
  state: 'proposed',
  detail: 'press Enter on the device',
  proposedAt: clock.now(),
})
