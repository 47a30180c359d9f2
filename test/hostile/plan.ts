import type { Address } from '../../devices/identity.ts'
import type { Hex } from '../../devices/units.ts'

/*
 * What the processes of `npm run prove:hostile` say to each other, in JSON.
 */

/** What the honest fleet is asked to be. */
export type FleetPlan = {
  readonly url: string
  readonly mqttUrl: string
  /** `0x` and 64 hex digits. */
  readonly networkId: Hex
  readonly seed: string
  /** Native trackers; one Pebble comes on top. */
  readonly trackers: number
}

/** What the fleet tells, as it happens. Times are unix ms; `device` counts from 0, the Pebble last. */
export type Told =
  | { readonly kind: 'sent'; readonly at: number; readonly device: number; readonly packet: number }
  | { readonly kind: 'acknowledged'; readonly at: number; readonly device: number; readonly packet: number }
  | { readonly kind: 'connected'; readonly at: number; readonly device: number }
  /** The gateway, or the way to it, ended a session. */
  | { readonly kind: 'ended'; readonly at: number; readonly device: number; readonly why: string }
  /** A CONNECT that was answered by anything but "accepted", or by nothing. */
  | { readonly kind: 'refused'; readonly at: number; readonly device: number; readonly why: string }
  /** The honest reader's request: 0 where no answer came. */
  | { readonly kind: 'read'; readonly at: number; readonly took: number; readonly status: number }
  /** A packet as anyone on its way could have kept it. */
  | { readonly kind: 'captured'; readonly device: number; readonly raw: string }

/** What an attacker knows: all of it is public, or was overheard. */
export type Target = {
  readonly url: string
  readonly mqttUrl: string
  readonly rpcUrl: string
  readonly networkId: Hex
  readonly chainId: number
  readonly registry: Address
  readonly ledger: Address
  readonly token: Address
  /** Honest trackers. */
  readonly devices: readonly Address[]
  /** The honest Pebble's. */
  readonly imei: string
  /** Hex of packets that honest devices sent, by who sent them. */
  readonly captured: { readonly trackers: readonly string[]; readonly pebble: readonly string[] }
}

export type AttackPlan = {
  readonly attack: string
  readonly target: Target
  readonly seed: string
  readonly seconds: number
}

/** What an attacker tells: that it begins, and at its end what it did and what it got, by name. */
export type AttackTold =
  | { readonly kind: 'begins' }
  | { readonly kind: 'did'; readonly counts: Readonly<Record<string, number>> }
