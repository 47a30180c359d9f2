import { setTimeout as wait } from 'node:timers/promises'
import { type Attack, crowd } from '../attacker/attack.ts'
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

export const httpAttacks = { 'slow-headers': slowHeaders, hoard, 'odd-requests': oddRequests }
