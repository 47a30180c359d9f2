import { mkdtempSync } from 'node:fs'
import { createServer, connect as openSocket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import mqttPacket, { type IPublishPacket, type Packet } from 'mqtt-packet'
import { createPublicClient, http } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readRegistration } from '../../chain/client.ts'
import type { Curve } from '../../devices/identity.ts'
import { openConfirm, openPebble } from '../../devices/pebble/packet.ts'
import { type PebbleTopics, pebbleTopics } from '../../devices/pebble/topics.ts'
import { type Fleet, type Group, startFleet } from '../../firmware-sim/fleet.ts'
import { removeData } from '../support/gateway-process.ts'
import { eventually, type Json, startWhole, type Whole } from '../support/whole-gateway.ts'

/*
 * Simulated devices on their real protocols, through a tap on the line that writes down every MQTT packet, both ways.
 */

type Heard = { readonly from: 'device' | 'gateway'; readonly packet: Packet }

/** A line to the gateway's MQTT port that passes everything on as it is. */
const openTap = async (port: number) => {
  const heard: Heard[] = []
  const listen = (from: Heard['from']) => {
    const parser = mqttPacket.parser({ protocolVersion: 4 })
    parser.on('packet', (packet) => heard.push({ from, packet }))
    return (chunk: Buffer) => void parser.parse(chunk)
  }
  const server = createServer((device) => {
    const gateway = openSocket(port, '127.0.0.1')
    device.on('data', listen('device')).on('error', () => gateway.destroy())
    gateway.on('data', listen('gateway')).on('error', () => device.destroy())
    device.pipe(gateway).pipe(device)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return { heard, port: typeof address === 'object' && address ? address.port : 0, close: () => server.close() }
}

let whole: Whole
let stateDir: string
const trackers = new Map<Curve, Fleet>()
beforeAll(async () => {
  whole = await startWhole()
  stateDir = mkdtempSync(path.join(tmpdir(), 'cairn-devices-'))
  for (const curve of ['secp256k1', 'p256'] as const)
    trackers.set(curve, await start({ model: 'tracker', devices: 1, curve, rate: 1 }, whole.ports.mqtt))
})
afterAll(async () => {
  await Promise.all([...trackers.values()].map((fleet) => fleet.stop()))
  await whole?.remove()
  removeData(stateDir)
})

const scheduler = {
  now: () => Date.now(),
  after: (delay: number, work: () => void) => {
    const timer = setTimeout(work, delay)
    return () => clearTimeout(timer)
  },
}

const start = async (group: Group, mqttPort: number): Promise<Fleet> =>
  startFleet({
    url: whole.process.url,
    mqttUrl: `mqtt://127.0.0.1:${mqttPort}`,
    seed: `journey ${group.model} ${group.curve}`,
    groups: [group],
    faults: {},
    owner: await whole.owner(),
    stateDir,
    scheduler,
    onTrouble: (line) => {
      throw new Error(line)
    },
  })

const registrationOf = async (device: `0x${string}`) =>
  readRegistration(
    createPublicClient({ transport: http(whole.process.rpcUrl) }),
    (await whole.network()).domain.registry,
    device,
  )

/** A refusal as long as nobody knows the device. */
type Readings = { readonly readings?: readonly (Json & { readonly settled: boolean })[] }
const settledReading = (device: string) =>
  eventually('a settled reading', async () => {
    const { body } = await whole.get<Readings>(`/v1/devices/${device}/readings`)
    return body.readings?.find(({ settled }) => settled)
  })

describe('a Pebble, from its first boot', () => {
  let fleet: Fleet
  let tap: Awaited<ReturnType<typeof openTap>>
  let topics: PebbleTopics
  const publications = () =>
    tap.heard.flatMap(({ from, packet }) => (packet.cmd === 'publish' ? [{ from, ...(packet as IPublishPacket) }] : []))

  /** What was said on the line, each kind in one word, without repetitions. */
  const said = (): readonly string[] => {
    const [device] = fleet.identities
    const words = publications().map(({ topic, payload }) => {
      if (topic === topics.query) return 'query'
      if (topic === topics.confirm) return 'confirm'
      if (topic === topics.status) return `status ${JSON.parse(String(payload)).status}`
      const opened = openPebble(Uint8Array.from(payload as Buffer), device?.address ?? '0x')
      return opened.ok ? opened.value.kind.toUpperCase() : 'rubbish'
    })
    return words.filter((word, index) => word !== words[index - 1])
  }

  beforeAll(async () => {
    tap = await openTap(whole.ports.mqtt)
    fleet = await start({ model: 'pebble', devices: 1, curve: 'secp256k1', rate: 1 }, tap.port)
    topics = pebbleTopics(fleet.identities[0]?.imei ?? '')
    await eventually('three DATA packets', () => {
      const data = publications().filter(({ topic }) => topic === topics.data)
      return data.length >= 4
    })
    await fleet.stop()
    tap.close()
  })

  test('asks, hears who proposed, is told Enter, confirms, hears that it is paired, and only then sends CONFIG and DATA', () => {
    const words = said()
    expect(words.filter((word) => word !== 'query')).toEqual(['status 1', 'confirm', 'status 2', 'CONFIG', 'DATA'])
    expect(words[0]).toBe('query')
  })

  test('speaks as the firmware does: its IMEI alone in CONNECT, QoS 0, clean session, 20 seconds of keep-alive', () => {
    const [imei] = fleet.identities.map((identity) => identity.imei)
    const connects = tap.heard.flatMap(({ packet }) => (packet.cmd === 'connect' ? [packet] : []))
    expect(connects.length).toBeGreaterThanOrEqual(2)
    for (const { clientId, username, password, clean, keepalive, will } of connects)
      expect({ clientId, username, password, clean, keepalive, will }).toEqual({
        clientId: imei,
        username: undefined,
        password: undefined,
        clean: true,
        keepalive: 20,
        will: undefined,
      })
    expect(publications().filter(({ from, qos }) => from === 'device' && qos !== 0)).toEqual([])
  })

  test('is spoken to as the firmware can hear: QoS 1, packet ids up to 255, at most 256 bytes', () => {
    const answers = publications().filter(({ from }) => from === 'gateway')
    expect(answers.length).toBeGreaterThanOrEqual(2)
    for (const { qos, messageId, payload, retain } of answers) {
      expect([qos, retain]).toEqual([1, false])
      expect(messageId).toBeLessThanOrEqual(255)
      expect(payload.length).toBeLessThanOrEqual(256)
    }
  })

  test('belongs on chain to the owner whose address it signed', async () => {
    const [device] = fleet.identities
    const confirm = publications().find(({ topic }) => topic === topics.confirm)
    const opened = openConfirm(Uint8Array.from((confirm?.payload ?? []) as Buffer))
    const { address: owner } = await whole.owner()
    expect(opened).toMatchObject({ ok: true, value: { owner } })
    const registration = await registrationOf(device?.address ?? '0x')
    expect(registration).toMatchObject({ owner, term: 1, model: 'pebble-riverrock', grade: 'legacy' })
    expect(registration?.publicKey).toEqual(device?.publicKey)
  })

  test('has its readings settled, of the grade that its protocol deserves', async () => {
    const reading = await settledReading(fleet.identities[0]?.address ?? '')
    expect(reading).toMatchObject({ grade: 'legacy', flags: [] })
  })

  test('was never refused', async () => {
    const { body } = await whole.get(`/v1/devices/${fleet.identities[0]?.address}/refusals`)
    expect(body.refusals).toEqual([])
  })
})

describe.each(['secp256k1', 'p256'] as const)('a native tracker on %s', (curve) => {
  test('pairs by two signatures, and has its readings settled, of full grade', async () => {
    const [tracker] = trackers.get(curve)?.identities ?? []
    if (!tracker) throw new Error('no tracker was started')
    const { address, publicKey } = tracker
    const reading = await settledReading(address)
    expect(reading).toMatchObject({ grade: 'full', flags: [] })
    expect(await registrationOf(address)).toMatchObject({ curve, publicKey, model: 'tracker-1', term: 1 })
    expect((await whole.get(`/v1/devices/${address}/refusals`)).body.refusals).toEqual([])
  })
})
