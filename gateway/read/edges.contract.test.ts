import http from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshDatabase } from '../../test/support/postgres.ts'
import { openSeeded, type ReadGateway, tokens } from '../../test/support/read-gateway.ts'
import { devices, EPOCH, START } from '../../test/support/seeded-gateway.ts'
import { openStore } from '../store/postgres.ts'
import type { Store } from '../store/store.ts'

/*
 * Every value that a URL or a body can hold, at the edges of what PostgreSQL, JavaScript and the chain can: no answer is a 500, and nothing is
 * logged as a failure of ours.
 */

let store: Store
let gateway: ReadGateway

beforeAll(async () => {
  store = await openStore((await freshDatabase()).url)
  gateway = await openSeeded(store, {
    limits: { reads: { burst: 1e6, perSecond: 1e6 }, writes: { burst: 1e6, perSecond: 1e6 } },
  })
})
afterAll(async () => {
  await gateway?.stop()
  await store?.close()
})

const powers = [0n, 7n, 8n, 15n, 16n, 31n, 32n, 53n, 62n, 63n, 64n, 128n, 255n, 256n].map((bits) => 2n ** bits)
const numbers = [
  ...new Set([
    ...powers.flatMap((power) => [power - 1n, power, power + 1n]),
    10n ** 15n,
    10n ** 18n,
    10n ** 18n - 1n,
    10n ** 78n,
  ]),
].map(String)
const odd = [
  '',
  '-1',
  '-0',
  '+1',
  '00',
  '007',
  '1.5',
  '1e3',
  '0x10',
  '٣',
  '１',
  'NaN',
  'Infinity',
  'null',
  'true',
  '%00',
  '%ff',
  '%F0%9F%92%A9',
  "'--",
  '0 OR 1=1',
  '__proto__',
  'constructor',
]
const addresses = [
  devices.tracker.address,
  devices.sold.address,
  `0x${'00'.repeat(20)}`,
  `0x${'ff'.repeat(20)}`,
  `0X${'FF'.repeat(20)}`,
]
const times = [
  '9999-12-31T23:59:59.999Z',
  '0001-01-01T00:00:00Z',
  '-271821-04-20T00:00:00Z',
  '+275760-09-13T00:00:00Z',
  '2026-02-30',
  '253402300799999',
  '253402300800000',
]
const values = [...numbers, ...odd, ...addresses, ...times, 'a'.repeat(130)]
const cursors = [
  ...numbers.flatMap((n) => [`batches.${n}`, `epochs.${n}`, `lines.${devices.tracker.address}.${n}`]),
  ...['0'.repeat(16), '7'.padEnd(16, 'f'), '8'.padEnd(16, '0')].map((hex) => `readings.${hex}`),
  ...addresses.flatMap((address) => [`devices.${address}`, `lines.${address}.1`]),
]

type Parameter = { readonly name: string; readonly in: string }
type Operation = { readonly parameters?: readonly Parameter[] }

/** Something that fits, so that the other parameter is looked at. */
const fitting: Readonly<Record<string, string>> = {
  address: devices.tracker.address,
  device: devices.tracker.address,
  sequence: '101',
  lane: '0',
  height: '1',
  kind: 'bodies',
}
const fittingFile: Readonly<Record<string, string>> = { ...fitting, height: '00000001' }

/** Each parameter of each route, with each value, the others fitting. */
const urls = async (): Promise<readonly string[]> => {
  const { body } = await gateway.get('/v1/openapi.json')
  const paths = Object.entries(body.paths as Record<string, Record<string, Operation>>)
  return paths.flatMap(([path, { get }]) => {
    const fits = path.startsWith('/log/') ? fittingFile : fitting
    const fill = (name?: string, value?: string) =>
      path.replaceAll(/\{(\w+)\}/g, (_, part: string) => (part === name ? (value ?? '') : (fits[part] ?? '')))
    return (get?.parameters ?? []).flatMap(({ name, in: where }) => {
      const tried = name === 'cursor' ? [...values, ...cursors] : values
      return tried.map((value) => (where === 'path' ? fill(name, value) : `${fill()}?${name}=${value}`))
    })
  })
}

const strange = /^5\d\d$/

describe('no value in a URL', () => {
  test('of any parameter of any route is a failure of the gateway', async () => {
    const all = await urls()
    expect(all.length).toBeGreaterThan(1_000)
    const failed: string[] = []
    for (let start = 0; start < all.length; start += 6)
      await Promise.all(
        all.slice(start, start + 6).map(async (url) => {
          const { status } = await gateway.get(url, tokens.alice)
          if (strange.test(String(status))) failed.push(`${status} ${url}`)
        }),
      )
    expect(failed).toEqual([])
    expect(gateway.failures).toEqual([])
  })

  test('together with another one is, either', async () => {
    const pairs = numbers.flatMap((n) => [
      `/v1/rewards?epoch=${n}&device=${devices.tracker.address}`,
      `/v1/rewards?epoch=${n}&cursor=lines.${devices.tracker.address}.1`,
      `/v1/batches?lane=${n}&cursor=batches.1`,
      `/v1/devices/${devices.tracker.address}/readings?from=${n}&to=${n}`,
      `/v1/devices/${devices.sold.address}/refusals?from=0&to=${n}`,
    ])
    for (const url of pairs) {
      const { status } = await gateway.get(url, url.includes(devices.sold.address) ? tokens.bob : tokens.alice)
      expect(status, url).toBeLessThan(500)
    }
  })
})

test('a cursor that fits its pattern is taken, as the document says', async () => {
  for (const [path, cursor] of [
    ['/v1/devices', `devices.${addresses[3]}`],
    ['/v1/batches', `batches.${'9'.repeat(18)}`],
    ['/v1/rewards', `epochs.${'9'.repeat(18)}`],
    [`/v1/rewards?epoch=${START / EPOCH}`, `lines.${addresses[3]}.${'9'.repeat(9)}`],
    [`/v1/devices/${devices.tracker.address}/readings`, `readings.${'7'.padEnd(16, 'f')}`],
  ] as const)
    expect(
      (await gateway.get(`${path}${path.includes('?') ? '&' : '?'}cursor=${cursor}`, tokens.alice)).status,
      cursor,
    ).toBe(200)
  const { body } = await gateway.get('/v1/openapi.json')
  for (const path of ['/v1/devices', '/v1/batches', '/v1/rewards', '/v1/devices/{address}/readings'])
    expect(body.paths[path].get.parameters.find(({ name }: Parameter) => name === 'cursor').schema.pattern).toMatch(
      /^\^/,
    )
})

const asked = (path: string, method: string): Promise<{ status: number | undefined; allow: string | undefined }> =>
  new Promise((resolve, reject) => {
    const sent = http.request(gateway.url + path, { method, agent: false }, (answer) => {
      answer.resume()
      resolve({ status: answer.statusCode, allow: answer.headers.allow })
    })
    sent.on('error', reject)
    sent.end()
  })

test('every method that HTTP knows is answered on every path: 405 with Allow where the path has others', async () => {
  const known = [...new Set(gateway.routes.map(({ path }) => path))]
  for (const path of known) {
    const url = path.replaceAll(/:(\w+)/g, (_, name: string) => fittingFile[name] ?? '').replace('*', 'x')
    const bare = (text: string) => text.replace(/(.)\/$/, '$1')
    const own = gateway.routes.filter((route) => bare(route.path) === bare(path)).map(({ method }) => method)
    for (const method of http.METHODS.filter((name) => name !== 'CONNECT' && !own.includes(name))) {
      const { status, allow } = await asked(url, method)
      expect([status, (allow ?? '').split(', ')], `${method} ${url}`).toEqual([
        405,
        expect.arrayContaining(gateway.routes.filter((route) => route.path === path).map((route) => route.method)),
      ])
    }
  }
})

describe('no body', () => {
  const pairing = {
    device: devices.curious.address,
    owner: devices.tracker.address,
    curve: 'secp256k1',
    model: 'tracker-1',
    cell: '0x0',
    nonce: '0',
    deadline: '1769860800',
    ownerSignature: `0x${'11'.repeat(65)}`,
  }

  test('of a pairing is a failure of the gateway', async () => {
    for (const field of Object.keys(pairing))
      for (const value of [...values, 0, -1, 1e308, null, [], {}, true]) {
        const { status } = await gateway.send('/v1/pairings', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ ...pairing, [field]: value }),
        })
        expect(status, `${field}: ${value}`).toBeLessThan(500)
      }
    expect(gateway.failures).toEqual([])
  })
})
