import type { Envelope, Facts, Reading } from '../../devices/packet.ts'
import type { RefusalCode } from '../errors.ts'
import type { Incoming, Known, Registration } from '../ports.ts'
import type { Quota } from './quota.ts'
import type { Recent } from './recent.ts'

export type CheckPorts = {
  readonly known: Known
  readonly network: Uint8Array
  /** Other networks whose packets stray here, such as a test network's: named WRONG_NETWORK instead of BAD_SIGNATURE. */
  readonly otherNetworks: readonly Uint8Array[]
  readonly quota: Quota
  readonly recent: Recent
}

export type Refusal = { readonly code: RefusalCode; readonly facts: Facts }

/** A packet under way, and what the checks so far have found out. */
export type Candidate = {
  readonly incoming: Incoming
  /** Whom a refusal is filed under: the device where it is known, else what the transport says. Of an IMEI of several: from `isOpen` on. */
  source: string
  /** From `isOpen` on. */
  envelope: Envelope | undefined
  /** From `isKnown` on. */
  registration: Registration | undefined
  /** From `isSigned` on: the registered key signed it. */
  isSigned: boolean
  /** From `isReadable` on. */
  readings: readonly Reading[] | undefined
}

/** One check looks at each packet alone, or at all at once where that pays. It answers why not, or nothing. */
export type Check = {
  /** Which packets it looks at; every one by default. */
  readonly of?: (incoming: Incoming) => boolean
} & Look

type Look =
  | { readonly one: (ports: CheckPorts, candidate: Candidate) => Refusal | undefined }
  | { readonly all: (ports: CheckPorts, candidates: readonly Candidate[]) => Promise<readonly (Refusal | undefined)[]> }

/** A check that asks before `isOpen` has run is a mistake in the order of the checks. */
export const opened = ({ envelope }: Candidate): Envelope => {
  if (!envelope) throw new TypeError('the packet is not opened yet')
  return envelope
}

export const registered = ({ registration }: Candidate): Registration => {
  if (!registration) throw new TypeError('the device is not looked up yet')
  return registration
}

export const imeiOf = (source: string): string => source.slice('imei:'.length)
