import { request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { hexToBytes } from '@noble/hashes/utils.js'
import { sealPebble } from '../../../devices/pebble/packet.ts'
import { pebbleTopics } from '../../../devices/pebble/topics.ts'
import { sealToken } from '../../../devices/token.ts'
import { deviceTopics } from '../../../devices/topics.ts'
import { sensorMessage } from '../../../firmware-sim/pebble/message.ts'
import { sense, worldOf } from '../../../firmware-sim/world/world.ts'
import { benchDevice, openSealer } from '../../bench/load/packets.ts'
import type { FleetPlan, Told } from '../plan.ts'
import { type HonestDevice, runDevice } from './device.ts'
import { honestPebble } from './pebble.ts'

/*
 * The honest fleet, a process of its own. Argument: a `FleetPlan` in JSON. Tells what happens, one JSON line each, until it is ended.
 */

const plan = JSON.parse(process.argv[2] ?? '') as FleetPlan
const network = hexToBytes(plan.networkId.slice(2))
const { hostname: host, port } = new URL(plan.mqttUrl)
const TOKEN_LIFE = 6 * 3_600_000
const READ_EVERY = 1_000
const READ_WITHIN = 20_000

const tell = (told: Told): void => void process.stdout.write(`${JSON.stringify(told)}\n`)

/** Every other device behind one address, as behind a company's router; the others each at an address of their own. */
const placeOf = (number: number) => ({
  host,
  port: Number(port),
  localAddress: number % 2 === 0 ? '127.1.0.1' : `127.1.0.${2 + number}`,
})
const READER_ADDRESS = '127.1.0.200'

const tracker = (number: number): HonestDevice => {
  const identity = benchDevice(plan.seed, number)
  const seal = openSealer(identity, network, plan.seed, Date.now())
  const { key, address } = identity
  const password = sealToken({ key, network, now: Date.now(), life: TOKEN_LIFE })
  return {
    number,
    place: placeOf(number),
    topic: deviceTopics(address).telemetry,
    login: () => ({ clientId: address, password }),
    // Above all that an earlier fleet of this seed can have sent.
    seal: (packet) => seal(BigInt(startedAt + packet)),
  }
}

const pebble = (number: number): HonestDevice => {
  const { key, imei, address } = honestPebble(plan.seed)
  const world = worldOf(plan.seed, address)
  let last = 0
  return {
    number,
    place: placeOf(number),
    topic: pebbleTopics(imei).data,
    login: () => ({ clientId: imei }),
    seal: (packet) => {
      const now = Date.now()
      last = Math.max(last + 1, Math.floor(now / 1_000))
      const message = sensorMessage(sense(world, now), packet.toString(16).padStart(16, '0'))
      return sealPebble({ key, kind: 'data', message, timestamp: last })
    },
  }
}

/** What a visitor of the status page asks, a request a second, each on a socket of its own. */
const read = async (): Promise<never> => {
  const routes = ['/v1/counts', `/v1/devices/${benchDevice(plan.seed, 0).address}`, '/v1/batches', '/v1/network']
  for (let turn = 0; ; turn++) {
    const at = Date.now()
    const status = await statusOf(routes[turn % routes.length] ?? '')
    tell({ kind: 'read', at, took: Date.now() - at, status })
    await wait(Math.max(0, at + READ_EVERY - Date.now()))
  }
}

const statusOf = (route: string): Promise<number> =>
  new Promise((resolve) => {
    const asked = request(plan.url + route, { localAddress: READER_ADDRESS, agent: false, timeout: READ_WITHIN })
    asked.on('response', (response) => response.resume().on('close', () => resolve(response.statusCode ?? 0)))
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve(0))
    asked.end()
  })

const startedAt = Date.now()
const devices = [...Array.from({ length: plan.trackers }, (_, number) => tracker(number)), pebble(plan.trackers)]
await Promise.all([...devices.map((device) => runDevice(device, tell)), read()])
