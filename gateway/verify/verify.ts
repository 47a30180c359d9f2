import { isAddress } from '../../devices/identity.ts'
import { MAX_PACKET_BYTES } from '../../devices/limits.ts'
import type { Accepted, Incoming, Refused, Standing, Verdict } from '../ports.ts'
import { type Candidate, type Check, type CheckPorts, imeiOf, type Refusal } from './candidate.ts'
import { checks } from './checks.ts'
import type { Judge } from './judge.ts'

export type VerifyPorts = CheckPorts & { readonly judge: Judge }

/**
 * Decides about packets, in the order given, changing nothing durable: what the store does not take was never accepted. A refusal is a
 * value; it rejects only if a port does.
 */
export const verify = async (ports: VerifyPorts, packets: readonly Incoming[]): Promise<readonly Verdict[]> => {
  const candidates = packets.map((incoming) => candidateOf(ports, incoming))
  const refusals = new Map<Candidate, Refusal>()
  for (const check of checks) {
    const { of = () => true } = check
    const left = candidates.filter((candidate) => !refusals.has(candidate) && of(candidate.incoming))
    const answers = await run(check, ports, left)
    left.forEach((candidate, index) => {
      const refusal = answers[index]
      if (refusal) refusals.set(candidate, refusal)
    })
  }
  return candidates.map((candidate) => {
    const refusal = refusals.get(candidate)
    return refusal ? refused(ports, candidate, refusal) : accepted(ports, candidate)
  })
}

const run = async (check: Check, ports: CheckPorts, candidates: readonly Candidate[]) =>
  'one' in check ? candidates.map((candidate) => check.one(ports, candidate)) : check.all(ports, candidates)

/** A Pebble is filed under its device where only one goes by its IMEI; else its signature has to say first which one it is. */
const candidateOf = ({ known }: CheckPorts, incoming: Incoming): Candidate => {
  const named = incoming.framing === 'pebble' ? known.byImei(imeiOf(incoming.source)) : []
  return {
    incoming,
    source: (named.length === 1 ? named[0] : undefined) ?? incoming.source,
    envelope: undefined,
    registration: undefined,
    isSigned: false,
    readings: undefined,
  }
}

/** Whose the refusal is. A Pebble's session proves nothing: there the signature is the proof. */
const standingOf = ({ known }: CheckPorts, { incoming, source, isSigned }: Candidate): Standing => {
  if (!isAddress(source) || !known.byAddress(source)) return 'stranger'
  return incoming.isProven || isSigned ? 'device' : 'named'
}

const refused = (ports: CheckPorts, candidate: Candidate, { code, facts }: Refusal): Refused => ({
  status: 'refused',
  code,
  facts,
  source: candidate.source,
  standing: standingOf(ports, candidate),
  digest: candidate.envelope?.digest,
  // Enough to see what it was; a frame of 64 KB is not kept whole for whoever likes to send them.
  raw: candidate.incoming.raw.subarray(0, MAX_PACKET_BYTES),
  receivedAt: candidate.incoming.receivedAt,
})

const accepted = ({ judge }: VerifyPorts, { incoming, envelope, registration, readings }: Candidate): Accepted => {
  if (!envelope || !registration || !readings)
    throw new TypeError('a packet passed without being opened, known and read')
  const { receivedAt } = incoming
  const times = readings.map((reading) => reading.at)
  return {
    status: 'accepted',
    envelope,
    term: registration.term,
    receivedAt,
    readings: readings.length,
    from: times.reduce((least, at) => Math.min(least, at), times[0] ?? receivedAt),
    to: times.reduce((most, at) => Math.max(most, at), times[0] ?? receivedAt),
    ...judge.judge({ registration, envelope, readings, receivedAt }),
  }
}
