import { createServer, type Server, type Socket } from 'node:net'
import { type Millis, seconds } from '../../devices/units.ts'
import { Failure } from '../errors.ts'
import { openPace } from '../limits/pace.ts'
import { openSockets } from '../limits/sockets.ts'
import type { Clock } from '../ports.ts'
import { type AdmissionLimits, openUnfinished } from './admission.ts'
import { openCounting } from './counting.ts'
import { type Closed, Gate, type GatePorts } from './gate.ts'
import { openTurns } from './turns.ts'

export type ListenerPorts = Pick<
  GatePorts,
  'authenticate' | 'letIn' | 'isRegistered' | 'room' | 'isSpent' | 'isKnown' | 'isExpected' | 'failed'
> & {
  readonly clock: Clock
}

export type ListenerLimits = { readonly connectWithin: Millis; readonly admission: AdmissionLimits }

/** A TCP server whose every socket stands behind a gate. */
export type Listener = {
  readonly port: number
  readonly gates: ReadonlySet<Gate>
  /** Sockets closed on our side. */
  readonly closed: ReadonlyMap<Closed, number>
  /** Lets nobody in any more; open gates stay. */
  close(): void
}

export const listen = async (
  address: { readonly host: string; readonly port: number },
  ports: ListenerPorts,
  limits: ListenerLimits,
): Promise<Listener> => {
  const { clock } = ports
  const { admission } = limits
  const sockets = openSockets(admission)
  const counting = openCounting(admission, clock)
  const unfinished = openUnfinished(admission.unfinishedBytes)
  const turns = openTurns(admission.turn)
  const strangers = openPace(admission.strangersPause)
  const gates = new Set<Gate>()
  const closed = new Map<Closed, number>()
  let last = 0
  const count = (kind: Closed) => void closed.set(kind, (closed.get(kind) ?? 0) + 1)

  const meet = (socket: Socket) => {
    const from = socket.remoteAddress ?? ''
    const place = sockets.enter(from, () => gate.expel())
    if (!place) {
      count('NO_ROOM')
      return socket.destroy()
    }
    last += 1
    const number = last
    const gate = new Gate(socket, {
      ...ports,
      ...counting.of(number, ports.isKnown),
      number,
      place,
      turns,
      strangers,
      hold: admission.hold,
      refused: count,
      connectWithin: limits.connectWithin,
      unfinished,
    })
    gates.add(gate)
    const leave = () => {
      place.leave()
      gates.delete(gate)
    }
    // A CONNECT that waits for its turn holds memory, and so its place, after its socket has gone.
    socket.once('close', () => (gate.session || gate.destroyed ? leave() : gate.once('close', leave)))
    gate.start()
  }

  // Keep-alive finds peers that vanished without a word; MQTT's own is up to the device, which may choose none.
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: seconds(60) }, meet)
  const port = await start(server, address)
  return { port, gates, closed, close: () => void server.close() }
}

const start = (server: Server, { host, port }: { host: string; port: number }): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new Failure('PORT_TAKEN', `MQTT port ${port}`, { cause: error }) : error),
    )
    server.listen(port, host, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
