import { setTimeout as wait } from 'node:timers/promises'
import { type Attack, crowd } from '../attacker/attack.ts'
import { ask } from '../attacker/http.ts'
import { closed, openTo, write } from '../attacker/mqtt.ts'

/*
 * HTTP's sockets, and requests that no client of ours writes.
 */

const slowHeaders: Attack = {
  what: '2,000 sockets of four addresses write a request’s headers, a byte a second',
  prepare: (tools) => {
    const head = Buffer.from(`GET /v1/network HTTP/1.1\r\nHost: cairn\r\nX-Slow: ${'x'.repeat(400)}`)
    return () =>
      crowd(tools, { many: 2_000, perSecond: 1_000 }, async (index) => {
        const socket = await openTo(tools.target.url, tools, index % 4)
        for (const byte of head) {
          if (socket.destroyed) return
          await write(socket, Buffer.of(byte))
          await wait(1_000)
        }
      })
  },
}

const hoard: Attack = {
  what: '5,000 sockets of four addresses ask once and stay open',
  prepare: (tools) => {
    const { host } = new URL(tools.target.url)
    const once = Buffer.from(`GET /v1/counts HTTP/1.1\r\nHost: ${host}\r\nConnection: keep-alive\r\n\r\n`)
    return () =>
      crowd(tools, { many: 5_000, perSecond: 2_000 }, async (index) => {
        const socket = await openTo(tools.target.url, tools, index % 4)
        socket.on('data', (bytes) => tools.count('answer bytes', bytes.length))
        await write(socket, once)
        await closed(socket)
      })
  },
}

const oddRequests: Attack = {
  what: 'unknown hosts, methods nobody has, URLs of 15 KB, headers of 15 KB and what is no HTTP, from 8 addresses',
  prepare: (tools) => {
    const { host } = new URL(tools.target.url)
    const request = (line: string, at = host, more = ''): Buffer =>
      Buffer.from(`${line} HTTP/1.1\r\nHost: ${at}\r\n${more}Connection: close\r\n\r\n`)
    const long = 'a/'.repeat(7_500)
    const odd = [
      request('GET /v1/network', 'rebound.example'),
      request('BREW /v1/network'),
      request(`GET /${long}`),
      request(`GET /v1/devices?cursor=${long}`),
      request('GET /v1/network', host, `X-Long: ${long}\r\n`),
      request('GET /v1/%ff%fe%00/../../keys'),
      request('POST /v1/pairings', host, 'Content-Type: application/json\r\nContent-Length: 999999999\r\n'),
      Buffer.from('\u0000\u0001garbage\r\n\r\n'),
    ]
    return () =>
      crowd(tools, { many: 64, perSecond: 2_000 }, async (index, round) => {
        const socket = await openTo(tools.target.url, tools, index % 8)
        socket.on('data', (bytes) => tools.count('answer bytes', bytes.length))
        await write(socket, odd[(index + round) % odd.length] as Buffer)
        await Promise.race([closed(socket), wait(1_000)])
        socket.destroy()
      })
  },
}

/** One chunk of what Node reads at once. */
const CHUNK = 65_536

const pipelines: Attack = {
  what: '20 sockets of one address write requests without waiting for answers, to HTTP and to the chain’s front',
  prepare: (tools) => {
    const { url, rpcUrl } = tools.target
    const targets = [url, rpcUrl].map((at) => {
      const one = Buffer.from(`GET /v1/counts HTTP/1.1\r\nHost: ${new URL(at).host}\r\n\r\n`)
      return { at, chunk: Buffer.concat(Array.from({ length: Math.floor(CHUNK / one.length) }, () => one)) }
    })
    return () =>
      crowd(tools, { many: 20, perSecond: 1_000 }, async (index) => {
        const { at, chunk } = targets[index % 2] as (typeof targets)[number]
        const socket = await openTo(at, tools, 0)
        socket.on('data', (bytes) => tools.count('answer bytes', bytes.length))
        while (!socket.destroyed) await write(socket, chunk)
      })
  },
}

const impatient: Attack = {
  what: '200 sockets of one address ask again as soon as they are answered, mostly by 429',
  prepare: (tools) => () =>
    crowd(tools, { many: 200, perSecond: 10_000 }, () =>
      ask(tools, { url: `${tools.target.url}/v1/counts`, attacker: 0 }),
    ),
}

export const httpAttacks = {
  pipelines,
  impatient,
  'slow-headers': slowHeaders,
  hoard,
  'odd-requests': oddRequests,
}
