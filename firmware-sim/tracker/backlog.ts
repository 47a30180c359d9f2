import type { Shot } from '../faults.ts'

/**
 * What waits to be sent, oldest first, and what is on the air. Bounded: when it is full, the oldest waiting packet gives way, as it does in
 * a device's flash ring. It is in memory, so what waits dies with the process; nothing of it was ever acknowledged.
 */
export class Backlog {
  readonly #most: number
  #waiting: Shot[] = []
  readonly #onAir = new Set<Shot>()

  constructor(most: number) {
    this.#most = most
  }

  get waiting(): number {
    return this.#waiting.length
  }

  get onAir(): number {
    return this.#onAir.size
  }

  /** Answers what a full backlog had to let go. */
  add(shot: Shot): Shot | undefined {
    this.#waiting.push(shot)
    return this.#waiting.length > this.#most ? this.#waiting.shift() : undefined
  }

  /** The next to send; it is on the air until it is delivered or lost. */
  take(): Shot | undefined {
    const shot = this.#waiting.shift()
    if (shot) this.#onAir.add(shot)
    return shot
  }

  delivered(shot: Shot): void {
    this.#onAir.delete(shot)
  }

  /** Back to the front: it was sent, nobody acknowledged it. Copies are not sent again. */
  lost(shot: Shot): void {
    if (!this.#onAir.delete(shot) || !shot.packet) return
    this.#waiting.unshift({ raw: shot.raw, packet: shot.packet })
  }
}
