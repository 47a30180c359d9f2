import type { Millis } from '../../devices/units.ts'

/** So many in a span and no more, refilled evenly: what one stranger's flood may cost everyone. */
export class Allowance {
  readonly #most: number
  readonly #span: Millis
  #left: number
  #at: Millis = 0

  constructor(most: number, span: Millis) {
    this.#most = most
    this.#span = span
    this.#left = most
  }

  take(now: Millis): boolean {
    // A clock set back refills nothing, and takes nothing away.
    const refill = (Math.max(0, now - this.#at) * this.#most) / this.#span
    this.#left = Math.min(this.#most, this.#left + refill)
    this.#at = now
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}
