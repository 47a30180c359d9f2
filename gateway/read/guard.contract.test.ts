import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { openSeeded, type ReadGateway } from '../../test/support/read-gateway.ts'
import type { ReadStore } from '../ports.ts'
import { memoryStore } from '../store/memory.ts'
import type { HttpSettings } from './http.ts'
import { type HttpLimits, httpByDefault } from './limits.ts'

/** Two neighbours, as far as a limit can tell. */
const OURS = '127.0.0.1'
const THEIRS = '127.0.0.2'

let gateway: ReadGateway
const opened: Socket[] = []

const open = async (limits: Partial<HttpLimits> = {}, settings: Partial<HttpSettings> = {}): Promise<void> => {
  const { store = memoryStore().read, ...rest } = settings
  gateway = await openSeeded(memoryStore(), { limits, store, ...rest })
}

afterEach(async () => {
  for (const socket of opened.splice(0)) socket.destroy()
  await gateway.stop()
})

type Asked = { readonly from?: string; readonly host?: string; readonly abort?: AbortSignal }

const ask = async (path: string, { from = OURS, host, abort }: Asked = {}) => {
  const asked = request(gateway.url + path, {
    agent: false,
    localAddress: from,
    ...(host === undefined ? {} : { headers: { host } }),
    ...(abort ? { signal: abort } : {}),
  })
  asked.end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of answer) text += chunk
  return { status: answer.statusCode, headers: answer.headers, text }
}

const codeOf = (text: string): string => JSON.parse(text).code

const socketFrom = async (from: string, text = ''): Promise<Socket> => {
  const socket = connect({ port: Number(new URL(gateway.url).port), host: OURS, localAddress: from })
  socket.on('error', () => {})
  opened.push(socket)
  await once(socket, 'connect')
  if (text) socket.write(text)
  return socket
}

const closing = (socket: Socket): Promise<unknown> => {
  socket.resume()
  return once(socket, 'close')
}

describe('a socket that asks again and again before it is answered', () => {
  test('is closed, whatever it asks, and the next socket is answered', async () => {
    await open()
    const one = 'GET /v1/network HTTP/1.1\r\nHost: localhost\r\n\r\n'
    for (const request of [one, 'GET / HTTP/1.1\r\nHost: else.example\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n']) {
      const socket = await socketFrom(OURS, request.repeat(1_000))
      let answers = 0
      socket.on('data', (bytes) => (answers += bytes.toString().split('HTTP/1.1 ').length - 1))
      await once(socket, 'close')
      expect(answers).toBeLessThanOrEqual(2)
    }
    expect((await ask('/v1/network')).status).toBe(200)
  })

  test('is answered each time where it waits for the answer', async () => {
    await open()
    const socket = await socketFrom(OURS)
    for (const status of ['200', '404', '200']) {
      socket.write(`GET /v1/${status === '200' ? 'network' : 'nothing'} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
      const [bytes] = (await once(socket, 'data')) as [Buffer]
      expect(bytes.toString()).toMatch(`HTTP/1.1 ${status}`)
    }
  })
})

describe('a Host', () => {
  test('that is not the gateway’s is refused before anything is read', async () => {
    const store = memoryStore().read
    let reads = 0
    const devices: ReadStore['devices'] = (page) => {
      reads += 1
      return store.devices(page)
    }
    await open({}, { store: { ...store, devices }, hosts: ['cairn.example'] })
    const refused = await ask('/v1/devices', { host: 'evil.example:8080' })
    expect([refused.status, codeOf(refused.text)]).toEqual([421, 'UNKNOWN_HOST'])
    expect(reads).toBe(0)
    for (const host of ['cairn.example', 'localhost:1', '127.0.0.1', '[::1]:80'])
      expect((await ask('/v1/devices', { host })).status).toBe(200)
  })

  test('is looked at for pages and for what is not there, too', async () => {
    await open()
    for (const path of ['/', '/docs/', '/nope', '/metrics'])
      expect((await ask(path, { host: 'evil.example' })).status).toBe(421)
  })
})

describe('an address', () => {
  test('that has asked enough waits, and its neighbour does not', async () => {
    await open({ reads: { burst: 3, perSecond: 1 } })
    const statuses = []
    for (let n = 0; n < 4; n++) statuses.push((await ask('/v1/network')).status)
    expect(statuses).toEqual([200, 200, 200, 429])
    const refused = await ask('/nope')
    expect([refused.status, refused.headers['retry-after'], codeOf(refused.text)]).toEqual([
      429,
      '1',
      'TOO_MANY_REQUESTS',
    ])
    expect((await ask('/v1/network', { from: THEIRS })).status).toBe(200)
  })
})

describe('sockets', () => {
  const few = { total: 8, perAddress: 8, waiting: 4, strangers: 4 }

  test('that wait for nothing go first, the oldest of the address that has most, and a neighbour is served', async () => {
    await open({ sockets: few })
    const idle = []
    for (let n = 0; n < 4; n++) idle.push(await socketFrom(OURS))
    const first = closing(idle[0] as Socket)
    expect((await ask('/v1/network', { from: THEIRS })).status).toBe(200)
    await first
    expect(idle.slice(1).every((socket) => !socket.destroyed)).toBe(true)
  })

  test('that were answered and rest are as cheap as those that never asked', async () => {
    await open({ sockets: few })
    const idle = []
    for (let n = 0; n < 4; n++) {
      const socket = await socketFrom(OURS, 'GET /v1/network HTTP/1.1\r\nhost: localhost\r\n\r\n')
      await once(socket, 'data')
      idle.push(socket)
    }
    const first = closing(idle[0] as Socket)
    expect((await ask('/v1/network', { from: THEIRS })).status).toBe(200)
    await first
  })

  test('that send their headers slowly are closed', async () => {
    await open({ headersWithin: 50 })
    await closing(await socketFrom(OURS, 'GET /v1/network HTTP/1.1\r\nhost: localhost\r\nx-slow: '))
  })

  test('that send their body slowly are closed', async () => {
    await open({ headersWithin: 50, requestWithin: 100 })
    const head =
      'POST /v1/pairings HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{'
    await closing(await socketFrom(OURS, head))
  })

  test('that say nothing are closed', async () => {
    await open({ headersWithin: 50, idleWithin: 50 })
    await closing(await socketFrom(OURS))
  })
})

describe('reads under way', () => {
  /** A store whose devices are told only when the test says so. */
  const held = () => {
    const store = memoryStore().read
    const waiting: (() => void)[] = []
    let arrived: () => void = () => {}
    const devices: ReadStore['devices'] = async (page) => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
        arrived()
      })
      return store.devices(page)
    }
    return {
      store: { ...store, devices },
      waiting,
      arrival: () =>
        new Promise<void>((resolve) => {
          arrived = resolve
        }),
    }
  }
  const underWay = { packets: 1, waiting: 1 }

  test('are few: of those that wait, the address that has most is sent away, and told when to come again', async () => {
    const { store, waiting, arrival } = held()
    await open({ underWay }, { store })
    const begun = arrival()
    const first = ask('/v1/devices')
    await begun
    const second = ask('/v1/devices')
    const refused = await Promise.race([ask('/v1/devices'), second])
    expect([refused.status, refused.headers['retry-after'], codeOf(refused.text)]).toEqual([503, '1', 'OVERLOADED'])
    const next = arrival()
    waiting.shift()?.()
    expect((await first).status).toBe(200)
    await next
    waiting.shift()?.()
  })

  test('keep nobody from asking whether the gateway is well', async () => {
    const { store, waiting, arrival } = held()
    await open({ underWay }, { store })
    const begun = arrival()
    const first = ask('/v1/devices')
    await begun
    expect((await ask('/v1/health')).status).toBe(200)
    expect((await ask('/metrics')).status).toBe(200)
    waiting.shift()?.()
    expect((await first).status).toBe(200)
  })

  test('of a reader who went away end when their work does, not before', async () => {
    const { store, waiting, arrival } = held()
    await open({ underWay }, { store })
    const gone = new AbortController()
    const begun = arrival()
    const first = ask('/v1/devices', { abort: gone.signal })
    await begun
    gone.abort()
    await expect(first).rejects.toThrow()
    const others = [ask('/v1/batches'), ask('/v1/batches')]
    // One waits, and the other is sent away: the work is not done yet.
    expect((await Promise.race(others)).status).toBe(503)
    waiting.shift()?.()
    const statuses = (await Promise.all(others)).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([200, 503])
  })
})

test('the limits’ rooms fit into the whole, so that a busy socket never goes for an idle one', () => {
  const { total, waiting, strangers } = httpByDefault.sockets
  expect(waiting + strangers).toBeLessThanOrEqual(total)
})
