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
 * A socket that sends a third request before the first is answered is closed (RFC 9112 §9.3.2 lets a server do so, and browsers and HTTP
 * libraries do not send so). 64 KB hold 3,600 requests, and Node would begin all of them in one turn of the event loop. The requests of all
 * sockets begin one by one, addresses by turns.
 */
export const paceRequests = (server: Server): void => {
  const underWay = new WeakMap<Socket, number>()
  closePipelines(server, underWay)
  const pace = openPace(PAUSE)
  const handlers = server.listeners('request')
  server.removeAllListeners('request')
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request
    response.once('finish', () => underWay.set(socket, (underWay.get(socket) ?? 1) - 1))
    pace.wait(networksOf(socket.remoteAddress ?? '')[0] ?? '', () => {
      if (socket.destroyed) return false
      for (const handle of handlers) handle.call(server, request, response)
      return true
    })
  })
}

/**
 * Not one: whoever has read as many bytes as Content-Length says may ask again, and a streamed answer is at its end for us some moments after
 * that.
 */
const MAX_UNDER_WAY = 2

/** `underWay`: requests of a socket that are not answered yet; those that Node answers itself, all of them errors, stay in it. */
const closePipelines = (server: Server, underWay: WeakMap<Socket, number>): void => {
  // After Node's own listener, which makes the parser.
  server.on('connection', (socket: Parsed) => {
    const { parser } = socket
    if (!parser) return
    const { onIncoming } = parser
    parser.onIncoming = (request, shouldKeepAlive) => {
      const count = underWay.get(socket) ?? 0
      if (count >= MAX_UNDER_WAY) {
        socket.destroy()
        return READ_NO_FURTHER
      }
      underWay.set(socket, count + 1)
      return onIncoming.call(parser, request, shouldKeepAlive)
    }
  })
}
