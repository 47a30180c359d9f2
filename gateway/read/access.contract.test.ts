import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSeeded, type ReadGateway, tokens } from '../../test/support/read-gateway.ts'
import { devices, EPOCH, SALE, START } from '../../test/support/seeded-gateway.ts'
import { memoryStore } from '../store/memory.ts'

let gateway: ReadGateway
const store = memoryStore()

beforeAll(async () => {
  gateway = await openSeeded(store)
})
afterAll(() => gateway?.stop())

const tracker = devices.tracker.address
const private_ = [
  `/v1/devices/${tracker}/readings`,
  `/v1/devices/${tracker}/readings?proof=1`,
  `/v1/devices/${tracker}/readings/101`,
  `/v1/devices/${tracker}/readings/101?proof=1`,
  `/v1/devices/${tracker}/refusals`,
  `/v1/devices/${tracker}/explain`,
]
const open = [
  '/v1/network',
  '/v1/counts',
  '/v1/errors',
  '/v1/devices',
  `/v1/devices/${tracker}`,
  '/v1/batches',
  '/v1/batches/0/1',
  '/v1/rewards',
  `/v1/rewards?device=${tracker}`,
  '/v1/health',
  '/metrics',
  '/log/0/checkpoint',
  '/log/0/00000001/bodies',
  '/log/0/00000001/summaries',
  '/openapi.json',
  '/',
]

describe('values', () => {
  test.each(private_)('%s is the owner’s alone', async (path) => {
    const anonymous = await gateway.get(path)
    expect([anonymous.status, anonymous.body.code]).toEqual([401, 'UNAUTHORIZED'])
    expect(anonymous.headers.get('www-authenticate')).toContain('Bearer')
    const wrong = await gateway.get(path, 'no-such-token')
    expect([wrong.status, wrong.body.code]).toEqual([401, 'UNAUTHORIZED'])
    for (const token of [tokens.bob, tokens.carol]) {
      const other = await gateway.get(path, token)
      expect([other.status, other.body.code]).toEqual([403, 'FORBIDDEN'])
      expect(other.text).not.toContain('temperature')
    }
    expect((await gateway.get(path, tokens.alice)).status).toBe(200)
  })

  test.each(private_)('%s is kept by no cache', async (path) => {
    expect((await gateway.get(path, tokens.alice)).headers.get('cache-control')).toBe('no-store')
  })

  test.each(open)('are not in %s', async (path) => {
    const { status, text } = await gateway.get(path)
    expect(status).toBe(200)
    for (const secret of ['1013.2', '55.25', '980.48', 'seeded at', '8a2a1072b59ffff', '350916067070001'])
      expect(text).not.toContain(secret)
  })

  test('are not opened by a token in the URL', async () => {
    const { status, text } = await gateway.get(`/v1/devices/${tracker}/readings?token=${tokens.alice}`)
    expect(status).toBe(400)
    expect(text).not.toContain(tokens.alice)
  })
})

describe('a device’s exact cell and IMEI', () => {
  test('are shown to its holder, in the list too, and to nobody else', async () => {
    const path = `/v1/devices/${devices.pebble.address}`
    expect((await gateway.get(path, tokens.alice)).body).toMatchObject({
      cell: '8a2a1072b59ffff',
      imei: '350916067070001',
    })
    for (const token of [undefined, tokens.bob]) {
      const { body } = await gateway.get(path, token)
      expect(Object.keys(body)).not.toContain('cell')
      expect(Object.keys(body)).not.toContain('imei')
    }
    const { body } = await gateway.get('/v1/devices', tokens.bob)
    const told = body.devices.filter((row: object) => 'cell' in row).map((row: { address: string }) => row.address)
    expect(told.sort()).toEqual([devices.sold.address, devices.hostile.address].sort())
  })
})

describe('a device that changed hands', () => {
  const sold = devices.sold.address

  test('shows its new holder what it sensed since, and nothing of before', async () => {
    const { body } = await gateway.get(`/v1/devices/${sold}/readings?limit=1000`, tokens.bob)
    expect(body.readings.map(({ sequence }: { sequence: string }) => sequence)).toEqual(
      ['4', '5', '6', '7', '8'].flatMap((sequence) => [sequence, sequence]),
    )
    const before = await gateway.get(`/v1/devices/${sold}/readings/1?proof=1`, tokens.bob)
    expect([before.status, before.body.code]).toEqual([404, 'NOT_FOUND'])
  })

  test('is shut to the holder before', async () => {
    for (const rest of ['readings', 'readings/1', 'readings/4', 'refusals', 'explain'])
      expect((await gateway.get(`/v1/devices/${sold}/${rest}`, tokens.alice)).status).toBe(403)
  })

  test('shows refusals only from after the block that the new term is known from', async () => {
    const { body } = await gateway.get(`/v1/devices/${sold}/refusals`, tokens.bob)
    expect(body.refusals.length).toBeGreaterThan(0)
    for (const { at } of body.refusals) expect(at).toBeGreaterThan(SALE.at)
  })

  test('does not show a refusal of before because it came again', async () => {
    const refusal = (receivedAt: number, secret: string) => ({
      status: 'refused' as const,
      code: 'SEQUENCE_CONFLICT' as const,
      facts: { secret },
      source: sold,
      standing: 'device' as const,
      digest: new Uint8Array(32).fill(7),
      raw: Uint8Array.of(1),
      receivedAt,
    })
    await store.inbox.append([refusal(SALE.at - 1_000, 'of the holder before')])
    await store.inbox.append([refusal(SALE.at + 9_000, 'of the holder before')])
    await store.inbox.append([{ ...refusal(SALE.at + 9_000, 'of the holder now'), digest: undefined }])
    const { text } = await gateway.get(`/v1/devices/${sold}/refusals`, tokens.bob)
    expect(text).not.toContain('of the holder before')
    expect(text).toContain('of the holder now')
  })

  test('explains no packet of the term before', async () => {
    const first = await gateway.get(`/v1/devices/${sold}/explain?epoch=${START / EPOCH}`, tokens.bob)
    expect(first.body).toMatchObject({ packets: { total: 0, statuses: [], refusals: [] }, reward: null })
    const second = await gateway.get(`/v1/devices/${sold}/explain?epoch=${START / EPOCH + 1}`, tokens.bob)
    expect(second.body.packets.total).toBeGreaterThan(0)
    expect(second.body.reward.lines.find((line: { name: string }) => line.name === 'records').value).toBe('3')
  })

  test('tells nothing where the block’s time is not known', async () => {
    const closed = await openSeeded(memoryStore(), { blockTime: async () => undefined })
    const { status, body } = await closed.get(`/v1/devices/${sold}/refusals`, tokens.bob)
    await closed.stop()
    expect([status, body.code]).toEqual([503, 'CHAIN_UNREACHABLE'])
  })
})
