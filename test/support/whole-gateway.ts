import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { hexToBytes } from '@noble/hashes/utils.js'
import type { Address } from '../../devices/identity.ts'
import type { RegistryDomain } from '../../devices/pairing.ts'
import { publicKeyOf } from '../../devices/signature.ts'
import { sealToken } from '../../devices/token.ts'
import { deviceTopics } from '../../devices/topics.ts'
import { days, type Millis, seconds } from '../../devices/units.ts'
import { openSession, type Session } from '../../firmware-sim/mqtt.ts'
import { type Owner, readOwner } from '../../firmware-sim/owner.ts'
import { freePorts, type GatewayProcess, type Ports, removeData, startGatewayProcess } from './gateway-process.ts'
import type { TestDevice } from './packets.ts'
import { requestFor } from './registry.ts'

/*
 * A whole gateway as a stranger meets it: its sockets, its folder, and nothing else.
 */

export type Network = {
  readonly networkId: Uint8Array
  readonly domain: RegistryDomain
  readonly ledger: Address
  readonly rewards: Address
  readonly token: Address
}

export type Answer<T> = { readonly status: number; readonly body: T }

export type Whole = {
  readonly dataDir: string
  readonly ports: Ports
  /** As it runs now. */
  process: GatewayProcess
  /** As `npm start` would again, on the same folder and ports. */
  start(): Promise<void>
  /** GET; with the demo owner's token unless told otherwise. */
  get<T = Json>(route: string, token?: string): Promise<Answer<T>>
  post<T = Json>(route: string, body: object): Promise<Answer<T>>
  network(): Promise<Network>
  owner(): Promise<Owner>
  secret(name: string): string
  /** Ends it where it runs, and removes its folder. */
  remove(): Promise<void>
}

export type Json = Readonly<Record<string, unknown>>

/** A stall is told, slowness is not. */
const PATIENCE: Millis = seconds(60)

/** Looks until there is something. */
export const eventually = async <T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  within = PATIENCE,
): Promise<T> => {
  for (const end = performance.now() + within; performance.now() < end; await wait(50)) {
    const found = await look()
    if (found !== undefined && found !== false) return found
  }
  throw new Error(`${what} did not come within ${within / 1_000} s`)
}

/** Batches each second; the rest as a test needs it. */
const quick = { CAIRN_BATCH_SECONDS: '1', CAIRN_CHALLENGE_SECONDS: '2', CAIRN_LOG_LEVEL: 'warn' }

export const startWhole = async (
  env: Readonly<Record<string, string>> = {},
  args?: readonly string[],
): Promise<Whole> => {
  const parent = mkdtempSync(path.join(tmpdir(), 'cairn-journey-'))
  // As a person's folder may well be called.
  const dataDir = path.join(parent, `it's "my" data`)
  const ports = await freePorts()
  const run = () => startGatewayProcess(dataDir, ports, { ...quick, ...env }, args)
  const secret = (name: string) => readFileSync(path.join(dataDir, 'keys', name), 'utf8').trim()
  const ask = async <T>(route: string, init: RequestInit): Promise<Answer<T>> => {
    const response = await fetch(`${whole.process.url}${route}`, init).catch((cause: Error) => {
      throw new Error(`no answer; its last words: ${whole.process.output().slice(-2_000)}`, { cause })
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    return { status: response.status, body: (isJson ? JSON.parse(text) : text) as T }
  }
  const whole: Whole = {
    dataDir,
    ports,
    process: await run(),
    start: async () => {
      whole.process = await run()
    },
    get: (route, token = secret('demo-owner.token')) =>
      ask(route, { headers: token ? { authorization: `Bearer ${token}` } : {} }),
    post: (route, body) =>
      ask(route, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    network: async () => {
      const { body } = await whole.get<
        Record<'networkId' | 'registry' | 'ledger' | 'rewards' | 'token', Address> & { chainId: number }
      >('/v1/network')
      const { networkId, chainId, registry, ledger, rewards, token } = body
      return { networkId: hexToBytes(networkId.slice(2)), domain: { chainId, registry }, ledger, rewards, token }
    },
    owner: () =>
      readOwner(path.join(dataDir, 'keys', 'demo-owner.key'), () => {
        throw new Error('the demo has no owner')
      }),
    secret,
    remove: async () => {
      await whole.process.stop()
      removeData(dataDir)
      removeData(parent)
    },
  }
  return whole
}

// ---------------------------------------------------------------------------------------------------------------------- devices

const peopleOf = (owner: Owner, { key, publicKey, device }: TestDevice) => ({
  owner: { key: owner.key, address: owner.address, publicKey: publicKeyOf(owner.key).publicKey },
  device: { key, address: device, publicKey: publicKey.publicKey },
})

const propose = async (whole: Whole, device: TestDevice, wanted: Parameters<typeof requestFor>[1]): Promise<void> => {
  const { domain } = await whole.network()
  const people = peopleOf(await whole.owner(), device)
  const request = requestFor(people, { deadline: deadline(), cell: 0n, ...wanted }, domain)
  const { status, body } = await whole.post('/v1/pairings', request)
  if (status !== 202) throw new Error(`pairing answered ${status}: ${JSON.stringify(body)}`)
}

/** The owner's and the device's signatures, then as long as the chain takes. */
export const pair = async (whole: Whole, device: TestDevice): Promise<void> => {
  await propose(whole, device, {})
  await isPaired(whole, device.device)
}

/** The owner's signature alone: then it is for the Pebble to confirm. */
export const proposePebble = (whole: Whole, device: TestDevice, imei: string): Promise<void> =>
  propose(whole, device, { proof: 'confirm', imei })

/** Unix seconds, some minutes from now: a proposal may stand for five. */
export const deadline = (): bigint => BigInt(Math.floor(Date.now() / 1_000) + 240)

export const isPaired = (whole: Whole, device: Address): Promise<true> =>
  eventually(`the pairing of ${device}`, async () => {
    const { body } = await whole.get(`/v1/pairings/${device}`)
    if (body.state === 'failed') throw new Error(JSON.stringify(body))
    return body.state === 'paired' || undefined
  })

export const connectDevice = async (
  whole: Whole,
  { key, device }: Pick<TestDevice, 'key' | 'device'>,
): Promise<Session & { send(raw: Uint8Array): Promise<void> }> => {
  const { networkId } = await whole.network()
  const session = await openSession({
    url: whole.process.mqttUrl,
    clientId: device,
    username: 'device',
    password: sealToken({ key, network: networkId, now: Date.now(), life: days(0.5) }),
    keepAliveSeconds: 60,
  })
  return { ...session, send: (raw) => session.publish(deviceTopics(device).telemetry, raw, 1) }
}

export const connectPebble = (whole: Whole, imei: string): Promise<Session> =>
  openSession({ url: whole.process.mqttUrl, clientId: imei, keepAliveSeconds: 20 })

/** No more than fit a device's bound of packets under way; resolves when all are acknowledged. */
export const sendAll = async (
  send: (raw: Uint8Array) => Promise<void>,
  packets: readonly Uint8Array[],
  atOnce = 16,
): Promise<void> => {
  for (let at = 0; at < packets.length; at += atOnce) await Promise.all(packets.slice(at, at + atOnce).map(send))
}

// ------------------------------------------------------------------------------------------------------------------------ counts

/** One answer for all who ask within a second: what it says next was counted after we asked. */
const newMetrics = async (whole: Whole): Promise<string> => {
  const ask = async () => (await whole.get<string>('/metrics', '')).body
  const kept = await ask()
  return eventually('a new answer of /metrics', async () => {
    const body = await ask()
    return body !== kept && body
  })
}

/** What the gateway says that it answered since its start, by code; codes that never came are left out. */
export const outcomesOf = async (whole: Whole): Promise<Readonly<Record<string, number>>> => {
  const body = await newMetrics(whole)
  const counts: Record<string, number> = {}
  for (const [, code, count] of body.matchAll(/^packets_refused_total\{code="(\w+)"\} (\d+)$/gm))
    if (code && count !== '0') counts[code] = Number(count)
  const accepted = /^packets_accepted_total (\d+)$/m.exec(body)?.[1]
  if (accepted && accepted !== '0') counts.ACCEPTED = Number(accepted)
  return counts
}

export type Explanation = {
  readonly packets: {
    readonly total: number
    readonly statuses: readonly { readonly code: string; readonly count: number; readonly basisPoints: number }[]
  }
}

export type Batch = {
  readonly state: string
  readonly records: string
  readonly headerHash: string
  readonly transaction: string | null
  readonly header: Readonly<Record<string, unknown>>
}

/** All of them, oldest first, page by page. */
export const batchesOf = async (whole: Whole): Promise<readonly Batch[]> => {
  const found: Batch[] = []
  let next: string | null = ''
  while (next !== null) {
    const route: string = `/v1/batches?limit=200${next && `&cursor=${next}`}`
    const { status, body } = await whole.get<{ batches: readonly Batch[]; next: string | null }>(route, '')
    if (status !== 200) throw new Error(`GET /v1/batches answered ${status}: ${JSON.stringify(body)}`)
    found.push(...body.batches)
    next = body.next
  }
  return found.toReversed()
}

export type Refusals = {
  readonly refusals: readonly {
    readonly code: string
    readonly count: number
    readonly facts: Json
    readonly fix: string
  }[]
}

/** Refusals that the owner sees of a device, by code. */
export const refusalsOf = async (whole: Whole, device: Address): Promise<Readonly<Record<string, number>>> => {
  const { body } = await whole.get<Refusals>(`/v1/devices/${device}/refusals?limit=1000`)
  const counts: Record<string, number> = {}
  for (const { code, count } of body.refusals) counts[code] = (counts[code] ?? 0) + count
  return counts
}

/** Every packet and its code, of the epoch under way. */
export const explain = async (whole: Whole, device: Address) => {
  const { body } = await whole.get<Explanation>(`/v1/devices/${device}/explain`)
  return {
    counts: Object.fromEntries(body.packets.statuses.map(({ code, count }) => [code, count])),
    basisPoints: body.packets.statuses.reduce((sum, { basisPoints }) => sum + basisPoints, 0),
  }
}
