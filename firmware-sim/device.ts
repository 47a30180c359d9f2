import type { Address } from '../devices/identity.ts'
import type { Millis } from '../devices/units.ts'
import type { Counts } from './account.ts'
import type { FaultRates } from './faults.ts'
import type { Identity } from './identity.ts'
import type { Scheduler } from './time.ts'

/** What a device saw acknowledged: from then on the gateway owes this packet to the log, once. */
export type Acknowledgement = {
  readonly device: Address
  readonly sequence: bigint
  readonly digest: Uint8Array
}

/** What a device is given at its start. */
export type DevicePorts = {
  readonly scheduler: Scheduler
  readonly seed: string
  readonly identity: Identity
  readonly network: { readonly id: Uint8Array }
  readonly mqttUrl: string
  /** Between two packets. */
  readonly period: Millis
  /** Between the first packet and the second, so that a fleet started at once is no pulse. */
  readonly phase: Millis
  readonly rates: FaultRates
  /** This device's own folder. */
  readonly stateDir: string
  /** Shared by the whole fleet. */
  readonly counts: Counts
  readonly onAcknowledged?: ((acknowledgement: Acknowledgement) => void) | undefined
  /** The device can go on no longer: its flash failed. */
  readonly onFailure: (error: unknown) => void
}

export type Device = {
  start(): void
  /** Resolves when its connection is closed and its loops have ended. */
  stop(): Promise<void>
}
