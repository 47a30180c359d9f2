import { bytesToHex } from '@noble/hashes/utils.js'
import { openPebble, type PebbleKind, sealConfirm, sealPebble } from '../../devices/pebble/packet.ts'
import { encodeConfig } from '../../devices/pebble/sensor.ts'
import { type PebbleTopics, pebbleTopics } from '../../devices/pebble/topics.ts'
import { type Millis, seconds } from '../../devices/units.ts'
import type { Device, DevicePorts } from '../device.ts'
import { clockDrift, Disturber, type Packet, type Shot } from '../faults.ts'
import { type Counter, openCounter } from '../flash.ts'
import { openSession, type Session, type SessionOptions } from '../mqtt.ts'
import { randomOf } from '../random.ts'
import { pause } from '../time.ts'
import { sense, type World, worldOf } from '../world/world.ts'
import { BootLine } from './line.ts'
import { sensorMessage } from './message.ts'

export type PebblePorts = DevicePorts & {
  /** The firmware publishes at 0; 1 lets a test see what was acknowledged. */
  readonly qos: 0 | 1
}

const QUERY_EVERY: Millis = seconds(5)
/** How long its owner looks at the screen before pressing Enter. */
const PRESS_AFTER: Millis = seconds(2)
const KEEP_ALIVE_SECONDS = 20
/** GPS, SNR, VBAT, GAS, TEMP, PRESSURE, HUMIDITY, TEMP2, GYRO, ACCEL, LIGHT and the reserved bits between: the default. */
const DATA_CHANNEL = 8_183
const FIRMWARE = 'Riverrock 1.0.14'
/** A restart may put its clock this many seconds ahead; flash is worn once in so many packets. */
const TIMESTAMPS_AHEAD = 8n
/** Then it sleeps again, whatever was acknowledged. */
const AWAKE_FOR: Millis = seconds(10)
/** Sent before the new DATA at each wake. */
const OWED_PER_WAKE = 10

/** A stock Pebble Tracker: asks until it is paired, then wakes, sends and sleeps. */
export const openPebbleTracker = async (ports: PebblePorts): Promise<Device> =>
  new Pebble(ports, await openCounter(`${ports.stateDir}/timestamp`, { first: 1n, ahead: TIMESTAMPS_AHEAD }))

class Pebble implements Device {
  readonly #ports: PebblePorts
  readonly #timestamps: Counter
  readonly #topics: PebbleTopics
  readonly #world: World
  readonly #disturber: Disturber
  readonly #drift: Millis
  readonly #ending = new AbortController()
  #offlineUntil: Millis = 0
  #running: Promise<void> = Promise.resolve()
  /** QoS 1 only: made and not acknowledged. The next wakes send them again. */
  readonly #owed: Packet[] = []

  constructor(ports: PebblePorts, timestamps: Counter) {
    const { seed, identity, rates } = ports
    this.#ports = ports
    this.#timestamps = timestamps
    this.#topics = pebbleTopics(identity.imei ?? '')
    this.#world = worldOf(seed, identity.address)
    // Ahead alone: it pairs by the mobile network's time, and its timestamps never fall.
    this.#drift = Math.abs(clockDrift(randomOf('clock', seed, identity.address), rates))
    this.#disturber = new Disturber(randomOf('faults', seed, identity.address), rates)
  }

  start(): void {
    if (this.#drift !== 0) this.#ports.counts.faults['clock-drift']++
    this.#running = this.#live().catch(this.#ports.onFailure)
  }

  async stop(): Promise<void> {
    this.#ending.abort()
    await this.#running
  }

  /** No DATA before status 2 was seen once since boot; then no query any more. */
  async #live(): Promise<void> {
    const { scheduler, period, phase } = this.#ports
    while (!this.#isEnding() && !(await this.#boot())) await this.#rest(QUERY_EVERY)
    for (let next = scheduler.now() + phase; !this.#isEnding(); next = Math.max(next, scheduler.now()) + period) {
      await this.#wake()
      await this.#rest(next - scheduler.now())
    }
  }

  #isEnding(): boolean {
    return this.#ending.signal.aborted
  }

  #rest(length: Millis): Promise<void> {
    return pause(this.#ports.scheduler, Math.max(0, length), this.#ending.signal)
  }

  async #connect(onMessage?: SessionOptions['onMessage']): Promise<Session | undefined> {
    const { mqttUrl, identity, counts } = this.#ports
    const heard = onMessage ? { onMessage } : {}
    const options = { url: mqttUrl, clientId: identity.imei ?? '', keepAliveSeconds: KEEP_ALIVE_SECONDS, ...heard }
    try {
      const session = await openSession(options)
      counts.connects++
      return session
    } catch {
      counts.disconnects++
      return undefined
    }
  }

  // ------------------------------------------------------------------------------------------------------------------- boot

  /** One connection of the boot loop; true once it is paired and its CONFIG sent. */
  async #boot(): Promise<boolean> {
    const { status, firmware, config } = this.#topics
    const line = new BootLine(status)
    const session = await this.#connect((topic, payload, packet) => line.hear(topic, payload, packet))
    if (!session) return false
    line.follow(session)
    try {
      await session.subscribe([status, firmware, config], 1)
      return await this.#converse(line, session)
    } catch (error) {
      // The connection broke under a publish: the next round boots anew. Anything else is the flash's.
      if (!line.isOver) throw error
      return false
    } finally {
      await session.end(line.isOver)
    }
  }

  async #converse(line: BootLine, session: Session): Promise<boolean> {
    while (!line.isOver && !this.#isEnding()) {
      switch (line.boot.stage) {
        case 'paired':
          await this.#sendConfig(session)
          return true
        case 'pressing':
          await this.#rest(PRESS_AFTER)
          await this.#pressEnter(line, session)
          break
        default:
          await session.publish(this.#topics.query, new Uint8Array(), 0)
          await line.change(this.#ports.scheduler, QUERY_EVERY, this.#ending.signal)
      }
    }
    return false
  }

  async #sendConfig(session: Session): Promise<void> {
    this.#ports.counts.paired++
    const packet = await this.#seal('config', configMessage(this.#ports.period))
    if (this.#ports.qos === 1) this.#owe([packet])
    await this.#shoot(session, { raw: packet.raw, packet })
  }

  async #pressEnter(line: BootLine, session: Session): Promise<void> {
    // The screen may have changed while its owner looked at it.
    if (line.boot.stage !== 'pressing' || this.#isEnding()) return
    const { proposer } = line.boot
    const timestamp = await this.#nextTimestamp(this.#ports.scheduler.now())
    const confirm = { key: this.#ports.identity.key, owner: proposer, timestamp, channel: DATA_CHANNEL }
    line.boot = { stage: 'confirming', proposer }
    await session.publish(this.#topics.confirm, sealConfirm(confirm), 0)
  }

  // ------------------------------------------------------------------------------------------------------------------- wake

  /** CONNECT, DATA, DISCONNECT. Where no CONNACK comes in time, this cycle's DATA is lost, as on the real one. */
  async #wake(): Promise<void> {
    const { scheduler } = this.#ports
    const owed = this.#owed.slice(0, OWED_PER_WAKE).map((packet) => ({ raw: packet.raw, packet }))
    const shots = await this.#measure()
    if (scheduler.now() < this.#offlineUntil) return
    const session = await this.#connect()
    if (!session) return
    const isLate = scheduler.after(AWAKE_FOR, () => void session.end(true).catch(() => {}))
    // In order and one at a time: the firmware has one buffer.
    for (const shot of [...owed, ...shots]) await this.#shoot(session, shot)
    await session.end()
    isLate()
  }

  async #measure(): Promise<readonly Shot[]> {
    const { scheduler, seed, identity, counts, qos } = this.#ports
    const sample = sense(this.#world, this.#clock())
    const random = bytesToHex(randomOf('salt', seed, identity.address, sample.at).bytes(8))
    const shots = this.#disturber.disturb(await this.#seal('data', sensorMessage(sample, random)))
    const outage = this.#disturber.outage()
    if (outage > 0 && scheduler.now() >= this.#offlineUntil) {
      counts.faults.offline++
      this.#offlineUntil = scheduler.now() + outage
    }
    if (qos === 1) this.#owe(shots.flatMap(({ packet }) => packet ?? []))
    return shots
  }

  #owe(packets: readonly Packet[]): void {
    this.#owed.push(...packets)
    this.#ports.counts.waiting += packets.length
  }

  async #shoot(session: Session, { raw, packet, fault }: Shot): Promise<void> {
    const { counts, qos } = this.#ports
    if (fault) counts.faults[fault]++
    counts.published++
    // At QoS 0 nobody notices.
    if (fault === 'loss' && packet) return
    const isSent = await session.publish(this.#topics.data, raw, qos).then(
      () => true,
      () => false,
    )
    if (isSent && qos === 1 && packet) this.#acknowledged(packet)
  }

  #acknowledged(packet: Packet): void {
    const { counts, identity, onAcknowledged } = this.#ports
    const place = this.#owed.indexOf(packet)
    if (place < 0) return
    this.#owed.splice(place, 1)
    counts.waiting--
    counts.acknowledged++
    onAcknowledged?.({ device: identity.address, sequence: packet.sequence, digest: packet.digest })
  }

  // ------------------------------------------------------------------------------------------------------------------- seal

  #clock(): Millis {
    return this.#ports.scheduler.now() + this.#drift
  }

  /** Strictly rising, shared by data and confirm. */
  async #nextTimestamp(at: Millis = this.#clock()): Promise<number> {
    return Number(await this.#timestamps.next(BigInt(Math.floor(at / 1_000))))
  }

  async #seal(kind: PebbleKind, message: Uint8Array): Promise<Packet> {
    const { key, address } = this.#ports.identity
    const raw = sealPebble({ key, kind, message, timestamp: await this.#nextTimestamp() })
    const opened = openPebble(raw, address)
    if (!opened.ok) throw new Error(`own packet does not open: ${JSON.stringify(opened.refusal)}`)
    return { sequence: opened.value.sequence, digest: opened.value.digest, raw }
  }
}

const configMessage = (period: Millis): Uint8Array =>
  encodeConfig({ dataChannel: DATA_CHANNEL, uploadPeriod: Math.max(1, Math.round(period / 1_000)), firmware: FIRMWARE })
