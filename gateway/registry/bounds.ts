import { type Millis, minutes } from '../../devices/units.ts'
import { openAllowances, type Rate } from '../limits/allowances.ts'
import { openRecently } from '../limits/recently.ts'
import { Allowance } from './allowance.ts'
import type { Crowding } from './proposals.ts'

/** How many proposals may wait for a device's proof at once. Each costs a row and 0.5 KB of memory until its deadline, five minutes at most. */
export const MAX_WAITING = {
  all: 10_000,
  ofOwner: 1_000,
  /** From one IPv4 address or IPv6 /64; from a /48 four times as many. */
  ofNetwork: 256,
  /** Each is shown on the Pebble's screen for 20 seconds in turn, so that each is shown at least once before its deadline. */
  ofDevice: 8,
  /** Of those eight, from one network: one network alone keeps nobody out. */
  ofDeviceAndNetwork: 2,
} as const

/** A /48 is one customer or a whole street. */
const WIDE = 4
const widthOf = (index: number): number => (index === 0 ? 1 : WIDE)

/** Which bound one more proposal would pass; undefined where there is room. The answer is what the refusal says. */
export const boundPassed = (crowding: Crowding): Readonly<Record<string, number>> | undefined => {
  const { all, ofOwner, ofNetwork, ofDevice, ofDeviceAndNetwork } = MAX_WAITING
  if (crowding.ofNetworks.some((count, index) => count >= ofNetwork * widthOf(index)))
    return { waitingFromYourNetwork: ofNetwork }
  if (crowding.hereOfNetworks.some((count, index) => count >= ofDeviceAndNetwork * widthOf(index)))
    return { waitingForThisDeviceFromYourNetwork: ofDeviceAndNetwork }
  if (crowding.ofDevice >= ofDevice || crowding.ofImei >= ofDevice) return { waitingForThisDevice: ofDevice }
  if (crowding.ofOwner >= ofOwner) return { waitingOfThisOwner: ofOwner }
  return crowding.all >= all ? { waiting: all } : undefined
}

/** `ofNetwork` is of one IPv4 address or IPv6 /64; a /48 has four times as much. */
type Share = { readonly ofNetwork: Rate; readonly perMinute: number }

/**
 * From one request that costs a curve to the next: some 3 ms where the device is on P-256, half a millisecond else, so that a seventh of a core
 * is the most that all of them cost together.
 */
export const PAIRING_PAUSE: Millis = 20

/** How many are looked at. */
export type RequestLimits = {
  /** What carries no proof, or comes from where a false one came from. */
  readonly unproved: Share
  /** The reserve of those that carry a device's or a manufacturer's proof. */
  readonly proved: Share
}

export const requestLimits: RequestLimits = {
  unproved: { ofNetwork: { burst: 100, perSecond: 1 }, perMinute: 300 },
  proved: { ofNetwork: { burst: 400, perSecond: 5 }, perMinute: 1_200 },
}

/** How long a network whose proof did not hold has no part in the reserve. */
const DISTRUSTED: Millis = minutes(1)

export type Request = { readonly networks: readonly string[]; readonly carriesProof: boolean }

/** What pairing requests may cost, by where they come from. */
export type Requests = {
  /** Whether one more may be looked at. */
  take(request: Request, now: Millis): boolean
  /** Its proof did not hold. */
  distrust(networks: readonly string[], now: Millis): void
}

export const openRequests = (limits: RequestLimits = requestLimits): Requests => {
  const distrusted = openRecently<true>(DISTRUSTED)
  const [unproved, proved] = [openShare(limits.unproved), openShare(limits.proved)]
  return {
    take: ({ networks, carriesProof }, now) => {
      const isTrusted = carriesProof && !networks.some((network) => distrusted.get(network, now))
      return (isTrusted ? proved : unproved)(networks, now)
    },
    // The narrowest alone: one household does not take its whole street's part.
    distrust: ([network], now) => {
      if (network !== undefined) distrusted.set(network, true, now)
    },
  }
}

/** The network's own part first, so that what it may not have costs the others nothing. */
const openShare = ({ ofNetwork, perMinute }: Share): ((networks: readonly string[], now: Millis) => boolean) => {
  const widths = [1, WIDE].map((times) =>
    openAllowances({ burst: ofNetwork.burst * times, perSecond: ofNetwork.perSecond * times }),
  )
  const all = new Allowance(perMinute, minutes(1))
  return (networks, now) =>
    networks.every((network, index) => widths[Math.min(index, 1)]?.take(network, now)) && all.take(now)
}
