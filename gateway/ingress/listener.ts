import { createServer, type Server, type Socket } from 'node:net'
import { type Millis, seconds } from '../../devices/units.ts'
import { Failure } from '../errors.ts'
import { openAllowances, openNetworkAllowances } from '../limits/allowances.ts'
import { openSockets } from '../limits/sockets.ts'
import type { Clock } from '../ports.ts'
import { type AdmissionLimits, openMemory } from './admission.ts'
import { type Closed, Gate, type GatePorts } from './gate.ts'
import type { Session } from './session.ts'

export type ListenerPorts = Pick<GatePorts, 'authenticate' | 'letIn'> & {
  readonly clock: Clock
  /** Whether the registry knows the device that the session proved to be. */
  readonly isRegistered: (session: Session) => boolean
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
  const sockets = openSockets(limits.admission)
  const connects = openNetworkAllowances(limits.admission.connects)
  const subscribes = openAllowances(limits.admission.subscribes)
  const memory = openMemory(limits.admission.unfinishedBytes)
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
    const letIn = (entered: Gate) => {
      place.become(entered.session && ports.isRegistered(entered.session) ? 'registered' : 'stranger')
      ports.letIn(entered)
    }
    last += 1
    const number = last
    const gate = new Gate(socket, {
      number,
      mayConnect: () => connects.take(gate.networks, clock.now()),
      maySubscribe: () => subscribes.take(`${number}`, clock.now()),
      authenticate: ports.authenticate,
      letIn,
      refused: count,
      connectWithin: limits.connectWithin,
      memory,
    })
    gates.add(gate)
    socket.once('close', () => {
      place.leave()
      gates.delete(gate)
    })
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
