import type { Address } from '../devices/identity.ts'
import type { Envelope, Reading } from '../devices/packet.ts'
import type { Proof } from './proof.ts'
import type { ChainReader } from './rpc.ts'

/** What was served beside the proof about its packet, as JSON: only what was said at all is checked. */
export type Said = {
  /** Of a page of readings: the page's. */
  readonly device?: unknown
  readonly grade?: unknown
  readonly sequence?: unknown
  readonly acceptedAt?: unknown
  readonly quality?: unknown
}

/** A proof under verification: `envelope` is its packet, opened. */
export type Subject = {
  readonly proof: Proof
  readonly envelope: Envelope
  readonly chain: ChainReader
  /** The DeviceRegistry that the reader knows to be the network's; undefined = takes the proof's word. */
  readonly network: Address | undefined
  /** Readings that stood beside the proof, besides those in it. */
  readonly served: readonly Reading[]
  readonly said: Said
}

/** `warning` is what a reader must know although the check holds. */
export type Finding = { readonly ok: boolean; readonly detail: string; readonly warning?: string }

export type Check = {
  readonly name: string
  readonly run: (subject: Subject) => Finding | Promise<Finding>
}

export const holds = (detail: string): Finding => ({ ok: true, detail })
export const fails = (detail: string): Finding => ({ ok: false, detail })

export const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at])
