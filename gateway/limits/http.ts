import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Millis } from '../../devices/units.ts'
import { networksOf } from './address.ts'
import { openPace } from './pace.ts'

/** Node's own parser of a server's socket: there is no public way to stop it. A test over the wire holds it. */
type Parser = { onIncoming: (request: IncomingMessage, shouldKeepAlive: boolean) => number }
type Parsed = Socket & { readonly parser?: Parser }

/** What a parser is answered so that it reads no further: "this connection is no longer HTTP". */
const READ_NO_FURTHER = 2

/**
 * From one request to the next, of all sockets together: 1,000 a second at some 0.1 ms for one that is refused, a tenth of a core. What is
 * dearer than that waits for its turn later (`read/guard.ts`, `machine/rpc-turns.ts`).
 */
const PAUSE: Millis = 1

/**
 * Bounds what requests cost before anything about them is known. To be called once, before the server listens and after it has its handler.
 *
 * A socket has one request at a time; one that sends a second before the first is answered is closed (RFC 9112 §9.3.2 lets a server do so,
 * and browsers and HTTP libraries do not send so). 64 KB hold 3,600 requests, and Node would begin all of them in one turn of the event loop.
 * The requests of all sockets begin one by one, addresses by turns.
 */
export const paceRequests = (server: Server): void => {
  const busy = new WeakSet<Socket>()
  closePipelines(server, busy)
  const pace = openPace(PAUSE)
  const handlers = server.listeners('request')
  server.removeAllListeners('request')
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request
    response.once('finish', () => busy.delete(socket))
    pace.wait(networksOf(socket.remoteAddress ?? '')[0] ?? '', () => {
      if (socket.destroyed) return false
      for (const handle of handlers) handle.call(server, request, response)
      return true
    })
  })
}

/** `busy`: sockets whose request is not answered yet; those that Node answers itself, all of them errors, stay in it. */
const closePipelines = (server: Server, busy: WeakSet<Socket>): void => {
  // After Node's own listener, which makes the parser.
  server.on('connection', (socket: Parsed) => {
    const { parser } = socket
    if (!parser) return
    const { onIncoming } = parser
    parser.onIncoming = (request, shouldKeepAlive) => {
      if (busy.has(socket)) {
        socket.destroy()
        return READ_NO_FURTHER
      }
      busy.add(socket)
      return onIncoming.call(parser, request, shouldKeepAlive)
    }
  })
}
