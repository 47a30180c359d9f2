import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { openNative } from '../../devices/cose.ts'
import type { Address } from '../../devices/identity.ts'
import type { Files, Incoming, Known, Outcome } from '../../gateway/ports.ts'
import type { Health, NetworkInfo, PairingStatus, Pairings } from '../../gateway/read/api.ts'
import { fixedTokens } from '../../gateway/read/auth.ts'
import { type Http, type HttpSettings, startHttp } from '../../gateway/read/http.ts'
import { openMetrics } from '../../gateway/read/metrics.ts'
import {
  accepted,
  alice,
  bob,
  carol,
  contracts,
  devices,
  END,
  EPOCH,
  earningGrades,
  network,
  parameters,
  registrations,
  SALE,
  type SeededStore,
  seed,
} from './seeded-gateway.ts'

export const tokens = { alice: 'token-of-alice', bob: 'token-of-bob', carol: 'token-of-carol' }

const info: NetworkInfo = {
  version: '0.1.0',
  ...contracts,
  networkId: `0x${Buffer.from(network).toString('hex')}`,
  rpcUrl: 'http://127.0.0.1:8545',
  mqttPort: 1883,
  lanes: 1,
  epochSeconds: EPOCH / 1_000,
  batchSeconds: 5,
  reward: { ...parameters, earningGrades },
}

const known: Known = {
  byAddress: (device) => registrations.find((row) => row.device === device),
  byImei: () => [],
  isProposed: () => false,
}

const healthy: Health = {
  database: { ok: true },
  chain: { ok: true, block: 40n },
  queues: { cut: 1_500, settle: 0, calls: 0 },
}

/** Takes what fits its schema, and remembers it. */
const rememberedPairings = (): Pairings => {
  const byDevice = new Map<Address, PairingStatus>()
  return {
    rules: { policy: 'listed', deadlineSeconds: 300, manufacturer: undefined },
    propose: async (request) => {
      const device = request.device as Address
      if (device === devices.tracker.address)
        return { ok: false, refusal: { code: 'ALREADY_PAIRED', facts: { device } } }
      const status: PairingStatus = { device, state: 'proposed', detail: 'press Enter on the device' }
      byDevice.set(device, status)
      return { ok: true, value: status }
    },
    get: (device) => byDevice.get(device),
  }
}

/** A path of one step, over the real store: what opens is accepted. */
const shortPath =
  (store: Pick<SeededStore, 'inbox'>) =>
  async ({ source, raw, receivedAt }: Incoming): Promise<Outcome> => {
    const opened = openNative(raw, network)
    const [outcome = 'MALFORMED'] = await store.inbox.append([
      opened.ok
        ? accepted(opened.value, receivedAt, 1)
        : { status: 'refused', ...opened.refusal, source, standing: 'device', digest: undefined, raw, receivedAt },
    ])
    return outcome
  }

const countingRng = () => {
  let count = 0
  return { bytes: (length: number) => sha256(utf8ToBytes(`${count++}`)).subarray(0, length) }
}

type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of every shape
  readonly body: any
}

export type ReadGateway = {
  readonly url: string
  get(path: string, token?: string): Promise<Answer>
  send(path: string, init: RequestInit): Promise<Answer>
  readonly failures: readonly object[]
  readonly routes: Http['routes']
  stop(): Promise<void>
}

/** The REST surface on a real socket, over a store that is already seeded. */
export const openReadGateway = async (
  store: Pick<SeededStore, 'inbox' | 'read'>,
  files: Files,
  overrides: Partial<HttpSettings> = {},
): Promise<ReadGateway> => {
  const failures: object[] = []
  const clock = { now: () => END }
  const http = await startHttp({
    host: '127.0.0.1',
    port: 0,
    store: store.read,
    files,
    clock,
    rng: countingRng(),
    known,
    network: info,
    auth: fixedTokens([
      { token: tokens.alice, owner: alice },
      { token: tokens.bob, owner: bob },
      { token: tokens.carol, owner: carol },
    ]),
    submit: shortPath(store),
    pairings: rememberedPairings(),
    health: async () => healthy,
    metrics: openMetrics(() => store.read.counts(), clock.now),
    blockTime: async (block) => (block === SALE.block ? SALE.at : undefined),
    log: { error: (fields) => failures.push(fields) },
    ...overrides,
  })
  const url = `http://127.0.0.1:${http.port}`
  const send = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(url + path, { redirect: 'manual', ...init })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined }
  }
  return {
    url,
    send,
    get: (path, token) => send(path, token ? { headers: { authorization: `Bearer ${token}` } } : {}),
    failures,
    routes: http.routes,
    stop: () => http.stop(),
  }
}

export const openSeeded = async (
  store: SeededStore,
  overrides: Partial<HttpSettings> = {},
): Promise<ReadGateway & { readonly files: Files }> => {
  const { files } = await seed(store)
  return { ...(await openReadGateway(store, files, overrides)), files }
}
