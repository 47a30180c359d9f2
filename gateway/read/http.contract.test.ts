import { connect } from 'node:net'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nativePacket, testDevice } from '../../test/support/packets.ts'
import { openSeeded, type ReadGateway, tokens } from '../../test/support/read-gateway.ts'
import { alice, devices } from '../../test/support/seeded-gateway.ts'
import { Failure, failures, refusals } from '../errors.ts'
import { memoryStore } from '../store/memory.ts'

let gateway: ReadGateway

beforeAll(async () => {
  gateway = await openSeeded(memoryStore())
})
afterAll(() => gateway?.stop())

const tracker = devices.tracker.address
const json = (body: string) => ({ method: 'POST', body, headers: { 'content-type': 'application/json' } })

/** Every refusal has the same shape and tells no insides. */
const expectProblem = (answer: Awaited<ReturnType<ReadGateway['get']>>, status: number, code: string) => {
  expect([answer.status, answer.body?.code]).toEqual([status, code])
  expect(answer.headers.get('content-type')).toContain('application/problem+json')
  expect(answer.body).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) })
  expect(answer.body.fix).not.toBe('')
  expect(answer.body.instance).toMatch(/^urn:cairn:request:[0-9a-f]{16}$/)
  expect(answer.headers.get('x-request-id')).toBe(answer.body.instance.split(':').at(-1))
  expect(answer.text).not.toMatch(/node_modules|\.ts:\d|at Object|stack/)
}

describe('a request that is wrong', () => {
  test.each([
    ['/v1/devices?limit=0', 'below the least'],
    ['/v1/devices?limit=-1', 'negative'],
    ['/v1/devices?limit=1001', 'above the most'],
    ['/v1/devices?limit=NaN', 'no number'],
    ['/v1/devices?limit=1e2', 'an exponent'],
    ['/v1/devices?limit=0x10', 'hexadecimal'],
    ['/v1/devices?limit=', 'empty'],
    ['/v1/devices?limit=1&limit=2', 'twice'],
    ['/v1/devices?unknown=1', 'unknown'],
    ['/v1/devices?__proto__=1', 'a prototype'],
    ['/v1/devices?__proto__[limit]=1', 'a prototype’s field'],
    ['/v1/network?x=1', 'unknown where there are none'],
    ['/v1/devices?cursor=AAAA', 'no cursor'],
    ['/v1/devices?cursor=..%2f..%2f', 'a path for a cursor'],
    [`/v1/batches?cursor=${Buffer.from('epochs:1').toString('base64url')}`, 'another list’s cursor'],
    ['/v1/devices/', 'an empty address'],
    ['/v1/devices/constructor', 'a built-in name'],
    ['/v1/devices/__proto__', 'a prototype’s name'],
    ['/v1/devices/0x12', 'a short address'],
    ['/v1/devices/%zz', 'a broken escape'],
    [`/v1/devices/${'a'.repeat(500)}`, 'a long name'],
    ['/v1/batches/0/-1', 'a negative height'],
    ['/v1/batches/0/9223372036854775808', 'a height over 2^63'],
    ['/v1/batches/4294967296/1', 'a lane over 2^32'],
    ['/v1/rewards?epoch=1.5', 'a fraction'],
    ['/log/0/1/bodies', 'a height in another spelling'],
    ['/log/0/00000001/secrets', 'a file that is none'],
    ['/log/00/00000001/..%2f..%2fcheckpoint', 'a path that climbs'],
  ])('%s: %s', async (path) => {
    expectProblem(await gateway.get(path), 400, 'BAD_REQUEST')
  })

  test.each([
    `/v1/devices/${tracker}/readings?from=yesterday`,
    `/v1/devices/${tracker}/readings?from=2026-01-31T12:00:00`,
    `/v1/devices/${tracker}/readings?from=2&to=1`,
    `/v1/devices/${tracker}/readings?proof=yes`,
    `/v1/devices/${tracker}/readings?limit=1001`,
    `/v1/devices/${tracker}/explain?epoch=9223372036854775807`,
  ])('%s, even with the owner’s token', async (path) => {
    expectProblem(await gateway.get(path, tokens.alice), 400, 'BAD_REQUEST')
  })

  test('names the field', async () => {
    const { body } = await gateway.get('/v1/devices?limit=0')
    expect(body.errors).toEqual([{ field: 'limit', problem: 'must be at least 1' }])
  })

  test.each(['/nope', '/v1', '/log/', '/page/../http.ts', '/docs/static/../../package.json', '/.git/config'])(
    '%s is not there',
    async (path) => {
      const answer = await gateway.get(path)
      expectProblem(answer, 404, 'NOT_FOUND')
    },
  )

  test('with another method is told which ones there are', async () => {
    const answer = await gateway.send('/v1/devices', { method: 'DELETE' })
    expectProblem(answer, 405, 'METHOD_NOT_ALLOWED')
    expect(answer.headers.get('allow')).toBe('GET, HEAD')
  })

  test('in another media type is refused before it is parsed', async () => {
    for (const type of ['text/plain', 'application/xml', 'application/json\t;x', 'application/json'])
      expectProblem(
        await gateway.send('/v1/packets', { method: 'POST', body: 'x', headers: { 'content-type': type } }),
        415,
        'UNSUPPORTED_MEDIA_TYPE',
      )
    expectProblem(
      await gateway.send('/v1/pairings', { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } }),
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    )
  })

  test('with a body too large is refused', async () => {
    expectProblem(await gateway.send('/v1/pairings', json(`"${'x'.repeat(20_000)}"`)), 413, 'TOO_LARGE')
  })

  test.each(['{"a', '', 'null', '[]', '{"__proto__":{"x":1}}', '{"constructor":{"prototype":{"x":1}}}', '{}'])(
    'with the body %s is refused',
    async (body) => {
      expectProblem(await gateway.send('/v1/pairings', json(body)), 400, 'BAD_REQUEST')
      expect(({} as { x?: number }).x).toBeUndefined()
    },
  )

  test('with a query of 20 KB gets its problem too', async () => {
    const answer = await gateway.get(`/v1/devices?x=${'a'.repeat(20_000)}`)
    expect([answer.status, answer.body.code]).toEqual([431, 'BAD_REQUEST'])
  })

  test('that is no HTTP is answered and hung up on', async () => {
    const { port } = new URL(gateway.url)
    const said = await new Promise<string>((resolve) => {
      let text = ''
      const socket = connect(Number(port), '127.0.0.1', () => socket.write('\x16\x03\x01\x02\x00rubbish\r\n\r\n'))
      socket.on('data', (bytes) => {
        text += bytes
      })
      socket.on('close', () => resolve(text))
    })
    expect(said).toContain('HTTP/1.1 400')
    expect(said).toContain('BAD_REQUEST')
  })
})

describe('a failure of the gateway’s own', () => {
  test('tells its code and the request id, and its insides only to the log', async () => {
    const store = memoryStore()
    const failing = await openSeeded(store, {
      store: { ...store.read, counts: () => Promise.reject(new Error('password is hunter2')) },
    })
    const answer = await failing.get('/v1/counts')
    await failing.stop()
    expectProblem(answer, 500, 'INTERNAL')
    expect(answer.text).not.toContain('hunter2')
    expect(failing.failures).toEqual([expect.objectContaining({ code: 'INTERNAL', route: '/v1/counts' })])
  })

  test('is in the log with its message, its stack, and its code where it has one', async () => {
    const lines: string[] = []
    const store = memoryStore()
    const errors = [new TypeError('no such column'), new Failure('DATABASE_UNREACHABLE', 'db.internal:5432 refused')]
    const failing = await openSeeded(store, {
      store: { ...store.read, devices: () => Promise.reject(errors.shift()) },
      log: pino({ base: null }, { write: (line: string) => void lines.push(line) }),
    })
    await failing.get('/v1/devices')
    await failing.get('/v1/devices')
    await failing.stop()
    const [mistake, away] = lines.map((line) => JSON.parse(line))
    expect(mistake.err).toMatchObject({ type: 'TypeError', message: 'no such column' })
    expect(mistake.err.stack).toContain('http.contract.test.ts')
    expect(away.err).toMatchObject({ code: 'DATABASE_UNREACHABLE', detail: 'db.internal:5432 refused' })
    expect(away.requestId).toMatch(/^[0-9a-f]{16}$/)
  })

  test('with a code of the table keeps it', async () => {
    const store = memoryStore()
    const away = new Failure('DATABASE_UNREACHABLE', 'db.internal:5432 refused')
    const failing = await openSeeded(store, { submit: () => Promise.reject(away) })
    const answer = await failing.send('/v1/packets', {
      method: 'POST',
      body: Buffer.of(0),
      headers: { 'content-type': 'application/cbor', authorization: `Bearer ${tokens.alice}` },
    })
    await failing.stop()
    expectProblem(answer, 503, 'DATABASE_UNREACHABLE')
    expect(answer.headers.get('retry-after')).toBe('5')
    expect(answer.text).not.toContain('db.internal')
    expect(JSON.stringify(failing.failures)).not.toContain(tokens.alice)
  })

  test('of an owner who has had enough stored today is to come later', async () => {
    const device = testDevice('sends too much')
    const daily = { waitOf: (named: string) => (named === device.device ? 1_500 : undefined) }
    const submit = () => Promise.reject(new Error('must not be asked'))
    const spent = await openSeeded(memoryStore(), { daily, submit })
    const answer = await spent.send('/v1/packets', {
      method: 'POST',
      body: Buffer.from(nativePacket(device)),
      headers: { 'content-type': 'application/cbor', authorization: `Bearer ${tokens.alice}` },
    })
    await spent.stop()
    expectProblem(answer, 429, 'OWNER_LIMIT_REACHED')
    expect(answer.headers.get('retry-after')).toBe('2')
  })

  test('shows in health as 503, in a moment', async () => {
    const failing = await openSeeded(memoryStore(), {
      health: async () => ({
        database: { ok: true },
        chain: { ok: false, detail: 'connect ECONNREFUSED 10.0.0.7:8545' },
        queues: { cut: 0, settle: 90_000, calls: 0 },
      }),
    })
    const answer = await failing.get('/v1/health')
    await failing.stop()
    expect(answer.status).toBe(503)
    expect(answer.body).toMatchObject({
      status: 'failing',
      chain: { ok: false, code: 'CHAIN_UNREACHABLE' },
      queues: { settleMs: 90_000 },
    })
    expect(answer.text).not.toContain('10.0.0.7')
  })
})

describe('every answer', () => {
  test.each(['/', '/docs/', '/v1/network', '/nope', '/v1/devices?limit=0', '/openapi.json', '/page/page.js'])(
    '%s is guarded by its headers',
    async (path) => {
      const { headers } = await gateway.get(path)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toMatch(/script-src[^;]*unsafe|https?:/)
      expect(headers.get('access-control-allow-origin')).toBeNull()
      expect(headers.get('x-powered-by')).toBeNull()
    },
  )

  test('is open to another origin only where the operator says so', async () => {
    const listed = await openSeeded(memoryStore(), { origins: ['https://app.example'] })
    const from = (origin: string) => listed.send('/v1/network', { headers: { origin } })
    const ask = { 'access-control-request-method': 'GET', origin: 'https://app.example' }
    const [good, evil, preflight] = [
      await from('https://app.example'),
      await from('https://app.example.evil'),
      await listed.send('/v1/network', { method: 'OPTIONS', headers: ask }),
    ]
    await listed.stop()
    expect(good.headers.get('access-control-allow-origin')).toBe('https://app.example')
    expect(evil.headers.get('access-control-allow-origin')).toBeNull()
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([
      204,
      'authorization, content-type',
    ])
  })
})

test('a flood is slowed down: reads, writes and rubbish alike', async () => {
  const strict = await openSeeded(memoryStore(), {
    limits: { reads: { burst: 5, perSecond: 1 }, writes: { burst: 2, perSecond: 1 } },
  })
  const statuses: number[] = []
  for (let n = 0; n < 4; n++) statuses.push((await strict.send('/v1/pairings', json('{}'))).status)
  const reads: number[] = []
  for (let n = 0; n < 7; n++) reads.push((await strict.get(n % 2 ? '/nope' : '/v1/network')).status)
  const last = await strict.get('/v1/network')
  await strict.stop()
  expect(statuses).toEqual([400, 400, 429, 429])
  expect(reads.filter((status) => status === 429).length).toBeGreaterThan(0)
  expectProblem(last, 429, 'TOO_MANY_REQUESTS')
  expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0)
})

test('the error table is served whole', async () => {
  const { body } = await gateway.get('/v1/errors')
  expect(body.errors.map(({ code }: { code: string }) => code)).toEqual([
    ...Object.keys(refusals),
    ...Object.keys(failures),
  ])
})

describe('a pairing', () => {
  const request = {
    device: `0x${'0d'.repeat(20)}`,
    imei: '350916067070009',
    owner: alice,
    curve: 'secp256k1',
    model: 'pebble-riverrock',
    cell: '0x0',
    nonce: '0',
    deadline: '1769860800',
    ownerSignature: `0x${'11'.repeat(65)}`,
  }

  test('is proposed, and can be asked about', async () => {
    const proposed = await gateway.send('/v1/pairings', json(JSON.stringify(request)))
    expect([proposed.status, proposed.body.state]).toEqual([202, 'proposed'])
    expect((await gateway.get(`/v1/pairings/${request.device}`)).body).toEqual(proposed.body)
  })

  test('that the registry refuses says why', async () => {
    const refused = await gateway.send('/v1/pairings', json(JSON.stringify({ ...request, device: tracker })))
    expectProblem(refused, 409, 'ALREADY_PAIRED')
    expect(refused.body.facts).toEqual({ device: tracker })
  })

  test('with a field too many or a wrong one is refused by its name', async () => {
    for (const [field, value] of [
      ['admin', true],
      ['imei', '35'],
      ['cell', '-1'],
      ['nonce', '01'],
      ['ownerSignature', '0x11'],
    ] as const) {
      const answer = await gateway.send('/v1/pairings', json(JSON.stringify({ ...request, [field]: value })))
      expectProblem(answer, 400, 'BAD_REQUEST')
      expect(answer.body.detail).toContain(field)
    }
  })

  test('that nobody proposed is not found', async () => {
    expectProblem(await gateway.get(`/v1/pairings/0x${'77'.repeat(20)}`), 404, 'NOT_FOUND')
  })
})
