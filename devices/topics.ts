import type { Address } from './identity.ts'

/** A native device's MQTT topics. It publishes to the first two and subscribes to the others, all literally: no wildcards. */
export type DeviceTopics = {
  readonly telemetry: string
  readonly clips: string
  readonly receipts: string
  readonly config: string
  readonly commands: string
}

export const deviceTopics = (device: Address): DeviceTopics => ({
  telemetry: `devices/${device}/telemetry`,
  clips: `devices/${device}/clips`,
  receipts: `devices/${device}/receipts`,
  config: `devices/${device}/config`,
  commands: `devices/${device}/commands`,
})
