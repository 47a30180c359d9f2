import { type Frame, type FrameLimit, FrameReader } from './frames.ts'

export type IntakePorts = {
  readonly limit: FrameLimit
  /**
   * Whether the frame must wait. If it must, `go` is to be called when that may be over: each time, the frame is asked for anew. What a frame
   * costs its sender is counted when this answers false.
   */
  readonly mustWait: (frame: Frame) => boolean
  /** Lets the frame through; a text says why the stream must end instead. */
  readonly pass: (frame: Frame) => string | undefined
  readonly end: (why: string) => void
  /** All that was fed has passed. */
  readonly empty: () => void
}

/**
 * What a socket has sent and the broker has not got yet: at most one chunk, cut into frames only as they may pass. The socket is paused while
 * something is here, so a sender that is too quick fills its own buffers, not ours.
 */
export class Intake {
  readonly #ports: IntakePorts
  readonly #reader = new FrameReader()
  #frames: Iterator<Frame | string> | undefined
  /** Cut, and waiting. */
  #next: Frame | undefined
  #isGoing = false
  #isOver = false

  constructor(ports: IntakePorts) {
    this.#ports = ports
  }

  /** Bytes set aside for a frame that is not whole yet. */
  get held(): number {
    return this.#reader.held
  }

  get isEmpty(): boolean {
    return this.#frames === undefined
  }

  /** Only when empty. */
  feed(chunk: Buffer): void {
    this.#frames = this.#reader.read(chunk, this.#ports.limit)
    this.go()
  }

  /** Lets through what may pass now. */
  go(): void {
    // What a frame sets off may call back into here.
    if (this.#isGoing || this.isEmpty) return
    this.#isGoing = true
    while (!this.#isOver && this.#step());
    this.#isGoing = false
  }

  /** Lets nothing more through. */
  stop(): void {
    this.#isOver = true
    this.#frames = undefined
    this.#next = undefined
  }

  /** Whether another step may follow. */
  #step(): boolean {
    const next = this.#next ?? this.#frames?.next().value
    if (next === undefined) {
      this.#frames = undefined
      this.#ports.empty()
      return false
    }
    if (typeof next !== 'string') {
      this.#next = next
      if (this.#ports.mustWait(next)) return false
      this.#next = undefined
    }
    const why = typeof next === 'string' ? next : this.#ports.pass(next)
    if (why !== undefined) this.#ports.end(why)
    return why === undefined
  }
}
