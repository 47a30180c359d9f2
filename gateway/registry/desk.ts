import { hexToBytes } from '@noble/hashes/utils.js'
import { addressOf, type DeviceKey } from '../../devices/identity.ts'
import type { Result } from '../../devices/packet.ts'
import { type Confirm, openConfirm } from '../../devices/pebble/packet.ts'
import { lowS } from '../../devices/signature.ts'
import { type Millis, minutes, seconds } from '../../devices/units.ts'
import type { Clock, Known, Log, PebbleDesk, Proposal } from '../ports.ts'
import type { Allowance } from './allowance.ts'
import type { PairingChain } from './chain.ts'
import { isPaired, type KnownDevices } from './known.ts'
import type { PairingRefusal } from './request.ts'
import { type SendPorts, send } from './send.ts'
import type { Recover } from './signatures.ts'

export type DeskPorts = SendPorts & {
  readonly known: KnownDevices
  /** As those see it who take packets: a device that is not served is not told that it is paired. */
  readonly served: Pick<Known, 'byAddress'>
  readonly chain: PairingChain
  readonly clock: Clock
  /** Confirms that may cost an elliptic curve, of all strangers together. */
  readonly confirms: Allowance
  readonly recover: Recover
  readonly log: Log
}

/** About 0.2 ms of native curve each, so at most a tenth of a core; a fleet of 500 that boots at once is through in a second. */
export const MAX_CONFIRMS_PER_SECOND = 500
/** Longer than the firmware's answer takes to repeat itself; eight owners take their turns within half of a proposal's five minutes. */
const TURN: Millis = seconds(20)
/** What DeviceRegistry takes, less the way there; 60 s ahead of the block in both. */
const CONFIRM_LIFE: Millis = minutes(9)
const CONFIRM_AHEAD: Millis = seconds(60)

/**
 * What a Pebble hears while it boots: that someone proposed, then that it is paired.
 *
 * An IMEI is signed by nobody, so several may have proposed for it, and devices of others may go by it. Each answer has its turn: every
 * open proposer, and "paired" where a device of that IMEI is. So nobody's proposal hides another's, and nobody keeps a paired Pebble from
 * its work. Between its confirm and the chain's word it hears nothing of its own: a status 1 would put its user back at "press Enter".
 */
const statusOf = (ports: DeskPorts, imei: string): ReturnType<PebbleDesk['statusOf']> => {
  const { known, served, proposals, clock } = ports
  const now = clock.now()
  const open = proposals
    .waitingAt(imei)
    .filter(({ device, deadline }) => Number(deadline) * 1_000 > now && !isPaired(known, device))
  const answers = [
    ...open.map(({ owner }) => ({ status: 1, proposer: owner }) as const),
    ...(known.byImei(imei).some((device) => isPaired(served, device)) ? [{ status: 2 } as const] : []),
  ]
  return answers[Math.floor(now / TURN) % answers.length] ?? { status: 0 }
}

const refused = (code: PairingRefusal['code'], facts: PairingRefusal['facts']): Result<never, PairingRefusal> => ({
  ok: false,
  refusal: { code, facts },
})

type Chosen = { readonly proposal: Proposal; readonly key: DeviceKey }

/** Which proposal the device chose: it signs the owner's address, and its key says which device it is. IMEI and channel are not signed. */
const chosenBy = (
  { recover }: DeskPorts,
  { owner, digest, signature }: Confirm,
  candidates: readonly Proposal[],
): Result<Chosen, PairingRefusal> => {
  for (const key of recover(digest, signature)) {
    const address = addressOf(key.publicKey)
    const proposal = candidates.find(({ device }) => device === address)
    if (proposal) return { ok: true, value: { proposal, key } }
  }
  return refused('BAD_PROOF', { of: 'confirm', owner })
}

/** DeviceRegistry takes none that is older, or dated later: it would cost gas and pair nothing. */
const isInTime = ({ clock }: DeskPorts, { timestamp }: Confirm): boolean => {
  const age = clock.now() - timestamp * 1_000
  return age <= CONFIRM_LIFE && age >= -CONFIRM_AHEAD
}

const confirmed = ({ chain }: DeskPorts, { proposal, key }: Chosen, { timestamp, signature }: Confirm) => {
  const { release, ownerSignature } = proposal
  return chain.pairByConfirm(
    {
      pairing: proposal,
      key,
      ownerSignature: hexToBytes(ownerSignature.slice(2)),
      signature: lowS('secp256k1', signature),
      release: release && { deadline: release.deadline, signature: hexToBytes(release.signature.slice(2)) },
    },
    timestamp,
  )
}

/** Undefined: there is nothing to do any more. Cheapest first; the curve last. */
const readConfirm = (
  ports: DeskPorts,
  imei: string,
  raw: Uint8Array,
): Result<Chosen & { confirm: Confirm }, PairingRefusal> | undefined => {
  const opened = openConfirm(raw)
  if (!opened.ok) return refused('BAD_REQUEST', opened.refusal.facts)
  const { owner, timestamp } = opened.value
  const candidates = ports.proposals.waitingAt(imei).filter((proposal) => proposal.owner === owner)
  if (candidates.length === 0) return refused('NOT_FOUND', { imei, owner })
  if (!isInTime(ports, opened.value)) return refused('BAD_PROOF', { of: 'confirm', timestamp })
  if (!ports.confirms.take(ports.clock.now()))
    return refused('TOO_MANY_REQUESTS', { perSecond: MAX_CONFIRMS_PER_SECOND })
  const chosen = chosenBy(ports, opened.value, candidates)
  if (!chosen.ok) return chosen
  const { device } = chosen.value.proposal
  // Pressed for two owners one after the other: the first is on its way.
  if (ports.proposals.sentFor(device) || isPaired(ports.known, device)) return undefined
  return { ok: true, value: { ...chosen.value, confirm: opened.value } }
}

const confirm = async (ports: DeskPorts, imei: string, raw: Uint8Array): Promise<void> => {
  const read = readConfirm(ports, imei, raw)
  if (!read) return
  if (read.ok) await send(ports, read.value.proposal, confirmed(ports, read.value, read.value.confirm))
  else ports.log.info({ imei, code: read.refusal.code, ...read.refusal.facts }, 'confirm refused')
}

export const openDesk = (ports: DeskPorts): PebbleDesk => ({
  statusOf: (imei) => statusOf(ports, imei),
  confirm: (imei, raw) => confirm(ports, imei, raw),
})
