import type { Curve } from '../devices/identity.ts'
import type { Millis } from '../devices/units.ts'
import { type Counts, emptyCounts } from './account.ts'
import type { Acknowledgement, Device, DevicePorts } from './device.ts'
import type { FaultRates } from './faults.ts'
import { type Network, openGateway } from './gateway.ts'
import { type Identity, identityOf, type SimModel } from './identity.ts'
import type { Owner } from './owner.ts'
import { keepProposing, pairDevice } from './pair.ts'
import { openPebbleTracker } from './pebble/pebble.ts'
import type { Scheduler } from './time.ts'
import { openTracker } from './tracker/tracker.ts'

export type Group = {
  readonly model: SimModel
  readonly devices: number
  /** Pebbles are secp256k1, whatever is asked. */
  readonly curve: Curve
  /** Packets a second of each device. */
  readonly rate: number
  /** What Pebbles publish at; trackers always at 1. The firmware's own is 0, where nothing is acknowledged. */
  readonly qos?: 0 | 1
}

export type FleetOptions = {
  readonly url: string
  readonly mqttUrl: string
  readonly seed: string
  readonly groups: readonly Group[]
  readonly faults: FaultRates
  readonly owner: Owner
  /** Each device keeps its sequence in a folder of its own here. */
  readonly stateDir: string
  readonly scheduler: Scheduler
  readonly onAcknowledged?: (acknowledgement: Acknowledgement) => void
  /** One line for a person: a device that cannot be paired, flash that failed. */
  readonly onTrouble?: (line: string) => void
}

export type Fleet = {
  readonly counts: Counts
  readonly identities: readonly Identity[]
  /** Resolves when every device is closed; safe to call twice. */
  stop(): Promise<void>
}

/** Owners that pair at the same time: enough to pair 200 devices in a minute, too few to crowd the gateway. */
const PAIRING_AT_ONCE = 8

/**
 * Starts a fleet: reads the network from the gateway (rejects if it does not answer), then pairs what is not paired and starts each device
 * as soon as it is. Resolves at once; pairing goes on.
 */
export const startFleet = async (options: FleetOptions): Promise<Fleet> => {
  const network = await openGateway(options.url).network()
  const counts = emptyCounts()
  const ending = new AbortController()
  const devices: Device[] = []
  const members = options.groups.flatMap((group) => membersOf(options.seed, group))
  const owning: Promise<void>[] = []
  const bring = async (member: Member): Promise<void> => {
    const ports = pairPorts(options, network, ending.signal)
    const trouble = await pairDevice(ports, member.identity)
    if (trouble) return options.onTrouble?.(trouble)
    if (ending.signal.aborted) return
    const device = await openDevice(portsOf(options, network, counts, member), member)
    devices.push(device)
    device.start()
    if (member.group.model === 'pebble')
      owning.push(
        keepProposing(ports, member.identity)
          .then((line) => line && options.onTrouble?.(line))
          .then(() => {}),
      )
  }
  const queue = [...members]
  const pairing = Array.from({ length: PAIRING_AT_ONCE }, async () => {
    for (let member = queue.shift(); member; member = queue.shift()) await bring(member)
  })
  const paired = Promise.all(pairing).catch((error) => options.onTrouble?.(String(error)))
  return {
    counts,
    identities: members.map(({ identity }) => identity),
    stop: async () => {
      ending.abort()
      queue.length = 0
      await paired
      await Promise.all(owning)
      await Promise.all(devices.map((device) => device.stop()))
    },
  }
}

type Member = { readonly group: Group; readonly identity: Identity; readonly phase: Millis }

const membersOf = (seed: string, group: Group): readonly Member[] =>
  Array.from({ length: group.devices }, (_, index) => ({
    group,
    identity: identityOf(seed, group.model, index, group.model === 'pebble' ? 'secp256k1' : group.curve),
    phase: ((1_000 / group.rate) * (index + 1)) / group.devices,
  }))

const pairPorts = ({ url, owner, scheduler }: FleetOptions, network: Network, signal: AbortSignal) => ({
  gateway: openGateway(url),
  network,
  owner,
  scheduler,
  signal,
})

const portsOf = (
  options: FleetOptions,
  network: Network,
  counts: Counts,
  { group, identity, phase }: Member,
): DevicePorts => ({
  scheduler: options.scheduler,
  seed: options.seed,
  identity,
  network,
  mqttUrl: options.mqttUrl,
  period: 1_000 / group.rate,
  phase,
  rates: options.faults,
  stateDir: `${options.stateDir}/${identity.address}`,
  counts,
  onAcknowledged: options.onAcknowledged,
  onFailure: (error) => options.onTrouble?.(`${identity.address}: ${error instanceof Error ? error.message : error}`),
})

const openDevice = (ports: DevicePorts, { group }: Member): Promise<Device> =>
  group.model === 'pebble' ? openPebbleTracker({ ...ports, qos: group.qos ?? 0 }) : openTracker(ports)
