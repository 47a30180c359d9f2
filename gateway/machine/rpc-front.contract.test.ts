import { once } from 'node:events'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RpcAnswer } from './anvil-rpc.ts'
import { RpcFront } from './rpc-front.ts'

/*
 * The front on a real socket. What stands behind it answers when the test lets it.
 */

const call = (method: string, params: unknown[] = [], id: unknown = 1) => ({ jsonrpc: '2.0', id, method, params })
const endless = call('eth_call', [{ to: `0x${'0b'.repeat(20)}` }])

describe('the sub-chain’s front', () => {
  let now = 1_000_000
  let port: number
  let front: RpcFront
  let asked: { method: string; answer: (answer: RpcAnswer) => void }[]
  beforeEach(async () => {
    asked = []
    front = new RpcFront({ clock: { now: () => now }, hosts: ['chain'], head: () => 10 })
    port = await front.listen(0, '127.0.0.1')
    front.serve((method) => {
      if (method === 'eth_chainId') return Promise.resolve({ result: '0x1' })
      return new Promise((answer) => asked.push({ method, answer }))
    })
  })
  afterEach(() => front.close())

  const post = (body: unknown, headers: Record<string, string> = {}) =>
    new Promise<{
      status: number
      headers: NodeJS.Dict<string | string[]>
      body: Record<string, never> & { error?: { code: number; data?: object } }
    }>((resolve, reject) => {
      const asking = request(
        { port, host: '127.0.0.1', method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
        (response) => {
          let text = ''
          response.setEncoding('utf8').on('data', (chunk) => (text += chunk))
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: JSON.parse(text || 'null') }),
          )
        },
      )
      asking.once('error', reject).end(typeof body === 'string' ? body : JSON.stringify(body))
    })

  test('is not asked by another name: a page that points its own at us reads nothing', async () => {
    for (const host of ['evil.example', 'evil.example:8545', 'chain.evil.example'])
      expect((await post(call('eth_chainId'), { host })).status).toBe(421)
    for (const host of ['127.0.0.1:8545', 'localhost', '[::1]:8545', 'chain:8545'])
      expect((await post(call('eth_chainId'), { host })).status).toBe(200)
  })

  test('closes a socket that asks again and again before it is answered', async () => {
    const socket = connect({ port, host: '127.0.0.1' }).on('error', () => {})
    const body = JSON.stringify(call('eth_chainId'))
    const head = `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`
    socket.write(`${head}\r\n\r\n${body}`.repeat(100))
    let answers = 0
    socket.on('data', (bytes) => (answers += bytes.toString().split('HTTP/1.1 ').length - 1))
    await once(socket, 'close')
    expect(answers).toBeLessThanOrEqual(2)
    expect((await post(call('eth_chainId'))).status).toBe(200)
  })

  test('takes JSON by POST alone, of bounded size', async () => {
    expect((await post('{}', { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await post('{}', { 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(415)
    expect((await post('{')).status).toBe(400)
    expect((await post('x'.repeat(300_000))).status).toBe(413)
    expect((await fetch(`http://127.0.0.1:${port}`)).status).toBe(405)
    expect((await fetch(`http://127.0.0.1:${port}/other`, { method: 'POST' })).status).toBe(405)
  })

  test('tells back a short id and no other', async () => {
    for (const id of [1, 'x', 0])
      expect((await post(call('eth_chainId', [], id))).body).toMatchObject({ id, result: '0x1' })
    for (const id of [{ a: 1 }, ['x'], 'x'.repeat(129), null])
      expect((await post(call('eth_chainId', [], id))).body).toMatchObject({ id: null })
  })

  test('runs one call that executes code at a time, lets 32 wait, and tells the others when to come again', async () => {
    const calls = Array.from({ length: 30 }, () => post(endless))
    // The first is under way; light calls go on beside it.
    await expect.poll(() => asked.length).toBe(1)
    expect((await post(call('eth_chainId'))).body).toMatchObject({ result: '0x1' })
    const more = Array.from({ length: 10 }, () => post(endless))
    let ended = 0
    for (const each of [...calls, ...more]) void each.then(() => ended++)
    const refused = await Promise.race([...calls, ...more])
    await expect.poll(() => ended).toBe(7)
    expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
    expect(refused.body.error).toMatchObject({ code: -32005, data: { code: 'OVERLOADED', retryAfterMs: 1_000 } })
    for (let done = 0; done < 33; done++) {
      await expect.poll(() => asked.length).toBeGreaterThan(done)
      expect(asked.length).toBe(done + 1)
      asked[done]?.answer({ result: '0x' })
    }
    const statuses = (await Promise.all([...calls, ...more])).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(33)
    expect(statuses.filter((status) => status === 503)).toHaveLength(7)
  })

  test('answers a thousand calls of an address at once, and a hundred a second from then on', async () => {
    const batch = Array.from({ length: 100 }, () => call('eth_chainId'))
    for (let round = 0; round < 10; round++) expect((await post(batch)).body).toHaveLength(100)
    expect(await post(call('eth_chainId'))).toMatchObject({
      ...{ status: 429, headers: { 'retry-after': '1' } },
      body: { error: { code: -32005, data: { code: 'TOO_MANY_REQUESTS' } } },
    })
    now += 10
    expect((await post(call('eth_chainId'))).status).toBe(200)
  })

  /** As anvil writes it. */
  const large = (bytes: number) => Buffer.from(`{"jsonrpc":"2.0","id":1,"result":"${'x'.repeat(bytes)}"}`)

  test('hands on what the chain answers as it came, under the asker’s id', async () => {
    for (const answer of ['{"jsonrpc":"2.0","id":1,"result":"0x5"}', '{"id":1,"result":"0x5","jsonrpc":"2.0"}']) {
      front.serve(async () => Buffer.from(answer))
      expect((await post(call('eth_call', [{}], 'mine'))).body).toEqual({ jsonrpc: '2.0', id: 'mine', result: '0x5' })
    }
  })

  test('answers under the asker’s id what was read on the way, as a transaction’s answer is', async () => {
    const read = { jsonrpc: '2.0', id: 1, result: '0x5' }
    front.serve(async () => read)
    const batch = [call('eth_chainId', [], 9), call('eth_sendRawTransaction', ['0x00'], 10)]
    expect((await post(batch)).body).toEqual(batch.map(({ id }) => ({ ...read, id })))
  })

  test('ends a batch whose answers grow too large', async () => {
    let asked = 0
    front.serve(async () => {
      asked += 1
      return large(1_000_000)
    })
    const batch = Array.from({ length: 100 }, (_, id) => call('eth_getLogs', [{ fromBlock: '0x0' }], id))
    const replies = (await post(batch)).body as unknown as { id: number; error?: { code: number } }[]
    expect(replies.map(({ id }) => id)).toEqual(batch.map(({ id }) => id))
    expect(replies.filter(({ error }) => error?.code === -32005)).toHaveLength(100 - asked)
    expect(asked).toBe(4)
  })

  test('holds a bounded part of what is never read', async () => {
    front.serve(async () => large(8_000_000))
    const waiting = Array.from({ length: 12 }, () => {
      const socket = connect(port, '127.0.0.1')
      const body = JSON.stringify(endless)
      socket.write(
        `POST / HTTP/1.1\r\nhost: chain\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
      )
      socket.write(body)
      return new Promise<{ head: string; socket: Socket }>((resolve) =>
        socket.once('data', (data) => {
          // It reads no more.
          socket.pause()
          resolve({ head: data.toString('latin1', 0, 12), socket })
        }),
      )
    })
    const heads = await Promise.all(waiting)
    const held = heads.filter(({ head }) => head === 'HTTP/1.1 200').length
    expect(held).toBeGreaterThan(0)
    expect(held).toBeLessThanOrEqual(8)
    expect(heads.filter(({ head }) => head === 'HTTP/1.1 503')).toHaveLength(12 - held)
    for (const { socket } of heads) socket.destroy()
  })

  test('says that it starts while no chain is behind it', async () => {
    front.serve(undefined)
    expect(await post(call('eth_chainId'))).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
  })

  test('ends at once, whatever is under way', async () => {
    const waiting = post(endless).catch(() => 'cut')
    await expect.poll(() => asked.length).toBe(1)
    await front.close()
    expect(await waiting).toBe('cut')
    front = new RpcFront({ clock: { now: () => now }, hosts: [], head: () => 0 })
    await front.listen(0, '127.0.0.1')
  })
})
