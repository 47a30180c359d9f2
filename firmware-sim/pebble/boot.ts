import type { Address } from '../../devices/identity.ts'

/*
 * What the firmware does with what it hears while it boots. Pure: the session around it is in `pebble.ts`.
 */

/** `asking`: nobody proposed. `pressing`: the screen shows the proposer. `confirming`: Enter was pressed. `paired`: DATA may be sent. */
export type Boot =
  | { readonly stage: 'asking' }
  | { readonly stage: 'pressing'; readonly proposer: Address }
  | { readonly stage: 'confirming'; readonly proposer: Address }
  | { readonly stage: 'paired' }

/** A longer one makes the firmware disconnect: it is the size of its receive buffer. */
export const MAX_PAYLOAD_BYTES = 256

/** What reaches the firmware of one MQTT PUBLISH. */
export type Heard = {
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos: number
  /** Absent at QoS 0. */
  readonly packetId: number | undefined
}

/**
 * The firmware compares topics with `strcmp` on a buffer without an end: the byte after the topic is the packet id's high byte, or at
 * QoS 0 the payload's first byte. Only a zero there ends the string.
 */
export const isHeard = ({ qos, packetId, payload }: Heard): boolean =>
  qos === 0 ? payload[0] === 0 : packetId !== undefined && packetId <= 255

/** Status JSON as the firmware reads it: what it cannot read it ignores. */
export const readStatus = (payload: Uint8Array): { status: number; proposer?: Address } | undefined => {
  try {
    const status: unknown = JSON.parse(Buffer.from(payload).toString('utf8'))
    return isStatus(status) ? status : undefined
  } catch {
    return undefined
  }
}

const isStatus = (value: unknown): value is { status: number; proposer?: Address } => {
  if (typeof value !== 'object' || value === null || !('status' in value)) return false
  const { status } = value
  // Exactly 0x and 40 hex digits: the screen and the signature take it as it is.
  return status === 1 ? 'proposer' in value && /^0x[0-9a-fA-F]{40}$/.test(String(value.proposer)) : status === 2
}

/** A status 1 after the confirm puts the user back at "press Enter", as it does on the real one. */
export const hear = (boot: Boot, status: { status: number; proposer?: Address }): Boot => {
  if (boot.stage === 'paired') return boot
  if (status.status === 2) return { stage: 'paired' }
  const proposer = (status.proposer ?? '0x').toLowerCase() as Address
  if (boot.stage === 'pressing' && boot.proposer === proposer) return boot
  return { stage: 'pressing', proposer }
}
