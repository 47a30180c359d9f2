import { MAX_IN_FLIGHT, MAX_PACKETS_PER_SECOND } from '../../devices/limits.ts'
import { type Millis, seconds } from '../../devices/units.ts'
import type { Shot } from '../faults.ts'
import { openSession, type Session, type SessionOptions } from '../mqtt.ts'
import type { Random } from '../random.ts'
import { pause, type Scheduler } from '../time.ts'
import { Backlog } from './backlog.ts'

export type UplinkPorts = {
  readonly scheduler: Scheduler
  /** Spreads reconnects, so that a fleet does not return all at once. */
  readonly random: Random
  readonly topic: string
  /** Asked before each connect, so the password is always a fresh token. */
  readonly credentials: () => Pick<SessionOptions, 'url' | 'clientId' | 'username' | 'password'>
  readonly on: {
    connected(): void
    disconnected(): void
    published(shot: Shot): void
    /** PUBACK. */
    acknowledged(shot: Shot): void
    dropped(shot: Shot): void
  }
}

/** The gateway takes 20 packets a second from one device, backlog or not. */
const SPACING: Millis = 1_000 / MAX_PACKETS_PER_SECOND
/** Without a PUBACK after this the connection is taken for dead, and everything unacknowledged is sent again on the next. */
const ACKNOWLEDGED_WITHIN: Millis = seconds(30)
/** At the end, the acknowledgements under way get this long. */
const LAST_ACKNOWLEDGEMENTS: Millis = seconds(2)
/** A packet lost on the air is missed after this. */
const RESEND_AFTER: Millis = seconds(2)
const FIRST_WAIT: Millis = seconds(1)
const LONGEST_WAIT: Millis = seconds(30)
/** Over an hour at five packets a second. */
const BACKLOG = 20_000
const KEEP_ALIVE_SECONDS = 60

/** Store and forward: keeps every packet until its PUBACK, over as many connections as that takes. QoS 1. */
export class Uplink {
  readonly #ports: UplinkPorts
  readonly #backlog = new Backlog(BACKLOG)
  readonly #ending = new AbortController()
  #wake: () => void = () => {}
  #offlineUntil: Millis = 0
  #session: Session | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(ports: UplinkPorts) {
    this.#ports = ports
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Ends the connection; what waits is dropped, unacknowledged as it is. */
  async stop(): Promise<void> {
    this.#ending.abort()
    this.#wake()
    await this.#running
  }

  send(shot: Shot): void {
    const dropped = this.#backlog.add(shot)
    if (dropped) this.#ports.on.dropped(dropped)
    this.#wake()
  }

  /** The network is gone, at once and for so long; false if it was gone already. */
  goOffline(length: Millis): boolean {
    const now = this.#ports.scheduler.now()
    if (now < this.#offlineUntil) return false
    this.#offlineUntil = now + length
    this.#wake()
    this.#session?.end(true).catch(() => {})
    return true
  }

  async #run(): Promise<void> {
    let failures = 0
    while (!this.#ending.signal.aborted) {
      await this.#rest(this.#offlineUntil - this.#ports.scheduler.now())
      if (this.#isOff()) continue
      const session = await this.#connect()
      failures = session ? 0 : failures + 1
      if (session) await this.#drain(session)
      // A seeded half to whole of an exponential wait.
      const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.max(0, failures - 1))
      await this.#rest(wait * (0.5 + this.#ports.random.next() / 2))
    }
  }

  #isOff(): boolean {
    return this.#ending.signal.aborted || this.#ports.scheduler.now() < this.#offlineUntil
  }

  #rest(length: Millis): Promise<void> {
    return length > 0 ? pause(this.#ports.scheduler, length, this.#ending.signal) : Promise.resolve()
  }

  async #connect(): Promise<Session | undefined> {
    const { credentials, on } = this.#ports
    try {
      const session = await openSession({ ...credentials(), keepAliveSeconds: KEEP_ALIVE_SECONDS })
      on.connected()
      return session
    } catch {
      on.disconnected()
      return undefined
    }
  }

  async #drain(session: Session): Promise<void> {
    this.#session = session
    let isOpen = true
    const ended = session.closed.then(() => {
      isOpen = false
      this.#wake()
    })
    while (isOpen && !this.#isOff()) {
      const shot = this.#backlog.onAir < MAX_IN_FLIGHT ? this.#backlog.take() : undefined
      if (!shot) await this.#somethingNew()
      else {
        this.#shoot(session, shot)
        await this.#rest(SPACING)
      }
    }
    await this.#close(session)
    await ended
    this.#session = undefined
    this.#ports.on.disconnected()
  }

  /** Stopped, it lets what is on the air be acknowledged; offline, the connection just breaks. */
  async #close(session: Session): Promise<void> {
    if (this.#ending.signal.aborted) {
      const tooLong = this.#ports.scheduler.after(LAST_ACKNOWLEDGEMENTS, () => void session.end(true).catch(() => {}))
      await session.end()
      tooLong()
    } else await session.end(true)
  }

  #somethingNew(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #shoot(session: Session, shot: Shot): void {
    const { scheduler, topic, on } = this.#ports
    if (shot.fault === 'loss' && shot.packet) {
      on.published(shot)
      scheduler.after(RESEND_AFTER, () => this.#miss(shot))
      return
    }
    const isDead = scheduler.after(ACKNOWLEDGED_WITHIN, () => void session.end(true).catch(() => {}))
    on.published(shot)
    session
      .publish(topic, shot.raw, 1)
      .then(
        () => {
          this.#backlog.delivered(shot)
          on.acknowledged(shot)
        },
        () => this.#backlog.lost(shot),
      )
      .finally(() => {
        isDead()
        this.#wake()
      })
  }

  #miss(shot: Shot): void {
    this.#backlog.lost(shot)
    this.#wake()
  }
}
