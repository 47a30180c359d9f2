import { isAddress } from '../../devices/identity.ts'
import { pebbleTopics } from '../../devices/pebble/topics.ts'
import { seconds } from '../../devices/units.ts'
import { openNetworkAllowances } from '../limits/allowances.ts'
import { openRecently } from '../limits/recently.ts'
import type { Clock, PebbleDesk } from '../ports.ts'

/** Riverrock's settings, sent in reply to a query once the device is paired. Numbers as reference firmware 1.0.14 reads them. */
export type PebbleConfig = {
  /** Bits of what to measure, at most 8183. */
  readonly dataChannel: number
  /** 10 to 86,400. */
  readonly uploadSeconds: number
  readonly isGpsPrecise: boolean
}

export type TalkPorts = {
  readonly desk: PebbleDesk
  readonly clock: Clock
}

/** Sends to the session that asked, and to no other. */
export type Reply = (topic: string, payload: string) => Promise<void>

/** Nobody proved that it is the Pebble, so what it does is held against its own session and address, never against the IMEI. */
type Sender = { readonly account: string; readonly networks: readonly string[] }

/** What a Pebble says besides its packets, and what it is answered. */
export type PebbleTalk = {
  query(imei: string, from: { readonly account: string; readonly reply: Reply }): Promise<void>
  confirm(imei: string, raw: Uint8Array, from: Sender): Promise<void>
}

/** A query comes every 5 s. A status that crosses the confirm on its way puts the user back at "press Enter", so it is not repeated sooner. */
const UNCHANGED_AGAIN_AFTER = seconds(15)
/** Looking at a confirm costs recovering a key; a person presses Enter slower than this. */
const CONFIRM_AGAIN_AFTER = seconds(1)
/** Of one IP address: a fleet that boots at once, then less than half of what the desk looks at in a second. */
const CONFIRMS_OF_ADDRESS = { burst: 200, perSecond: 20 }
/** The device disconnects when an inbound payload is longer. */
const MAX_PAYLOAD_BYTES = 256
/** ConfirmPackage: at most 20 + 5 + 64 + 5 bytes and their tags. */
const MAX_CONFIRM_BYTES = 256

export const openPebbleTalk = ({ desk, clock }: TalkPorts, config?: PebbleConfig): PebbleTalk => {
  const settings = config && configText(config)
  const answers = openRecently<string>(UNCHANGED_AGAIN_AFTER)
  const confirms = openRecently<true>(CONFIRM_AGAIN_AFTER)
  const ofAddress = openNetworkAllowances(CONFIRMS_OF_ADDRESS)
  return {
    query: async (imei, { account, reply }) => {
      const { status, proposer } = desk.statusOf(imei)
      const answer = statusText(status, proposer)
      if (answer === undefined || answers.get(account, clock.now()) === answer) return
      answers.set(account, answer, clock.now())
      await reply(pebbleTopics(imei).status, answer)
      if (status === 2 && settings) await reply(pebbleTopics(imei).config, settings)
    },
    confirm: async (imei, raw, { account, networks }) => {
      if (raw.length > MAX_CONFIRM_BYTES || confirms.get(account, clock.now())) return
      confirms.set(account, true, clock.now())
      if (!ofAddress.take(networks, clock.now())) return
      await desk.confirm(imei, raw)
    },
  }
}

/**
 * Whoever claims an IMEI is told that its Pebble is paired, and nobody to whom. The firmware's format has the field in every status, so it
 * is filled.
 */
const NO_PROPOSER = `0x${'0'.repeat(40)}`

/** Undefined = say nothing, as the original server does while nobody has proposed. */
const statusText = (status: 0 | 1 | 2, proposer: string | undefined): string | undefined => {
  if (status === 0) return undefined
  if (status === 2) return JSON.stringify({ status, proposer: NO_PROPOSER })
  // The device copies 42 characters without looking: anything but 0x and 40 hex digits must not reach it.
  return proposer && isAddress(proposer) ? JSON.stringify({ status, proposer }) : undefined
}

export const configText = ({ dataChannel, uploadSeconds, isGpsPrecise }: PebbleConfig): string => {
  const text = JSON.stringify({
    // Required: the firmware crashes without it.
    appName: 'Riverrock',
    appVersion: '1.0.14',
    data_channel: within('dataChannel', dataChannel, 0, 8_183),
    // A string in the firmware.
    upload_period: String(within('uploadSeconds', uploadSeconds, 10, 86_400)),
    preciseGPS: isGpsPrecise,
  })
  if (text.length > MAX_PAYLOAD_BYTES)
    throw new RangeError(`a Pebble takes ${MAX_PAYLOAD_BYTES} bytes, not ${text.length}`)
  return text
}

const within = (name: string, value: number, least: number, most: number): number => {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new RangeError(`${name} is a whole number from ${least} to ${most}, not ${value}`)
}
