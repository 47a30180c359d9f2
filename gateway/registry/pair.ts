import { bytesToHex } from '@noble/hashes/utils.js'
import { type Address, addressOf, type DeviceKey } from '../../devices/identity.ts'
import type { Facts, Result } from '../../devices/packet.ts'
import type { Pairing } from '../../devices/pairing.ts'
import { days, type Hex } from '../../devices/units.ts'
import type { FailureCode } from '../errors.ts'
import type { Caller, Clock, Proposal, RegistryStore } from '../ports.ts'
import type { Allowance } from './allowance.ts'
import type { PairingChain } from './chain.ts'
import { isPaired, type KnownDevices } from './known.ts'
import { ownerSignature, proofSignature } from './proofs.ts'
import type { Proposals } from './proposals.ts'
import { type PairingRefusal, type PairingRequest, type Proof, readRequest, type Wish } from './request.ts'
import { send } from './send.ts'

export type PairingPorts = {
  readonly store: RegistryStore
  readonly known: KnownDevices
  readonly proposals: Proposals
  readonly caller: Caller
  readonly clock: Clock
  readonly chain: PairingChain
  /** Requests that may cost an elliptic curve, of all strangers together. */
  readonly requests: Allowance
  /** `listed`: only IMEIs of the manufacturer's list. `learned`: an IMEI that nobody holds goes to the device that pairs with it. */
  readonly imeis: 'listed' | 'learned'
}

export type PairingAnswer = {
  readonly device: Address
  readonly state: Proposal['state']
  readonly detail: string
}

/** Each costs a row and 0.5 KB of memory until its deadline; a fleet's owner pairs by the hundred. */
export const MAX_OPEN_PROPOSALS = 10_000
/** About 6 ms of curve each, so at most a fifteenth of a core. */
export const MAX_REQUESTS_PER_MINUTE = 600
/** An owner's signature lying about is a risk to the owner. */
const MAX_DEADLINE = days(1)
type Check = (ports: PairingPorts, wish: Wish) => PairingRefusal | undefined | Promise<PairingRefusal | undefined>

const refuse = (code: FailureCode, facts: Facts): PairingRefusal => ({ code, facts })

const isFree: Check = ({ known, proposals }, { pairing }) => {
  const { device } = pairing
  const holder = isPaired(known, device) ? known.byAddress(device)?.owner : undefined
  if (holder) return refuse('ALREADY_PAIRED', { device, state: 'paired', owner: holder })
  return proposals.of(device)?.state === 'sent' ? refuse('ALREADY_PAIRED', { device, state: 'sent' }) : undefined
}

const isInTime: Check = ({ clock }, { pairing }) => {
  const left = Number(pairing.deadline) * 1_000 - clock.now()
  return left > 0 && left <= MAX_DEADLINE
    ? undefined
    : refuse('DEADLINE_PASSED', { deadline: String(pairing.deadline) })
}

const isKnownImei: Check = ({ known, imeis }, { pairing, imei }) => {
  if (imei === undefined) return undefined
  const holder = known.holderOf(imei)
  const isRight = holder === undefined ? imeis === 'learned' : holder === pairing.device
  return isRight ? undefined : refuse('UNKNOWN_IMEI', { imei, device: pairing.device })
}

const isWithinBounds: Check = ({ clock, requests, proposals }) => {
  if (proposals.open().length >= MAX_OPEN_PROPOSALS)
    return refuse('TOO_MANY_REQUESTS', { openProposals: MAX_OPEN_PROPOSALS })
  return requests.take(clock.now()) ? undefined : refuse('TOO_MANY_REQUESTS', { perMinute: MAX_REQUESTS_PER_MINUTE })
}

const isSignedByOwner: Check = ({ chain }, wish) =>
  ownerSignature(chain, wish) ? undefined : refuse('BAD_PROOF', { of: 'owner', owner: wish.pairing.owner })

const isProved: Check = ({ chain }, wish) =>
  wish.proof.by === 'confirm' || proofSignature(chain, wish)
    ? undefined
    : refuse('BAD_PROOF', { of: wish.proof.by, device: wish.pairing.device })

/** Once paired, a device keeps its key: one that was rotated away, since it leaked, opens nothing any more. */
const isItsKey: Check = ({ known }, { pairing, proof }) => {
  if (proof.by === 'confirm') return undefined
  const last = known.byAddress(pairing.device)?.key
  const holds = last ? isSameKey(last, proof.key) : addressOf(proof.key.publicKey) === pairing.device
  return holds ? undefined : refuse('BAD_PROOF', { of: 'publicKey', device: pairing.device })
}

const isSameKey = (one: DeviceKey, other: DeviceKey): boolean =>
  one.curve === other.curve && bytesToHex(one.publicKey) === bytesToHex(other.publicKey)

const isNext: Check = async ({ chain }, { pairing }) => {
  const { device, nonce } = pairing
  const standing = await chain.standingOf(device)
  // A revoked device is still its owner's.
  if (standing.owner) return refuse('ALREADY_PAIRED', { device, state: 'paired', owner: standing.owner })
  return nonce === standing.nonce ? undefined : refuse('WRONG_NONCE', { nonce: `${nonce}`, next: `${standing.nonce}` })
}

/** Cheapest first; the chain is asked last, and only for who proved what it claims. */
const checks: readonly Check[] = [
  isFree,
  isInTime,
  isKnownImei,
  isItsKey,
  isWithinBounds,
  isSignedByOwner,
  isProved,
  isNext,
  // Again: while the chain was asked, another request for the device may have been sent.
  isFree,
]

const firstRefusal = async (ports: PairingPorts, wish: Wish): Promise<PairingRefusal | undefined> => {
  for (const check of checks) {
    const refusal = await check(ports, wish)
    if (refusal) return refusal
  }
  return undefined
}

/**
 * Takes an owner's signed wish. Everything that costs the operator gas is proved here first.
 *
 * The same owner's repeated request is answered as the first was. Throws CHAIN_UNREACHABLE and DATABASE_UNREACHABLE; nothing is half done
 * then that the same request sent again would not finish.
 */
export const propose = async (
  ports: PairingPorts,
  request: PairingRequest,
): Promise<Result<PairingAnswer, PairingRefusal>> => {
  const read = readRequest(request)
  if (!read.ok) return read
  const wish = read.value
  const before = answerBefore(ports, wish.pairing)
  if (before) return { ok: true, value: before }
  const refusal = await firstRefusal(ports, wish)
  if (refusal) return { ok: false, refusal }
  const proposal = proposalOf(ports, wish)
  if (wish.proof.by === 'confirm') await ports.proposals.put(proposal)
  else await send(ports, proposal, callData(ports.chain, wish, wish.proof))
  return { ok: true, value: answerOf(ports.proposals.of(proposal.device) ?? proposal) }
}

const callData = (chain: PairingChain, wish: Wish, { by, key }: Exclude<Proof, { by: 'confirm' }>): Hex => {
  const [owner, signature] = [ownerSignature(chain, wish), proofSignature(chain, wish)]
  if (!owner || !signature) throw new Error('a pairing is sent only once its proofs were checked')
  const signed = { pairing: wish.pairing, key, ownerSignature: owner, signature }
  return by === 'device' ? chain.pair(signed) : chain.pairAttested(signed)
}

/** What became of a device's pairing; undefined where nobody proposed it. */
export const pairingOf = (
  ports: Pick<PairingPorts, 'known' | 'proposals'>,
  device: Address,
): PairingAnswer | undefined => {
  if (isPaired(ports.known, device)) return { device, state: 'paired', detail: 'the registry names its owner' }
  const proposal = ports.proposals.of(device)
  return proposal && answerOf(proposal)
}

/** Asked again, an owner hears the same, whoever restarted in between. */
const answerBefore = (
  { known, proposals }: PairingPorts,
  { device, owner, nonce }: Pairing,
): PairingAnswer | undefined => {
  if (isPaired(known, device) && known.byAddress(device)?.owner === owner)
    return pairingOf({ known, proposals }, device)
  const open = proposals.of(device)
  return open?.state === 'sent' && open.owner === owner && open.nonce === nonce ? answerOf(open) : undefined
}

const answerOf = ({ device, state, detail }: Proposal): PairingAnswer => ({ device, state, detail })

const proposalOf = ({ clock, chain }: PairingPorts, wish: Wish): Proposal => ({
  ...wish.pairing,
  imei: wish.imei,
  ownerSignature: `0x${bytesToHex(ownerSignature(chain, wish) ?? wish.ownerSignature)}`,
  state: 'proposed',
  detail: 'press Enter on the device',
  proposedAt: clock.now(),
})
