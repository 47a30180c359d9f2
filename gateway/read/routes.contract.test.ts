import { sha256 } from '@noble/hashes/sha2.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MAX_PACKET_BYTES } from '../../devices/limits.ts'
import { models } from '../../devices/models.ts'
import { checkInclusion, checkReadings, checkRecord, checkSignature, openPacket } from '../../sdk/check-packet.ts'
import { encodeEarning } from '../../sdk/log/earning.ts'
import { decodeHeader, headerHash } from '../../sdk/log/header.ts'
import { leafHash, verifyInclusion } from '../../sdk/log/merkle.ts'
import { parseProof } from '../../sdk/proof.ts'
import { provenIn } from '../../sdk/served.ts'
import { freshDatabase } from '../../test/support/postgres.ts'
import { openSeeded, type ReadGateway, tokens } from '../../test/support/read-gateway.ts'
import {
  alice,
  bob,
  devices,
  EPOCH,
  freshPacket,
  HOSTILE,
  parameters,
  START,
} from '../../test/support/seeded-gateway.ts'
import { refusals } from '../errors.ts'
import { memoryStore } from '../store/memory.ts'
import { openStore } from '../store/postgres.ts'
import type { Store } from '../store/store.ts'
import { bytesOf } from './schemas.ts'

const adapters: readonly [string, () => Promise<Store>][] = [
  ['memory', async () => memoryStore()],
  ['PostgreSQL', async () => openStore((await freshDatabase()).url)],
]

describe.each(adapters)('the REST surface over %s', (_, open) => {
  let store: Store
  let gateway: ReadGateway

  beforeAll(async () => {
    store = await open()
    gateway = await openSeeded(store)
  })

  afterAll(async () => {
    await gateway?.stop()
    await store?.close()
  })

  const get = (path: string, token?: string) => gateway.get(path, token)

  /** Every item of a list, by its cursors. */
  const walk = async (path: string, field: string, token?: string) => {
    const items: unknown[] = []
    const sizes: number[] = []
    let next: string | null = null
    do {
      const { status, body } = await get(next ? `${path}&cursor=${next}` : path, token)
      expect(status).toBe(200)
      items.push(...body[field])
      sizes.push(body[field].length)
      next = body.next
    } while (next !== null)
    // biome-ignore lint/suspicious/noExplicitAny: items of every list
    return { items: items as any[], sizes }
  }

  test('the models that can be paired are listed, with what each is judged by', async () => {
    const { status, body } = await get('/v1/models')
    expect(status).toBe(200)
    expect(body.models.map(({ name }: { name: string }) => name)).toEqual(models.map(({ name }) => name))
    expect(body.models[2]).toMatchObject({ name: 'tracker-1', cadenceMs: 60_000 })
    expect(body.models[2].quantities).toContainEqual({ name: 'humidity', unit: '%RH', least: 0, most: 100 })
  })

  test('who may pair here is told before anyone tries', async () => {
    expect((await get('/v1/pairings')).body).toMatchObject({
      policy: 'listed',
      serves: expect.stringContaining('NOT_PAIRED'),
      deadlineSeconds: 300,
      manufacturer: null,
      models: '/v1/models',
    })
    expect((await get(`/v1/pairings/${devices.tracker.address}?owner=nobody`)).status).toBe(400)
  })

  describe('devices', () => {
    test('are listed once each, page by page, by address', async () => {
      const { items, sizes } = await walk('/v1/devices?limit=4', 'devices')
      const addresses = items.map(({ address }) => address)
      expect(sizes).toEqual([4, 2])
      expect(addresses).toEqual(
        Object.values(devices)
          .map(({ address }) => address)
          .sort(),
      )
    })

    test('of one owner are found', async () => {
      const { body } = await get(`/v1/devices?owner=${bob}`)
      expect(body.devices.map((row: { owner: string }) => row.owner)).toEqual([bob, bob])
    })

    test('have the grade of their registration, whatever the name of their model', async () => {
      expect((await get(`/v1/devices/${devices.hostile.address}`)).body).toMatchObject({
        model: HOSTILE,
        grade: 'legacy',
      })
    })

    test('of a token’s owner are found without knowing the address, by a token alone', async () => {
      const { body } = await get('/v1/devices?owner=me', tokens.bob)
      expect(body.devices.map((row: { owner: string }) => row.owner)).toEqual([bob, bob])
      expect((await get('/v1/devices?owner=me')).status).toBe(401)
    })

    test('tell model, grade, owner, term and coarse place', async () => {
      const { body } = await get(`/v1/devices/${devices.captured.address}`)
      expect(body).toMatchObject({ model: 'pebble-riverrock', grade: 'attested', owner: alice, term: 1, packets: '1' })
      expect(body.did).toBe(`did:io:${devices.captured.address}`)
      expect((await get(`/v1/devices/${devices.pebble.address}`)).body.grade).toBe('legacy')
      expect((await get(`/v1/devices/${devices.tracker.address}`)).body).toMatchObject({
        grade: 'full',
        place: '862a1072fffffff',
      })
    })

    test('are found whatever the letter case, and told when there is none', async () => {
      const shout = devices.tracker.address.toUpperCase().replace('0X', '0x')
      expect((await get(`/v1/devices/${shout}`)).body.address).toBe(devices.tracker.address)
      const missing = await get(`/v1/devices/0x${'00'.repeat(20)}`)
      expect([missing.status, missing.body.code]).toEqual([404, 'UNKNOWN_DEVICE'])
    })
  })

  describe('readings', () => {
    const readings = `/v1/devices/${devices.tracker.address}/readings`

    test('walked page by page are each there once, in order', async () => {
      const { items, sizes } = await walk(`${readings}?limit=7`, 'readings', tokens.alice)
      const ids = items.map(({ sequence, index }) => `${sequence}/${index}`)
      expect(ids).toHaveLength(48)
      expect(new Set(ids).size).toBe(48)
      expect(items.map(({ sequence }) => Number(sequence))).toEqual(
        items.map(({ sequence }) => Number(sequence)).sort((a, b) => a - b),
      )
      // Packets hold two readings, and pages whole packets.
      expect(new Set(sizes)).toEqual(new Set([6]))
    })

    test('carry what was sensed, and what its reader needs to judge it', async () => {
      const { body } = await get(`/v1/devices/${devices.captured.address}/readings`, tokens.alice)
      const [reading] = body.readings
      expect(reading).toMatchObject({
        at: Date.parse('2024-06-19T00:45:42Z'),
        clock: 'device',
        flags: ['CLOCK_SKEWED'],
        quality: 9_000,
        grade: 'attested',
        sequence: '1718757942',
        settled: true,
      })
      const value = (name: string) => reading.measurements.find((one: { name: string }) => one.name === name)?.value
      expect(value('temperature')).toBe(20.77)
      expect(value('pressure')).toBe(980.48)
      expect(value('lat')).toBeCloseTo(49.92)
      expect(value('lon')).toBeCloseTo(-97.19)
    })

    test('of a range are those inside it, by ISO 8601 or unix milliseconds', async () => {
      const from = START + 15_000
      const byMillis = await get(`${readings}?from=${from}&to=${from + 20_000}`, tokens.alice)
      const iso = (at: number) => encodeURIComponent(new Date(at).toISOString())
      const byIso = await get(`${readings}?from=${iso(from)}&to=${iso(from + 20_000)}`, tokens.alice)
      expect(byMillis.body.readings.length).toBeGreaterThan(0)
      expect(byIso.body).toEqual(byMillis.body)
      for (const { at } of byMillis.body.readings) expect(at >= from && at <= from + 20_000).toBe(true)
    })

    test('prove themselves under the header of their own batch', async () => {
      const { body } = await get(`${readings}?proof=1&limit=100`, tokens.alice)
      const settled = body.readings.filter((reading: { settled: boolean }) => reading.settled)
      expect(settled).toHaveLength(36)
      for (const { proof, sequence } of settled) {
        const parsed = parseProof(proof)
        if (!parsed.ok) throw new Error(JSON.stringify(parsed.refusal))
        const { record, index, inclusion, header } = parsed.value
        expect(String(record.sequence)).toBe(sequence)
        expect(
          verifyInclusion({
            leafHash: leafHash(bytesOf(proof.record)),
            index,
            size: header.size,
            proof: inclusion,
            root: header.root,
          }),
        ).toBe(true)
      }
    })

    test('of every device prove what was served, from the signed bytes to the root', async () => {
      for (const { address } of [devices.tracker, devices.curious, devices.pebble, devices.captured]) {
        const { body } = await get(`/v1/devices/${address}/readings?proof=1&limit=4`, tokens.alice)
        const [{ document, served } = { document: undefined, served: [] }] = provenIn(body)
        const parsed = parseProof(document)
        if (!parsed.ok) throw new Error(JSON.stringify(parsed.refusal))
        const proof = parsed.value
        const envelope = openPacket(proof)
        if (!envelope.ok) throw new Error(JSON.stringify(envelope.refusal))
        const chain = { chainId: () => Promise.reject(), call: () => Promise.reject() }
        const subject = { proof, envelope: envelope.value, chain, network: undefined, served, said: {} }
        for (const check of [checkSignature, checkReadings, checkRecord, checkInclusion])
          expect(check(subject)).toMatchObject({ ok: true })
      }
    })

    test('not settled yet say so, and have no proof', async () => {
      const { body } = await get(`${readings}/601?proof=1`, tokens.alice)
      expect(body).toMatchObject({ sequence: '601', settled: false, proof: null })
      expect((await get(`${readings}/701?proof=1`, tokens.alice)).body).toMatchObject({ settled: false, proof: null })
    })

    test('of one packet are at its sequence', async () => {
      const { body } = await get(`${readings}/101?proof=1`, tokens.alice)
      expect(body.device).toBe(devices.tracker.address)
      expect(body.readings).toHaveLength(2)
      expect(parseProof(body.proof).ok).toBe(true)
      const missing = await get(`${readings}/99`, tokens.alice)
      expect([missing.status, missing.body.code]).toEqual([404, 'NOT_FOUND'])
    })
  })

  test('refusals are told to the owner with code, facts and fix, newest first', async () => {
    const { body } = await get(`/v1/devices/${devices.tracker.address}/refusals`, tokens.alice)
    const codes = new Set(body.refusals.map(({ code }: { code: string }) => code))
    expect(codes).toEqual(new Set(['SEQUENCE_SEEN', 'BAD_SIGNATURE']))
    for (const { code, fix, facts } of body.refusals) {
      expect(fix).toBe(refusals[code as keyof typeof refusals].fix)
      expect(facts.reason).toMatch(/^seeded at/)
    }
    const times = body.refusals.map(({ at }: { at: number }) => at)
    expect(times).toEqual([...times].sort((a, b) => b - a))
  })

  describe('batches', () => {
    test('are listed once each, newest first, with their settling transactions', async () => {
      const { items } = await walk('/v1/batches?limit=3', 'batches')
      expect(items.map(({ header }) => header.height)).toEqual(['7', '6', '5', '4', '3', '2', '1'])
      expect(items.map(({ state }) => state)).toEqual(['sent', ...Array(6).fill('settled')])
      for (const { transaction, settledAt, state } of items) {
        expect(transaction).toMatch(/^0x[0-9a-f]{64}$/)
        expect(settledAt === null).toBe(state === 'sent')
      }
    })

    test('by height have the header whose hash the chain holds, and the files that it commits to', async () => {
      const { body } = await get('/v1/batches/0/2')
      const folder = await gateway.send(`${body.files}header`, {})
      const bytes = new Uint8Array(await (await fetch(`${gateway.url}${body.files}header`)).arrayBuffer())
      expect(folder.headers.get('cache-control')).toContain('immutable')
      expect(bytesOf(body.headerHash)).toEqual(headerHash(decodeHeader(bytes)))
      const bodies = new Uint8Array(await (await fetch(`${gateway.url}${body.files}bodies`)).arrayBuffer())
      expect(bytesOf(body.header.dataHash)).toEqual(sha256(bodies))
      expect(bodies.length).toBe(76 * Number(body.records))
    })

    test('that are not there are not found', async () => {
      expect((await get('/v1/batches/0/99')).status).toBe(404)
      expect((await get('/v1/batches/3/1')).status).toBe(404)
      expect((await get('/log/0/00000099/bodies')).status).toBe(404)
      expect((await get('/log/3/checkpoint')).status).toBe(404)
    })

    test('have a signed checkpoint that is not cached for good', async () => {
      const { text, headers } = await get('/log/0/checkpoint')
      expect(text).toMatch(/^cairn\/[0-9a-f]{64}\/0\n\d+\n/)
      expect(headers.get('cache-control')).not.toContain('immutable')
    })
  })

  describe('rewards', () => {
    const first = START / EPOCH

    test('list epochs newest first, and claims paid', async () => {
      const { items } = await walk('/v1/rewards?limit=1', 'epochs')
      expect(items.map(({ epoch }) => epoch)).toEqual([String(first + 1), String(first)])
      const { body } = await get('/v1/rewards')
      expect(body.claims.length).toBeGreaterThan(0)
      expect(body.epochs[0].earnings).toBeUndefined()
    })

    test('of one epoch hold all its earnings, which add to what the epoch says', async () => {
      const { body } = await get(`/v1/rewards?epoch=${first + 1}`)
      const [epoch] = body.epochs
      const sum = epoch.earnings.reduce((total: bigint, row: { amount: string }) => total + BigInt(row.amount), 0n)
      expect(String(sum)).toBe(epoch.earned)
      expect(epoch.earnings).toHaveLength(epoch.terms)
      expect((await get('/v1/rewards?epoch=1')).status).toBe(404)
    })

    test('of one device come with the claim that anyone may send, proven under the earnings root', async () => {
      const lines = await get(`/v1/rewards?device=${devices.tracker.address}`)
      expect(lines.body.epochs.map(({ state }: { state: string }) => state)).toEqual(['proposed', 'final'])
      const ofEpoch = (epoch: number) => get(`/v1/rewards?device=${devices.tracker.address}&epoch=${epoch}`)
      expect((await ofEpoch(first + 1)).body.epochs[0].earnings[0].claim).toBeUndefined()
      const { body } = await ofEpoch(first)
      const [final] = body.epochs
      const [{ claim, ...shown }] = final.earnings
      expect(lines.body.epochs[1].earnings).toEqual([shown])
      const [line] = claim.lines
      const leaf = encodeEarning({ ...line, amount: BigInt(line.amount) })
      expect(claim).toMatchObject({ epoch: String(first), lines: [{ amount: shown.amount }] })
      expect(
        verifyInclusion({
          leafHash: leafHash(leaf),
          index: BigInt(claim.first),
          size: BigInt(final.terms),
          proof: claim.proof.map(bytesOf),
          root: bytesOf(final.earningsRoot),
        }),
      ).toBe(true)
      for (const row of body.claims) expect(row.device).toBe(devices.tracker.address)
    })
  })

  describe('an explanation', () => {
    const explain = (epoch: number) =>
      get(`/v1/devices/${devices.tracker.address}/explain?epoch=${epoch}`, tokens.alice)

    test('counts every packet once: statuses add to the total, and to 100 %', async () => {
      const { body } = await explain(START / EPOCH + 1)
      const counts = Object.fromEntries(
        body.packets.statuses.map(({ code, count }: { code: string; count: number }) => [code, count]),
      )
      expect(counts).toEqual({ ACCEPTED: 9, SEQUENCE_SEEN: 3, BAD_SIGNATURE: 1 })
      expect(body.packets.total).toBe(13)
      const shares = body.packets.statuses.map(({ basisPoints }: { basisPoints: number }) => basisPoints)
      expect(shares.reduce((a: number, b: number) => a + b, 0)).toBe(10_000)
    })

    test('tells the arithmetic line by line, down to what was paid', async () => {
      const { body } = await explain(START / EPOCH)
      const lines = Object.fromEntries(
        body.reward.lines.map(({ name, value }: { name: string; value: string }) => [name, BigInt(value)]),
      )
      expect(body.reward.isExact).toBe(true)
      expect(lines.records).toBe(9n)
      expect(lines.score).toBe(90_000n)
      expect(lines.weight).toBe(parameters.scoreCap)
      expect(lines.share).toBe((parameters.budget * parameters.scoreCap) / (lines.totalWeight ?? 1n))
      expect(lines.amount).toBe(lines.share)
      expect(lines.paid).toBe(lines.cumulative)
      expect(body.reward.claims).toHaveLength(1)
      expect(body.reward.transaction).toMatch(/^0x/)
    })

    test('of an epoch that is not computed yet has counts and no reward', async () => {
      const { body } = await explain(START / EPOCH + 2)
      expect(body).toMatchObject({ state: 'open', reward: null })
      expect(body.packets.total).toBeGreaterThan(0)
    })

    test('is of the newest computed epoch where none is named', async () => {
      const { body } = await get(`/v1/devices/${devices.tracker.address}/explain`, tokens.alice)
      expect(body.epoch).toBe(String(START / EPOCH + 1))
    })
  })

  describe('a packet handed in', () => {
    const send = (body: Uint8Array, type = 'application/cbor') =>
      gateway.send('/v1/packets', { method: 'POST', body: Buffer.from(body), headers: { 'content-type': type } })

    test('is stored once, and told so again', async () => {
      const raw = freshPacket(10_000n, START)
      const first = await send(raw)
      expect([first.status, first.body.outcome]).toEqual([201, 'ACCEPTED'])
      const again = await send(raw, 'application/cose')
      expect([again.status, again.body.outcome]).toEqual([200, 'SEQUENCE_SEEN'])
      const read = await get(`/v1/devices/${devices.tracker.address}/readings/10000`, tokens.alice)
      expect(read.body.readings).toHaveLength(1)
    })

    test('that has a taken sequence is a conflict', async () => {
      await send(freshPacket(10_001n, START))
      const other = await send(freshPacket(10_001n, START + 1_000))
      expect([other.status, other.body.code]).toEqual([409, 'SEQUENCE_CONFLICT'])
      expect(other.body.facts).toEqual({ device: devices.tracker.address, sequence: '10001' })
    })

    test('that is none, or too large, is refused with its facts', async () => {
      const rubbish = await send(Uint8Array.of(0xd2, 0x01))
      expect([rubbish.status, rubbish.body.code]).toEqual([422, 'MALFORMED'])
      expect(rubbish.body.facts).not.toEqual({})
      const large = await send(new Uint8Array(MAX_PACKET_BYTES + 1))
      expect([large.status, large.body.code, large.body.facts.bytes]).toEqual([413, 'TOO_LARGE', MAX_PACKET_BYTES + 1])
    })
  })

  test('counts add up, and metrics tell them', async () => {
    const { body } = await get('/v1/counts')
    expect(body).toMatchObject({ devices: 6, batches: '7', settled: '6' })
    const { text } = await get('/metrics')
    expect(text).toContain('batches{state="settled"} 6')
    expect(text).toContain('packets_refused_total{code="BAD_SIGNATURE"} 0')
    expect(text).toContain('http_requests_total{route="/v1/counts",method="GET",status="200"}')
  })
})
