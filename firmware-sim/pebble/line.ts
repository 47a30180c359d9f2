import type { Millis } from '../../devices/units.ts'
import type { Session } from '../mqtt.ts'
import { pause, type Scheduler } from '../time.ts'
import { type Boot, hear, isHeard, MAX_PAYLOAD_BYTES, readStatus } from './boot.ts'

/** One connection of the boot loop: what was heard on it, and whether it still stands. */
export class BootLine {
  boot: Boot = { stage: 'asking' }
  isOver = false
  readonly #statusTopic: string
  #bell = new AbortController()

  constructor(statusTopic: string) {
    this.#statusTopic = statusTopic
  }

  hear(
    topic: string,
    payload: Uint8Array,
    packet: { readonly qos: number; readonly messageId?: number | undefined },
  ): void {
    if (payload.length > MAX_PAYLOAD_BYTES) {
      this.end()
      return
    }
    const isForUs =
      topic === this.#statusTopic && isHeard({ topic, payload, qos: packet.qos, packetId: packet.messageId })
    const status = isForUs ? readStatus(payload) : undefined
    if (!status) return
    this.boot = hear(this.boot, status)
    this.#bell.abort()
  }

  end(): void {
    this.isOver = true
    this.#bell.abort()
  }

  follow(session: Session): void {
    void session.closed.then(() => this.end())
  }

  /** Resolves when something was heard, when the line ended or `signal` aborted, or after `longest`. */
  async change(scheduler: Scheduler, longest: Millis, signal: AbortSignal): Promise<void> {
    if (this.isOver) return
    this.#bell = new AbortController()
    await pause(scheduler, longest, AbortSignal.any([this.#bell.signal, signal]))
  }
}
