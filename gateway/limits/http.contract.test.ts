import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { paceRequests } from './http.ts'

describe('a paced HTTP server', () => {
  const server = createServer()
  afterEach(() => server.close())

  test('takes the next request of who has read the whole answer, though it is not ended yet; not a third', async () => {
    const answers: ServerResponse[] = []
    server.on('request', (_, response: ServerResponse) => {
      // As a streamed file: all its bytes first, the end of the stream later.
      response.writeHead(200, { 'content-length': 2 })
      response.write('ok')
      answers.push(response)
    })
    paceRequests(server)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {})
    const ask = () => socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    ask()
    const [first] = (await once(socket, 'data')) as [Buffer]
    expect(first.toString()).toMatch(/ok$/)
    ask()
    await expect.poll(() => answers.length).toBe(2)
    answers[0]?.end()
    const [second] = (await once(socket, 'data')) as [Buffer]
    expect(second.toString()).toMatch(/ok$/)
    ask()
    ask()
    await once(socket, 'close')
    expect(answers.length).toBeLessThanOrEqual(3)
  })
})
