import { hexToBytes } from '@noble/hashes/utils.js'
import type { Result } from '../../devices/packet.ts'
import { openConfirm } from '../../devices/pebble/packet.ts'
import type { Clock, Log, PebbleDesk, Proposal } from '../ports.ts'
import type { Allowance } from './allowance.ts'
import type { PairingChain } from './chain.ts'
import { isPaired, type KnownDevices } from './known.ts'
import type { PairingRefusal } from './request.ts'
import { type SendPorts, send } from './send.ts'
import { keyThatSigned, lowS } from './signatures.ts'

export type DeskPorts = SendPorts & {
  readonly known: KnownDevices
  readonly chain: PairingChain
  readonly clock: Clock
  /** Confirms that may cost an elliptic curve, of all strangers together. */
  readonly confirms: Allowance
  readonly log: Log
}

/** About 2 ms of curve each, so at most a tenth of a core; a fleet of 200 that boots at once is through in four seconds. */
export const MAX_CONFIRMS_PER_SECOND = 50

/**
 * What a Pebble hears while it boots: that someone proposed, then that it is paired.
 *
 * Between its confirm and the chain's word it hears nothing: a status 1 would put its user back at "press Enter".
 */
const statusOf = ({ known, proposals }: DeskPorts, imei: string): ReturnType<PebbleDesk['statusOf']> => {
  const device = known.byImei(imei)
  const registration = device && known.byAddress(device)
  if (registration && !registration.revoked) return { status: 2, proposer: registration.owner }
  const proposal = proposals.ofImei(imei)
  return proposal?.state === 'proposed' ? { status: 1, proposer: proposal.owner } : { status: 0 }
}

const refused = (code: PairingRefusal['code'], facts: PairingRefusal['facts']): Result<never, PairingRefusal> => ({
  ok: false,
  refusal: { code, facts },
})

/** IMEI and channel are not signed: what counts is that the proposed device signed the proposing owner's address. */
const readConfirm = (ports: DeskPorts, proposal: Proposal, raw: Uint8Array) => {
  const opened = openConfirm(raw)
  if (!opened.ok) return refused('BAD_REQUEST', opened.refusal.facts)
  const { owner, timestamp, digest, signature } = opened.value
  if (owner !== proposal.owner) return refused('BAD_PROOF', { of: 'confirm', owner, proposer: proposal.owner })
  const key = keyThatSigned(digest, signature, proposal.device)
  if (!key) return refused('BAD_PROOF', { of: 'confirm', device: proposal.device })
  const signed = {
    pairing: proposal,
    key,
    ownerSignature: hexToBytes(proposal.ownerSignature.slice(2)),
    signature: lowS(signature),
  }
  return { ok: true, value: ports.chain.pairByConfirm(signed, timestamp) } as const
}

const note = ({ log }: DeskPorts, imei: string, { code, facts }: PairingRefusal): void =>
  log.info({ imei, code, ...facts }, 'confirm refused')

const confirm = async (ports: DeskPorts, imei: string, raw: Uint8Array): Promise<void> => {
  const proposal = ports.proposals.ofImei(imei)
  // Pressed twice, or published again by a Pebble that heard nothing yet.
  if (proposal?.state === 'sent' || isPaired(ports.known, ports.known.byImei(imei) ?? '0x')) return
  if (!proposal) return note(ports, imei, { code: 'NOT_FOUND', facts: { imei } })
  if (!ports.confirms.take(ports.clock.now()))
    return note(ports, imei, { code: 'TOO_MANY_REQUESTS', facts: { perSecond: MAX_CONFIRMS_PER_SECOND } })
  const data = readConfirm(ports, proposal, raw)
  if (data.ok) await send(ports, proposal, data.value)
  else note(ports, imei, data.refusal)
}

export const openDesk = (ports: DeskPorts): PebbleDesk => ({
  statusOf: (imei) => statusOf(ports, imei),
  confirm: (imei, raw) => confirm(ports, imei, raw),
})
