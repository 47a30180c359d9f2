import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { MAX_FRAME_BYTES } from '../../devices/limits.ts'
import { type Millis, seconds } from '../../devices/units.ts'
import { networksOf } from '../limits/address.ts'
import type { Memory } from './admission.ts'
import { CONNECT, type Connect, isOfSession, isSubscribing, readConnect, whyBad } from './control-packets.ts'
import { type Frame, FrameReader } from './frames.ts'
import type { NoSession, Session } from './session.ts'

/** Why a gate closed on its own. `STOPPING` came before it was known who it is. */
export type Closed = 'NO_CONNECT' | 'BAD_FRAME' | 'NOT_AUTHENTICATED' | 'NO_ROOM' | 'STOPPING'

export type GatePorts = {
  /** Tells this connection from all others of this broker. */
  readonly number: number
  /** Whether one more CONNECT of this address is looked at. */
  readonly mayConnect: () => boolean
  /** Whether one more SUBSCRIBE or UNSUBSCRIBE of this session is looked at. */
  readonly maySubscribe: () => boolean
  /** Decides at once, from memory. */
  readonly authenticate: (connect: Connect) => Session | NoSession
  /** Hands the gate to the broker. Its first bytes will be the CONNECT. */
  readonly letIn: (gate: Gate) => void
  /** The socket is being closed on our side. */
  readonly refused: (kind: Closed, why: string) => void
  /** From the socket's opening until the broker has sent CONNACK. */
  readonly connectWithin: Millis
  /** Unfinished frames of all gates together. */
  readonly memory: Memory
}

/** Room for the longest token, 4 KB, and all else that a CONNECT may hold of us. */
const MAX_CONNECT_BYTES = 8 * 1_024
/** What the peer has not read by then is its loss. */
const LINGER = seconds(5)

/**
 * Stands between a socket and the broker. The broker never sees a byte of a connection that is not authenticated, nor a frame that breaks
 * a rule or a limit; what follows a CONNECT waits here until the broker is ready for it.
 */
export class Gate extends Duplex {
  /** Where it comes from, by `networksOf`. */
  readonly networks: readonly string[]
  /** Who it is, from the CONNECT on. */
  session: Session | undefined
  /** Distinct filters asked for so far. */
  readonly filters = new Set<string>()
  readonly #socket: Socket
  readonly #ports: GatePorts
  readonly #reader = new FrameReader()
  #state: 'waiting' | 'held' | 'open' | 'deaf' = 'waiting'
  #held: Buffer[] = []
  #hasEnded = false
  #unfinished = 0
  #connectTimer: NodeJS.Timeout | undefined

  constructor(socket: Socket, ports: GatePorts) {
    super({ readableHighWaterMark: MAX_FRAME_BYTES })
    this.networks = networksOf(socket.remoteAddress ?? '')
    this.#socket = socket
    this.#ports = ports
  }

  /**
   * What this session's doings are held against: its device where it proved that it is the device, else no more than this connection.
   * It is the broker's name for the session too, so nobody ends a session by a name that they did not prove.
   */
  get account(): string {
    const { session } = this
    if (!session) return `connection ${this.#ports.number}`
    return session.kind === 'native' ? session.id : `${session.id} by connection ${this.#ports.number}`
  }

  start(): void {
    this.#connectTimer = setTimeout(() => this.#refuse('NO_CONNECT', 'no CONNECT in time'), this.#ports.connectWithin)
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk))
    this.#socket.on('end', () => this.#end())
    // An error is always followed by close.
    this.#socket.on('error', () => undefined)
    this.#socket.on('close', () => this.#end())
  }

  /** The broker has sent CONNACK: what was held goes on. */
  open(): void {
    if (this.#state !== 'held') return
    clearTimeout(this.#connectTimer)
    this.#state = 'open'
    const held = this.#held
    this.#held = []
    for (const bytes of held) this.push(bytes)
    if (this.#hasEnded) this.push(null)
    else this.#socket.resume()
  }

  /** Takes nothing more from the socket; what was taken is still answered. False = it had stopped before. */
  stopReading(): boolean {
    if (this.#state === 'deaf') return false
    if (this.#state === 'waiting') this.#refuse('STOPPING', 'stopping')
    this.#state = 'deaf'
    this.#held = []
    this.#socket.pause()
    return true
  }

  /** Its place goes to another. At once, without a last word: a socket that lingers still holds what there is too little of. */
  expel(): void {
    this.#refuse('NO_ROOM', 'its place went to another')
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    for (const frame of this.#reader.read(chunk, this.#limit)) {
      // Whoever was just turned away is not listened to further.
      if (this.destroyed || this.#state === 'deaf') return
      const why = typeof frame === 'string' ? frame : this.#pass(frame)
      if (why) this.#refuse('BAD_FRAME', why)
    }
    if (!this.destroyed && !this.#hold(this.#reader.held)) this.#refuse('NO_ROOM', 'too much is unfinished')
  }

  #hold(bytes: number): boolean {
    const isWithin = this.#ports.memory.change(bytes - this.#unfinished)
    this.#unfinished = bytes
    return isWithin
  }

  readonly #limit = (type: number): number | undefined => {
    if (this.#state === 'waiting') return type === CONNECT ? MAX_CONNECT_BYTES : undefined
    // MQTT-3.1.0-2: CONNECT is not of a session, so a second one ends it.
    return isOfSession(type) ? MAX_FRAME_BYTES : undefined
  }

  #pass(frame: Frame): string | undefined {
    if (this.#state === 'waiting') return this.#enter(frame)
    const why = whyBad(frame)
    if (why) return why
    if (isSubscribing(frame.type) && !this.#ports.maySubscribe()) return 'too many subscriptions'
    if (this.#state === 'held') this.#held.push(frame.bytes)
    else if (!this.push(frame.bytes)) this.#socket.pause()
    return undefined
  }

  #enter(frame: Frame): string | undefined {
    const connect = readConnect(frame)
    if ('why' in connect) {
      this.#sayNo(connect.returnCode)
      return connect.why
    }
    if (!this.#ports.mayConnect()) {
      // Server unavailable: come again later.
      this.#sayNo(3)
      this.#refuse('NO_ROOM', 'too many CONNECTs of this address')
      return undefined
    }
    const session = this.#whoIs(connect)
    if ('why' in session) {
      this.#sayNo(session.returnCode)
      this.#refuse('NOT_AUTHENTICATED', session.why)
      return undefined
    }
    this.session = session
    this.#state = 'held'
    // At most the rest of this chunk is held; the rest stays in the kernel.
    this.#socket.pause()
    this.#ports.letIn(this)
    this.push(frame.bytes)
    return undefined
  }

  /** A failure of ours must not end the process with everyone else in it. Return code 3: server unavailable. */
  #whoIs(connect: Connect): Session | NoSession {
    try {
      return this.#ports.authenticate(connect)
    } catch {
      return { returnCode: 3, why: 'the gateway failed' }
    }
  }

  #sayNo(returnCode: number | undefined): void {
    if (returnCode) this.#socket.write(Uint8Array.of(0x20, 2, 0, returnCode))
  }

  #refuse(kind: Closed, why: string): void {
    if (this.destroyed) return
    this.#ports.refused(kind, why)
    this.destroy()
  }

  /** The peer sends no more. What it sent before is still read to its end: a Pebble says DATA and DISCONNECT and is gone. */
  #end(): void {
    if (this.#state === 'waiting') this.destroy()
    if (this.#hasEnded) return
    this.#hasEnded = true
    if (this.#state === 'open' || this.#state === 'deaf') this.push(null)
  }

  override _read(): void {
    if (this.#state === 'open') this.#socket.resume()
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this._writev([{ chunk }], done)
  }

  override _writev(chunks: readonly { chunk: Buffer }[], done: () => void): void {
    const socket = this.#socket
    socket.cork()
    // To a peer that is gone, writing is no error: what it published may still be under way.
    if (socket.writable) for (const { chunk } of chunks) socket.write(chunk)
    socket.uncork()
    if (socket.writable && socket.writableNeedDrain) whenDrained(socket, done)
    else done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#connectTimer)
    this.#held = []
    this.#hold(0)
    const socket = this.#socket
    if (!socket.destroyed) {
      const giveUp = setTimeout(() => socket.destroy(), LINGER)
      socket.once('close', () => clearTimeout(giveUp))
      // Reads on so that the peer's last bytes do not turn our last answer into a reset.
      socket.removeAllListeners('data').resume()
      socket.destroySoon()
    }
    done(error)
  }
}

const whenDrained = (socket: Socket, done: () => void): void => {
  const go = () => {
    socket.off('drain', go)
    socket.off('close', go)
    done()
  }
  socket.on('drain', go)
  socket.on('close', go)
}
