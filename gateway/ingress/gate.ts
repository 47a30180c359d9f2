import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { MAX_FRAME_BYTES, MAX_IN_FLIGHT } from '../../devices/limits.ts'
import { type Millis, seconds } from '../../devices/units.ts'
import { networksOf } from '../limits/address.ts'
import type { Pace } from '../limits/pace.ts'
import type { Place, Standing } from '../limits/sockets.ts'
import type { Unfinished } from './admission.ts'
import {
  CONNECT,
  type Connect,
  isOfSession,
  isSubscribing,
  PUBLISH,
  readConnect,
  SUBSCRIBE,
  whyBad,
} from './control-packets.ts'
import { markDuplicates } from './duplicates.ts'
import type { Frame } from './frames.ts'
import { Intake } from './intake.ts'
import type { NoSession, Session } from './session.ts'
import type { Turns } from './turns.ts'

/** Why a gate closed on its own. `STOPPING` came before it was known who it is. */
export type Closed =
  | 'NO_CONNECT'
  | 'BAD_FRAME'
  | 'NOT_AUTHENTICATED'
  | 'NO_ROOM'
  | 'TOO_FAST'
  | 'SILENT'
  | 'SPENT'
  | 'STOPPING'
  | 'FAILED'

export type GatePorts = {
  /** Tells this connection from all others of this broker. */
  readonly number: number
  readonly place: Place
  readonly turns: Turns
  /** Where CONNECTs wait that name no registered device: most of a session's cost is its beginning. */
  readonly strangers: Pace
  /** Whether the registry knows the device that a client id names. */
  readonly isKnown: (clientId: string) => boolean
  /** Whether a client id is the IMEI of a paired Pebble. That proves nothing, but who makes IMEIs up does not wait in its way. */
  readonly isExpected: (clientId: string) => boolean
  /** Whether one more CONNECT by that client id is looked at. */
  readonly mayConnect: (gate: Gate, clientId: string) => boolean
  /** That CONNECT has proved to be its registered device's. Whether the device may connect that often. */
  readonly hasConnected: (gate: Gate, clientId: string) => boolean
  /** Whether one more SUBSCRIBE or UNSUBSCRIBE of this session is looked at. */
  readonly maySubscribe: () => boolean
  /** Counts one frame of this session: whether it is within its rate, and if not, whose it is above. */
  readonly count: (gate: Gate) => 'within' | 'session' | 'address'
  /** Whether the session may be held back once more before it is too much. */
  readonly mayHold: () => boolean
  /** How long a socket above its rate is held back each time. */
  readonly hold: Millis
  /** What a PUBLISH of this session must wait for; undefined = nothing. */
  readonly room: (gate: Gate) => Promise<unknown> | undefined
  /** Whether the owner of the session's device has had enough stored today: no packet more is taken. */
  readonly isSpent: (gate: Gate) => boolean
  /** Decides at once, from memory. */
  readonly authenticate: (connect: Connect) => Session | NoSession
  readonly isRegistered: (gate: Gate) => boolean
  /** The session stands: all that a CONNECT may ask was granted. Hands the gate to the broker, whose first bytes will be the CONNECT. */
  readonly letIn: (gate: Gate) => void
  /** The socket is being closed on our side. */
  readonly refused: (kind: Closed, why: string) => void
  /** Something of ours threw: a bug. */
  readonly failed: (error: unknown) => void
  /** From the socket's opening until the broker has sent CONNACK. */
  readonly connectWithin: Millis
  /** Unfinished frames of all gates together. */
  readonly unfinished: Unfinished
}

/**
 * Frames of one socket in one turn of the event loop: what a device may have in flight. The broker reads on only when it has answered all that
 * it has read, so what is to be under way together has to come together.
 */
const FRAMES_IN_TURN = MAX_IN_FLIGHT
/** Room for the longest token, 4 KB, and all else that a CONNECT may hold of us. */
const MAX_CONNECT_BYTES = 8 * 1_024
/** What the peer has not read by then is its loss. */
const LINGER = seconds(5)

/**
 * Stands between a socket and the broker. The broker never sees a byte of a connection that is not authenticated, nor a frame that breaks
 * a rule or a limit. Frames go on to it one by one, as the session's rate, the turns of the event loop and the path's room allow; until then
 * they wait here, at most one chunk of them, and the socket is paused.
 */
export class Gate extends Duplex {
  /** Where it comes from, by `networksOf`. */
  readonly networks: readonly string[]
  /** Who it is, from the CONNECT on. */
  session: Session | undefined
  /** Whether the session has sent a packet that was accepted: nobody but its device can make a new one. */
  hasSigned = false
  /** Distinct filters asked for so far. */
  readonly filters = new Set<string>()
  /** PUBLISHes that the broker has and has not asked about yet. */
  handed = 0
  readonly #socket: Socket
  readonly #ports: GatePorts
  readonly #intake: Intake
  #state: 'waiting' | 'held' | 'open' | 'deaf' = 'waiting'
  #hasEnded = false
  /** The broker has as much as it can hold. */
  #isFull = false
  /** Something will call the intake again. */
  #isAwaiting = false
  /** Its CONNECT may be looked at. */
  #isMet = false
  #framesInTurn = 0
  #connectTimer: NodeJS.Timeout | undefined
  #holdTimer: NodeJS.Timeout | undefined
  #keepAliveTimer: NodeJS.Timeout | undefined
  #keepAlive: Millis = 0

  constructor(socket: Socket, ports: GatePorts) {
    super({ readableHighWaterMark: MAX_FRAME_BYTES })
    this.networks = networksOf(socket.remoteAddress ?? '')
    this.#socket = socket
    this.#ports = ports
    this.#intake = new Intake({
      limit: (type) => this.#limit(type),
      mustWait: (frame) => this.#mustWait(frame),
      pass: (frame) => this.#pass(frame),
      end: (why) => this.#refuse('BAD_FRAME', why),
      empty: () => this.#readOn(),
    })
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

  get standing(): Standing {
    if (!this.session) return 'waiting'
    return this.#ports.isRegistered(this) ? 'registered' : 'stranger'
  }

  /** Between whom turns and room are shared fairly: its device if that is registered, else where it comes from. */
  get party(): string {
    return this.session && this.#ports.isRegistered(this) ? this.session.id : (this.networks[0] ?? '')
  }

  start(): void {
    this.#connectTimer = setTimeout(() => this.#refuse('NO_CONNECT', 'no CONNECT in time'), this.#ports.connectWithin)
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk))
    this.#socket.on('end', () => this.#end())
    // An error is always followed by close.
    this.#socket.on('error', () => undefined)
    this.#socket.on('close', () => this.#end())
  }

  /** The broker has sent CONNACK: what waited goes on. */
  open(): void {
    if (this.#state !== 'held') return
    clearTimeout(this.#connectTimer)
    this.#state = 'open'
    // MQTT-3.1.2-24
    if (this.#keepAlive > 0) this.#keepAliveTimer = setTimeout(() => this.#miss(), 1.5 * this.#keepAlive)
    this.#try(() => (this.#intake.isEmpty ? this.#readOn() : this.#intake.go()))
  }

  /** Takes nothing more from the socket; what was taken is still answered. False = it had stopped before. */
  stopReading(): boolean {
    if (this.#state === 'deaf') return false
    if (this.#state === 'waiting') this.#refuse('STOPPING', 'stopping')
    this.#state = 'deaf'
    this.#intake.stop()
    this.#socket.pause()
    return true
  }

  /** Its place goes to another. At once, without a last word: a socket that lingers still holds what there is too little of. */
  expel(): void {
    this.#refuse('NO_ROOM', 'its place went to another')
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    // Reading goes on once all of the chunk has passed.
    this.#socket.pause()
    this.#keepAliveTimer?.refresh()
    this.#framesInTurn = 0
    this.#try(() => this.#intake.feed(chunk))
  }

  /** A failure of ours must not end the process with everyone else in it. */
  #try(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#ports.failed(error)
      if (this.#state === 'waiting') this.#putOff('the gateway failed')
      else this.#refuse('FAILED', 'the gateway failed')
    }
  }

  /** All that came has passed. */
  #readOn(): void {
    if (this.destroyed || this.#state === 'held' || this.#state === 'deaf') return
    this.#ports.unfinished.hold(this, this.#intake.held, this.standing === 'registered')
    if (this.destroyed) return
    if (this.#hasEnded) this.push(null)
    else this.#socket.resume()
  }

  /** Nothing came for too long. A socket that we hold back ourselves may have what we wait for. */
  #miss(): void {
    if (this.#socket.isPaused()) this.#keepAliveTimer?.refresh()
    else this.#refuse('SILENT', 'no word within one and a half times its keep-alive')
  }

  #limit(type: number): number | undefined {
    if (this.#state === 'waiting') return type === CONNECT ? MAX_CONNECT_BYTES : undefined
    // MQTT-3.1.0-2: CONNECT is not of a session, so a second one ends it.
    return isOfSession(type) ? MAX_FRAME_BYTES : undefined
  }

  #mustWait(frame: Frame): boolean {
    // `open` and `_read` go on themselves.
    if (this.#isAwaiting || this.#isFull || this.#state === 'held') return true
    if (this.#socket.writableNeedDrain)
      // A peer that reads no answers has no more questions answered.
      return this.#await((resume) => whenDrained(this.#socket, resume))
    if (frame.type === PUBLISH && this.#ports.isSpent(this)) return this.#holdBack('SPENT')
    const room = frame.type === PUBLISH ? this.#ports.room(this) : undefined
    if (room) return this.#await((resume) => void room.then(resume, resume))
    if (this.#state === 'waiting' && !this.#isMet) {
      const stranger = this.#strangerIn(frame)
      if (stranger !== undefined) return this.#await((resume) => this.#queueUp(stranger, resume))
    }
    const { standing } = this
    if (this.#framesInTurn >= FRAMES_IN_TURN || !this.#ports.turns.take(standing))
      return this.#await((resume) => this.#ports.turns.wait(standing, this.party, resume))
    this.#framesInTurn += 1
    return this.#state === 'open' && this.#isTooFast(standing)
  }

  /** Who a CONNECT says it is that would be looked into and names no registered device. */
  #strangerIn(frame: Frame): string | undefined {
    const connect = readConnect(frame)
    return 'why' in connect || this.#ports.isKnown(connect.clientId) ? undefined : connect.clientId
  }

  #queueUp(clientId: string, resume: () => void): void {
    const expected = this.#ports.isExpected(clientId) ? clientId : undefined
    this.#ports.strangers.wait(this.party, () => this.#meet(resume), expected)
  }

  /** Whether there was somebody to meet. */
  #meet(resume: () => void): boolean {
    if (this.destroyed) return false
    this.#isMet = true
    resume()
    return true
  }

  #isTooFast(standing: Standing): boolean {
    if (standing !== 'waiting') this.#ports.place.become(standing)
    const count = this.#ports.count(this)
    if (count === 'within') return false
    return this.#holdBack(count === 'session' ? 'TOO_FAST' : undefined)
  }

  /** Lets nothing through for a while. `kind`: what the session is closed for when it is held back too often. */
  #holdBack(kind: Closed | undefined): true {
    // Its peer is gone: what it left behind is not worth the wait.
    if (this.#socket.destroyed) this.destroy()
    else if (kind && !this.#ports.mayHold()) this.#refuse(kind, 'held back for too long')
    else this.#await((resume) => (this.#holdTimer = setTimeout(resume, this.#ports.hold)))
    return true
  }

  #await(plan: (resume: () => void) => void): true {
    this.#isAwaiting = true
    plan(() => {
      this.#isAwaiting = false
      this.#framesInTurn = 0
      if (!this.destroyed) this.#try(() => this.#intake.go())
    })
    return true
  }

  #pass(frame: Frame): string | undefined {
    if (this.#state === 'waiting') return this.#enter(frame)
    const why = whyBad(frame)
    if (why) return why
    if (isSubscribing(frame.type) && !this.#ports.maySubscribe()) return 'too many subscriptions'
    if (frame.type === PUBLISH) this.handed += 1
    this.#isFull = !this.push(frame.type === SUBSCRIBE ? markDuplicates(frame) : frame.bytes)
    return undefined
  }

  #enter(frame: Frame): string | undefined {
    const connect = readConnect(frame)
    if ('why' in connect) {
      this.#sayNo(connect.returnCode)
      return connect.why
    }
    if (!this.#ports.mayConnect(this, connect.clientId)) return this.#putOff('too many CONNECTs of this address')
    const session = this.#ports.authenticate(connect)
    if ('why' in session) {
      this.#sayNo(session.returnCode)
      this.#refuse('NOT_AUTHENTICATED', session.why)
      return undefined
    }
    this.session = session
    if (this.standing === 'registered' && !this.#ports.hasConnected(this, connect.clientId))
      return this.#putOff('too many CONNECTs of this device')
    if (this.standing === 'registered' && this.#ports.isSpent(this))
      return this.#putOff('its owner has had enough stored today', 'SPENT')
    this.#keepAlive = seconds(connect.keepAlive)
    this.#state = 'held'
    this.#ports.place.become(this.#ports.isRegistered(this) ? 'registered' : 'stranger')
    // It may be the one whose place its own becoming took.
    if (this.destroyed) return undefined
    this.#ports.letIn(this)
    this.push(frame.bytes)
    return undefined
  }

  /** Return code 3, server unavailable: come again later. */
  #putOff(why: string, kind: Closed = 'NO_ROOM'): undefined {
    this.#sayNo(3)
    this.#refuse(kind, why)
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
    // A Pebble says all it has in one breath and is gone; its CONNECT may be waiting for its turn.
    if (this.#state === 'waiting' && this.#intake.isEmpty) this.destroy()
    if (this.#hasEnded) return
    this.#hasEnded = true
    if (this.#state === 'deaf' || (this.#state === 'open' && this.#intake.isEmpty)) this.push(null)
  }

  override _read(): void {
    this.#isFull = false
    this.#try(() => this.#intake.go())
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
    for (const timer of [this.#connectTimer, this.#holdTimer, this.#keepAliveTimer]) clearTimeout(timer)
    this.#intake.stop()
    this.#ports.unfinished.hold(this, 0, false)
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
