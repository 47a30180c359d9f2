import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { bytesToHex } from '@noble/hashes/utils.js'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Address } from '../devices/identity.ts'
import { networkId } from '../devices/network.ts'
import { openPebble } from '../devices/pebble/packet.ts'
import type { Acknowledgement } from '../firmware-sim/device.ts'
import { type Fleet, type FleetOptions, startFleet } from '../firmware-sim/fleet.ts'
import { ownerOf } from '../firmware-sim/owner.ts'
import type { Scheduler } from '../firmware-sim/time.ts'
import { entryOf } from '../gateway/errors.ts'
import { type Mqtt, startMqtt } from '../gateway/ingress/mqtt.ts'
import { openPipeline } from '../gateway/pipeline.ts'
import type { Incoming, Outcome } from '../gateway/ports.ts'
import { openDesk } from '../gateway/registry/desk.ts'
import { pairingOf, propose } from '../gateway/registry/pair.ts'
import { memoryStore } from '../gateway/store/memory.ts'
import { holds } from '../gateway/verify/signature.ts'
import { startTestChain, type TestChain } from './support/chain.ts'
import { openEvmRegistry } from './support/evm-registry.ts'
import { person } from './support/registry.ts'

/*
 * A simulated fleet on the real ingress, verification, registry and contracts. Its clock, and the gateway's, run twenty times as fast.
 */

const SPEED = 20
const fastClock = (start: number): Scheduler => {
  const origin = performance.now()
  return {
    now: () => start + (performance.now() - origin) * SPEED,
    after: (delay, work) => {
      const timer = setTimeout(work, delay / SPEED)
      return () => clearTimeout(timer)
    },
  }
}

type Seen = { readonly outcome: Outcome; readonly incoming: Incoming }

let chain: TestChain
let scheduler: Scheduler
let stateDir: string
let registry: Awaited<ReturnType<typeof openEvmRegistry>>
let http: Server
let mqtt: Mqtt
let posts: number
let seen: Seen[]
let look: () => void
let settling: NodeJS.Timeout
const fleets: Fleet[] = []

beforeAll(async () => {
  chain = await startTestChain()
})
afterAll(() => chain.stop())

const until = (isSo: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    look = () => {
      if (isSo()) resolve()
    }
    look()
  })

const readBody = async (request: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const part of request) text += part
  return text
}

/** The three routes that an owner's app calls. */
const startRest = async (): Promise<Server> => {
  const { chainId, registry: address } = chain.deployment
  const answer = async (request: IncomingMessage): Promise<{ status: number; json: object }> => {
    const device = request.url?.split('/v1/pairings/')[1]?.split('?')[0] as Address | undefined
    if (request.url === '/v1/network')
      return { status: 200, json: { chainId, registry: address, networkId: `0x${bytesToHex(network())}` } }
    if (device) {
      const found = pairingOf(registry, device)
      return found ? { status: 200, json: found } : { status: 404, json: {} }
    }
    posts++
    const proposed = await propose(registry, JSON.parse(await readBody(request)), ['127.0.0.1'])
    if (proposed.ok) return { status: 202, json: proposed.value }
    return { status: entryOf(proposed.refusal.code).http, json: proposed.refusal }
  }
  const server = createServer((request, response) => {
    void answer(request).then(({ status, json }) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** Blocks keep the fleet's time: a confirm may be a minute ahead of its block, which the fleet's clock passes in three seconds. */
const keepTime = async (): Promise<void> => {
  const now = Math.floor(scheduler.now() / 1_000)
  // Refused where the newest block is of this second already: then the next one is close enough.
  await chain.rpc('evm_setNextBlockTimestamp', [now]).catch(() => {})
}

const network = () => networkId(chain.deployment.chainId, chain.deployment.registry)
const portOf = (server: Server) => (server.address() as AddressInfo).port

const startBroker = async (port = 0, inbox = store.inbox): Promise<Mqtt> => {
  const observers = [
    (outcome: Outcome, incoming: Incoming) => {
      seen.push({ outcome, incoming })
      look()
    },
  ]
  const pipeline = openPipeline({ inbox, known: registry.known, network: network(), observers }, { perSecond: 1e6 })
  return startMqtt({
    host: '127.0.0.1',
    port,
    pipeline,
    known: registry.known,
    network: network(),
    clock: scheduler,
    holds,
    pebbles: { areLetIn: true, desk: openDesk(registry) },
  })
}
let store: ReturnType<typeof memoryStore>

beforeEach(async () => {
  const { timestamp } = await chain.client.getBlock()
  scheduler = fastClock(Number(timestamp) * 1_000)
  stateDir = await mkdtemp(path.join(tmpdir(), 'cairn-fleet-'))
  registry = await openEvmRegistry(chain, scheduler.now)
  store = memoryStore()
  ;[posts, seen, look] = [0, [], () => {}]
  http = await startRest()
  mqtt = await startBroker()
  const settle = () => {
    settling = setTimeout(() => void keepTime().then(registry.settle).then(settle), 20)
  }
  settle()
})
afterEach(async () => {
  await Promise.all(fleets.splice(0).map((fleet) => fleet.stop()))
  clearTimeout(settling)
  await mqtt.stop()
  http.closeAllConnections()
  await new Promise((resolve) => http.close(resolve))
  await rm(stateDir, { recursive: true, force: true })
})

const owner = ownerOf(person('fleet owner').key.secret)
const acknowledged: Acknowledgement[] = []
const troubles: string[] = []
const start = async (options: Partial<FleetOptions> & Pick<FleetOptions, 'groups' | 'seed'>): Promise<Fleet> => {
  acknowledged.length = 0
  troubles.length = 0
  const fleet = await startFleet({
    url: `http://127.0.0.1:${portOf(http)}`,
    mqttUrl: `mqtt://127.0.0.1:${mqtt.port}`,
    faults: {},
    owner,
    stateDir,
    scheduler,
    onAcknowledged: (acknowledgement) => {
      acknowledged.push(acknowledgement)
      look()
    },
    onTrouble: (line) => troubles.push(line),
    ...options,
  })
  fleets.push(fleet)
  return fleet
}
const trackers = (devices: number, rate = 1) => ({ model: 'tracker', devices, curve: 'secp256k1', rate }) as const
const count = (outcome: Outcome) => seen.filter((each) => each.outcome === outcome).length
const outcomesOf = (source: string) => seen.filter(({ incoming }) => incoming.source === source)
const outcomes = () => [...new Set(seen.map(({ outcome }) => outcome))].sort()

describe('a fleet', () => {
  test('pairs itself on both protocols and both curves, and all that it sends is accepted', async () => {
    const fleet = await start({
      seed: 'both',
      groups: [
        trackers(1),
        { model: 'tracker', devices: 1, curve: 'p256', rate: 1 },
        { model: 'pebble', devices: 2, curve: 'secp256k1', rate: 1 },
      ],
    })
    await until(() =>
      fleet.identities.every(
        ({ address, imei }) => [...outcomesOf(address), ...outcomesOf(`imei:${imei}`)].length >= 4,
      ),
    )
    await fleet.stop()
    expect(troubles).toEqual([])
    expect(outcomes()).toEqual(['ACCEPTED'])
    expect(fleet.counts.paired).toBe(4)
    for (const { address } of fleet.identities)
      expect(registry.known.byAddress(address)).toMatchObject({ owner: owner.address, revoked: false })
    expect(acknowledged.length).toBeGreaterThan(0)
    expect(fleet.counts.acknowledged).toBe(acknowledged.length)
  })

  test('of Pebbles sends CONFIG once, then DATA', async () => {
    const fleet = await start({
      seed: 'config',
      groups: [{ model: 'pebble', devices: 1, curve: 'secp256k1', rate: 1 }],
    })
    await until(() => seen.length >= 5)
    await fleet.stop()
    const [pebble] = fleet.identities
    const kinds = seen.map(({ incoming }) => {
      const opened = openPebble(incoming.raw, pebble?.address ?? '0x')
      return opened.ok && opened.value.kind
    })
    expect(kinds.slice(0, 2)).toEqual(['config', 'data'])
    expect(kinds.filter((kind) => kind === 'config')).toHaveLength(1)
  })

  test('of Pebbles at QoS 1 knows what was acknowledged', async () => {
    const groups = [{ model: 'pebble', devices: 1, curve: 'secp256k1', rate: 1, qos: 1 }] as const
    const fleet = await start({ seed: 'qos 1', groups })
    await until(() => acknowledged.length >= 5)
    await fleet.stop()
    expect(outcomes()).toEqual(['ACCEPTED'])
    expect(new Set(acknowledged.map(({ sequence }) => sequence)).size).toBe(acknowledged.length)
    expect(count('ACCEPTED')).toBeGreaterThanOrEqual(acknowledged.length)
  })

  test('started again pairs nothing anew and uses no sequence twice', async () => {
    const options = {
      seed: 'again',
      groups: [trackers(2, 5), { model: 'pebble', devices: 1, curve: 'secp256k1', rate: 1 }],
    } as const
    for (let times = 1; times <= 3; times++) {
      const before = seen.length
      const fleet = await start(options)
      await until(() => seen.length >= before + 20 && fleet.counts.paired === 3)
      await fleet.stop()
    }
    expect(posts).toBe(3)
    expect(outcomes()).toEqual(['ACCEPTED'])
  })

  test('that met a gateway that went away sends what waited to the next, and nothing acknowledged is lost', async () => {
    const fleet = await start({ seed: 'outage', groups: [trackers(3, 5)] })
    await until(() => acknowledged.length >= 10)
    const { port } = mqtt
    await mqtt.stop()
    const made = fleet.counts.acknowledged + fleet.counts.waiting
    mqtt = await startBroker(port)
    await until(() => acknowledged.length >= made + 10)
    await fleet.stop()
    expect(fleet.counts.dropped).toBe(0)
    const accepted = new Set(
      seen.filter(({ outcome }) => outcome === 'ACCEPTED').map(({ incoming }) => bytesToHex(incoming.raw)),
    )
    expect(accepted.size).toBe(count('ACCEPTED'))
    expect(accepted.size).toBeGreaterThanOrEqual(acknowledged.length)
    expect(new Set(acknowledged.map(({ device, sequence }) => `${device} ${sequence}`)).size).toBe(acknowledged.length)
  })
})

test('a gateway whose store fails acknowledges nothing, and gets all of it later', async () => {
  let failures = 0
  const { port } = mqtt
  await mqtt.stop()
  mqtt = await startBroker(port, {
    append: async (verdicts) => {
      if (failures++ < 5) throw new Error('the database is away')
      return store.inbox.append(verdicts)
    },
  })
  const fleet = await start({ seed: 'store fails', groups: [trackers(2, 5)] })
  await until(() => failures >= 1)
  expect(acknowledged).toEqual([])
  await until(() => acknowledged.length >= 10)
  await fleet.stop()
  expect(fleet.counts.dropped).toBe(0)
  expect(count('ACCEPTED')).toBeGreaterThanOrEqual(acknowledged.length)
})

describe('its faults end as they say', () => {
  test.each(['replay', 'duplicate'] as const)('%s: SEQUENCE_SEEN', async (fault) => {
    const fleet = await start({ seed: fault, groups: [trackers(2, 5)], faults: { [fault]: 0.5 } })
    await until(() => count('SEQUENCE_SEEN') >= 10)
    await fleet.stop()
    expect(outcomes()).toEqual(['ACCEPTED', 'SEQUENCE_SEEN'])
    expect(count('SEQUENCE_SEEN')).toBe(fleet.counts.faults[fault])
  })

  test('bad-signature: the copy BAD_SIGNATURE, the packet ACCEPTED', async () => {
    const fleet = await start({ seed: 'bad', groups: [trackers(2, 5)], faults: { 'bad-signature': 0.5 } })
    await until(() => count('BAD_SIGNATURE') >= 10)
    await fleet.stop()
    expect(outcomes()).toEqual(['ACCEPTED', 'BAD_SIGNATURE'])
    expect(count('BAD_SIGNATURE')).toBe(fleet.counts.faults['bad-signature'])
    expect(count('ACCEPTED')).toBe(fleet.counts.acknowledged)
  })

  test.each([
    ['reorder', 0.2],
    ['loss', 0.2],
    ['offline', 0.02],
  ] as const)('%s: ACCEPTED, all of it', async (fault, rate) => {
    const fleet = await start({ seed: fault, groups: [trackers(2, 5)], faults: { [fault]: rate } })
    await until(() => fleet.counts.faults[fault] >= 3 && acknowledged.length >= 30)
    await fleet.stop()
    // A PUBACK that was lost with the connection makes its packet come twice.
    if (fault !== 'offline') expect(outcomes()).toEqual(['ACCEPTED'])
    expect(outcomes().filter((outcome) => outcome !== 'ACCEPTED' && outcome !== 'SEQUENCE_SEEN')).toEqual([])
    expect(count('ACCEPTED')).toBeGreaterThanOrEqual(acknowledged.length)
  })

  test('clock-drift: ACCEPTED, with its flag', async () => {
    const fleet = await start({ seed: 'drift', groups: [trackers(2, 5)], faults: { 'clock-drift': 1 } })
    await until(() => acknowledged.length >= 10)
    await fleet.stop()
    expect(outcomes()).toEqual(['ACCEPTED'])
    const [tracker] = fleet.identities
    const packets = await store.read.packets({
      device: tracker?.address ?? '0x',
      from: 0,
      to: Number.MAX_SAFE_INTEGER,
      after: undefined,
      limit: 10,
    })
    expect(packets.length).toBeGreaterThan(0)
    expect(packets.every(({ flags }) => flags.includes('CLOCK_SKEWED'))).toBe(true)
  })

  test('a Pebble’s, at QoS 0: what arrives ends the same way', async () => {
    const groups = [{ model: 'pebble', devices: 2, curve: 'secp256k1', rate: 1 }] as const
    const faults = { replay: 0.3, duplicate: 0.3, 'bad-signature': 0.3, loss: 0.1, reorder: 0.2 }
    const fleet = await start({ seed: 'pebble faults', groups, faults })
    await until(() => count('BAD_SIGNATURE') >= 3 && count('SEQUENCE_SEEN') >= 5)
    await fleet.stop()
    expect(outcomes()).toEqual(['ACCEPTED', 'BAD_SIGNATURE', 'SEQUENCE_SEEN'])
  })
})
