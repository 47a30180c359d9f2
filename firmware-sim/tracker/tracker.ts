import { bytesToHex } from '@noble/hashes/utils.js'
import { openNative, sealNative } from '../../devices/cose.ts'
import { encodeSenml } from '../../devices/senml.ts'
import type { PrivateKey } from '../../devices/signature.ts'
import { sealToken } from '../../devices/token.ts'
import { deviceTopics } from '../../devices/topics.ts'
import { type Millis, minutes } from '../../devices/units.ts'
import type { Device, DevicePorts } from '../device.ts'
import { clockDrift, Disturber, type Packet } from '../faults.ts'
import { type Counter, openCounter } from '../flash.ts'
import { randomOf, seedBytes } from '../random.ts'
import { pause } from '../time.ts'
import { type Sample, sense, type World, worldOf } from '../world/world.ts'
import { readingOf } from './message.ts'
import { Uplink } from './uplink.ts'

const hours = (count: number): Millis => minutes(60 * count)

/** fsync once per so many packets. */
const SEQUENCES_AHEAD = 256n
/** A clock that is hours wrong, either way, must still make a token that holds. */
const TOKEN_LIFE: Millis = hours(12)

/** A native tracker: measures at its rate, signs, stores, and forwards until acknowledged. */
export const openTracker = async (ports: DevicePorts): Promise<Device> => {
  // Without flash it starts from its clock, in milliseconds: above every number it can have used before, at 1,000 a second.
  const first = BigInt(Math.floor(ports.scheduler.now()))
  return new Tracker(ports, await openCounter(`${ports.stateDir}/sequence`, { first, ahead: SEQUENCES_AHEAD }))
}

class Tracker implements Device {
  readonly #ports: DevicePorts
  readonly #sequence: Counter
  readonly #world: World
  readonly #uplink: Uplink
  readonly #disturber: Disturber
  readonly #drift: Millis
  readonly #ending = new AbortController()
  #running: Promise<void> = Promise.resolve()

  constructor(ports: DevicePorts, sequence: Counter) {
    const { seed, identity, rates } = ports
    this.#ports = ports
    this.#sequence = sequence
    this.#world = worldOf(seed, identity.address)
    this.#drift = clockDrift(randomOf('clock', seed, identity.address), rates)
    this.#disturber = new Disturber(randomOf('faults', seed, identity.address), rates)
    this.#uplink = new Uplink(uplinkPorts(ports, () => this.#clock()))
  }

  start(): void {
    this.#ports.counts.paired++
    if (this.#drift !== 0) this.#ports.counts.faults['clock-drift']++
    this.#uplink.start()
    this.#running = this.#measure().catch(this.#ports.onFailure)
  }

  async stop(): Promise<void> {
    this.#ending.abort()
    await this.#running
    await this.#uplink.stop()
  }

  #clock(): Millis {
    return this.#ports.scheduler.now() + this.#drift
  }

  async #measure(): Promise<void> {
    const { scheduler, period, phase } = this.#ports
    for (
      let next = scheduler.now() + phase;
      !this.#ending.signal.aborted;
      next = Math.max(next, scheduler.now()) + period
    ) {
      await this.#makePacket()
      await pause(scheduler, Math.max(0, next - scheduler.now()), this.#ending.signal)
    }
  }

  async #makePacket(): Promise<void> {
    const { seed, identity, network, counts } = this.#ports
    const sample = sense(this.#world, this.#clock())
    const packet = sealSample({ seed, key: identity.key, network: network.id }, await this.#sequence.next(), sample)
    counts.waiting++
    for (const shot of this.#disturber.disturb(packet)) this.#uplink.send(shot)
    const outage = this.#disturber.outage()
    if (outage > 0 && this.#uplink.goOffline(outage)) counts.faults.offline++
  }
}

/** The salt comes from the seed too, so that the same seed gives the same bytes; a real device draws it. */
export const sealSample = (
  { seed, key, network }: { readonly seed: string; readonly key: PrivateKey; readonly network: Uint8Array },
  sequence: bigint,
  sample: Sample,
): Packet => {
  const salt = seedBytes('salt', seed, bytesToHex(key.secret), sequence).subarray(0, 16)
  const raw = sealNative({ key, network, sequence, salt, payload: encodeSenml([readingOf(sample)]) })
  const opened = openNative(raw, network)
  if (!opened.ok) throw new Error(`own packet does not open: ${JSON.stringify(opened.refusal)}`)
  return { sequence, digest: opened.value.digest, raw }
}

const uplinkPorts = (ports: DevicePorts, now: () => Millis): ConstructorParameters<typeof Uplink>[0] => {
  const { scheduler, seed, identity, network, mqttUrl, counts, onAcknowledged } = ports
  return {
    scheduler,
    random: randomOf('reconnect', seed, identity.address),
    topic: deviceTopics(identity.address).telemetry,
    credentials: () => ({
      url: mqttUrl,
      clientId: identity.address,
      username: 'device',
      password: sealToken({ key: identity.key, network: network.id, now: now(), life: TOKEN_LIFE }),
    }),
    on: {
      connected: () => void counts.connects++,
      disconnected: () => void counts.disconnects++,
      published: ({ fault }) => {
        counts.published++
        if (fault) counts.faults[fault]++
      },
      acknowledged: ({ packet }) => {
        if (!packet) return
        counts.acknowledged++
        counts.waiting--
        onAcknowledged?.({ device: identity.address, sequence: packet.sequence, digest: packet.digest })
      },
      dropped: ({ packet }) => {
        counts.dropped++
        if (packet) counts.waiting--
      },
    },
  }
}
