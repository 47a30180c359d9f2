import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { pino } from 'pino'
import { privateKeyToAccount } from 'viem/accounts'
import type { Deployment } from '../../chain/deploy.ts'
import { networkId } from '../../devices/network.ts'
import { seconds } from '../../devices/units.ts'
import { type Account, openAccount } from '../account.ts'
import type { Config } from '../config.ts'
import { startMqtt } from '../ingress/mqtt.ts'
import { boundedLog } from '../limits/log-lines.ts'
import { folderFiles } from '../log/files.ts'
import { type Ending, openEnding } from '../machine/ending.ts'
import { startFleet } from '../machine/fleet.ts'
import { takeFolder } from '../machine/folder.ts'
import { secretOf } from '../machine/keys.ts'
import { openPipeline } from '../pipeline.ts'
import { fixedTokens } from '../read/auth.ts'
import { startHttp } from '../read/http.ts'
import { openMetrics } from '../read/metrics.ts'
import { readRules } from '../reward/evm.ts'
import { NonceOwner } from '../settle/caller.ts'
import { evmChain } from '../settle/evm.ts'
import type { Store } from '../store/store.ts'
import { holds } from '../verify/signature.ts'
import { openDailyUse } from './daily.ts'
import {
  addressOf,
  type Chain,
  clock,
  exclusively,
  type Ground,
  LANES,
  lookFirst,
  openChain,
  openContracts,
  openDatabase,
  openSubChain,
  rng,
} from './ground.ts'
import { healthOf } from './health.ts'
import { startLoops } from './loops.ts'
import { openRegistry } from './registry.ts'

/*
 * Where adapters are picked and parts are joined, in the order in which they start. What was started ends in reverse.
 */

export const VERSION = '0.1.0'

/** Where it is to be met. An address that this role does not serve is empty. */
export type Places = { readonly url: string; readonly mqttUrl: string; readonly rpcUrl: string }
export type Gateway = Places & { stop(): Promise<void> }

/** Starts what the settings ask for. Whatever fails, all that was started before ends again, in reverse, and the failure is thrown. */
export const startGateway = async (config: Config, write: (text: string) => void): Promise<Gateway> => {
  const output = pino.destination(1)
  // A terminal that was closed takes no more lines; that is no reason to end without order.
  output.on('error', () => {})
  const log = boundedLog(pino({ level: config.logLevel, base: null }, output), clock)
  const ending = openEnding()
  const stop = () => ending.run((part, error) => log.warn({ err: error, part }, 'did not end well'))
  try {
    await lookFirst(config)
    const folder = takeFolder(config.dataDir)
    ending.add('data folder', () => folder.release())
    const ground: Ground = { config, log, ending }
    const store = await openDatabase(ground)
    const places = config.role === 'chain' ? await chainAlone(ground, store) : await openParts(ground, store, write)
    noteRunning(config.dataDir, places, ending)
    return { ...places, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Where the running gateway is met, for whoever looks into its folder; gone when it ends. */
const noteRunning = (dataDir: string, places: Places, ending: Ending): void => {
  const file = path.join(dataDir, 'running.json')
  writeFileSync(file, `${JSON.stringify({ pid: process.pid, ...places })}\n`)
  ending.add('running.json', () => rmSync(file, { force: true }))
}

const chainAlone = async (ground: Ground, store: Store): Promise<Places> => ({
  url: '',
  mqttUrl: '',
  rpcUrl: (await openSubChain(ground, store)).url,
})

const openParts = async (ground: Ground, store: Store, write: (text: string) => void): Promise<Places> => {
  const { config, log, ending } = ground
  const chain = await openChain(ground, store)
  const deployment = await openContracts(ground, store, chain)
  const network = networkId(deployment.chainId, deployment.registry)
  const caller = new NonceOwner({
    store: store.calls,
    chain: evmChain(chain.client, chain.operator, config.chain.id),
    account: chain.account,
    clock,
    log,
    exclusively: exclusively(store, 'calls'),
    confirmations: config.chain.confirmations,
  })
  const registry = await openRegistry(ground, store, { chain, deployment, caller })
  const metrics = openMetrics(store.read.counts, clock.now)
  const otherNetworks = config.ingress.otherNetworks.map((id) => hexToBytes(id.slice(2)))
  const daily = await openDailyUse(ground, store, registry.known)
  const pipeline = openPipeline({
    inbox: store.inbox,
    known: registry.served,
    network,
    otherNetworks,
    log,
    observers: [daily.observe],
  })
  ending.add('pipeline', () => pipeline.stop())
  const files = folderFiles(path.join(config.dataDir, 'published'))
  const rules = await readRules(chain.client, deployment.rewards)

  const mqtt = await startMqtt({
    host: config.host,
    port: config.ports.mqtt,
    pipeline: metrics.counted(pipeline),
    known: registry.served,
    daily,
    network,
    clock,
    holds,
    pebbles: { areLetIn: config.ingress.pebbles, desk: registry.desk },
    log,
  })
  ending.add('MQTT', () => mqtt.stop())
  const rpcUrl = config.chain.publicRpcUrl ?? chain.url
  const http = await startHttp({
    host: config.host,
    port: config.ports.http,
    hosts: config.publicHosts,
    store: store.read,
    files,
    clock,
    rng,
    known: registry.known,
    network: {
      ...contractsOf(deployment),
      version: VERSION,
      networkId: `0x${bytesToHex(network)}`,
      rpcUrl,
      mqttPort: mqtt.port,
      lanes: LANES,
      epochSeconds: Number(rules.epochLength),
      batchSeconds: config.batch.maxAge / seconds(1),
      reward: {
        ...{ budget: rules.budget, scoreCap: rules.scoreCap, shareCap: rules.shareCap },
        earningGrades: rules.earningGrades,
      },
    },
    auth: fixedTokens(config.demo ? [demoOwner(config)] : []),
    submit: metrics.counted(pipeline).submit,
    daily,
    pairings: registry.pairings,
    health: () => healthOf(store, chain.client),
    metrics,
    blockTime: (block) => timeOf(chain, block),
    log,
  })
  ending.add('HTTP', () => http.stop())

  const account = openAccount({ clock, write, tally: () => pipeline.tally, every: seconds(10) })
  ending.add('account', () => account.stop())
  await startLoops(ground, store, { chain, deployment, network, rules, caller, registry, files, metrics, account })
  const at = reachable(config.host)
  const places = { url: `http://${at}:${http.port}`, mqttUrl: `mqtt://${at}:${mqtt.port}`, rpcUrl }
  startFleets(ground, places, account)
  return places
}

const contractsOf = ({ block: _, ...contracts }: Deployment): Omit<Deployment, 'block'> => contracts

/** The demo's one owner: whoever starts the gateway. */
const demoOwner = ({ keysDir }: Config) => ({
  token: secretOf(keysDir, 'demo-owner.token'),
  owner: addressOf(privateKeyToAccount(secretOf(keysDir, 'demo-owner.key'))),
})

const timeOf = async ({ client }: Chain, blockNumber: bigint): Promise<number | undefined> => {
  const block = await client.getBlock({ blockNumber }).catch(() => undefined)
  return block && Number(block.timestamp) * 1_000
}

/** An address to listen on everywhere is none to go to. */
const reachable = (host: string): string => {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

const startFleets = ({ config, ending }: Ground, { url, mqttUrl }: Places, account: Account): void => {
  const fleets = { pebble: config.sim.pebbles, tracker: config.sim.trackers } as const
  for (const [model, devices] of Object.entries(fleets) as ['pebble' | 'tracker', number][]) {
    if (devices === 0) continue
    const fleet = startFleet({
      devices,
      model,
      httpUrl: url,
      mqttUrl,
      ownerKeyFile: path.join(config.keysDir, 'demo-owner.key'),
      stateDir: path.join(config.dataDir, 'sim', model),
      onEnd: (detail) => account.tell(detail),
    })
    ending.add(`${model} fleet`, () => fleet.stop())
  }
}
