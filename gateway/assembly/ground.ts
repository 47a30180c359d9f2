import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { PublicClient } from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import type { Deployment } from '../../chain/deploy.ts'
import type { Address } from '../../devices/identity.ts'
import type { Config } from '../config.ts'
import { Failure } from '../errors.ts'
import { type SubChain, startSubChain } from '../machine/anvil.ts'
import type { Ending } from '../machine/ending.ts'
import { secretOf } from '../machine/keys.ts'
import { openNetwork } from '../machine/network.ts'
import { checkPorts } from '../machine/ports.ts'
import { startPostgres } from '../machine/postgres.ts'
import type { Clock, Log, Rng } from '../ports.ts'
import { evmChain, evmClient } from '../settle/evm.ts'
import { connect } from '../store/connect.ts'
import { migrate } from '../store/migrate.ts'
import { openStore } from '../store/postgres.ts'
import type { Store } from '../store/store.ts'

/*
 * What the parts stand on: the machine, the database, the chain and the contracts.
 */

export const clock: Clock = { now: () => Date.now() }
export const rng: Rng = { bytes: (length) => randomBytes(length) }

/** In this version a network has one lane. */
export const LANE = 0
export const LANES = 1

export type Ground = { readonly config: Config; readonly log: Log; readonly ending: Ending }
export type Chain = {
  readonly client: PublicClient
  readonly url: string
  readonly account: PrivateKeyAccount
  readonly operator: Address
}

export const readList = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((cause: Error) => {
    throw new Failure('BAD_SETTING', `CAIRN_IMEI_LIST: ${cause.message}`, { cause })
  })

/** Looks at what can be looked at without touching anything: ports, the list of IMEIs, your database, your chain. */
export const lookFirst = async (config: Config): Promise<void> => {
  const { host, chainHost, ports, role, databaseUrl, chain, ingress } = config
  await checkPorts([
    ...(role === 'chain'
      ? []
      : [
          { name: 'HTTP', host, port: ports.http },
          { name: 'MQTT', host, port: ports.mqtt },
        ]),
    ...(chain.rpcUrl ? [] : [{ name: 'chain', host: chainHost, port: ports.chain }]),
  ])
  if (ingress.imeiList) await readList(ingress.imeiList)
  if (databaseUrl) await (await connect(databaseUrl)).end()
  if (chain.rpcUrl && role === 'gateway') await checkChain(evmClient(chain.rpcUrl), chain.rpcUrl, chain.id)
}

const checkChain = async (client: PublicClient, url: string, id: number): Promise<void> => {
  const { host } = new URL(url)
  const found = await client.getChainId().catch((cause: Error) => {
    throw new Failure('CHAIN_UNREACHABLE', `${host}: ${cause.message.split('\n')[0]?.replace(/\.$/, '')}`)
  })
  if (found !== id) throw new Failure('WRONG_CHAIN', `${host} is chain ${found}, not ${id}`)
}

export const openDatabase = async ({ config, log, ending }: Ground): Promise<Store> => {
  let url = config.databaseUrl
  if (!url) {
    const postgres = await startPostgres({ dataDir: config.dataDir, log })
    ending.add('PostgreSQL', () => postgres.stop())
    url = postgres.url
  }
  await migrate(url)
  const store = await openStore(url, { evidencePerHour: config.evidencePerHour })
  ending.add('database connections', () => store.close())
  return store
}

export const addressOf = (account: PrivateKeyAccount): Address => account.address.toLowerCase() as Address

const operatorOf = (config: Config): PrivateKeyAccount => privateKeyToAccount(secretOf(config.keysDir, 'operator.key'))

export const openSubChain = async ({ config, log, ending }: Ground, store: Store): Promise<SubChain> => {
  const { dataDir, chainHost, ports, chain, demo, keysDir, publicHosts } = config
  // The demo's owner too: it may revoke and transfer what it owns.
  const owners = demo ? [privateKeyToAccount(secretOf(keysDir, 'demo-owner.key'))] : []
  const operator = addressOf(operatorOf(config))
  const subChain = await startSubChain({
    ...{ dataDir, port: ports.chain, host: chainHost, hosts: publicHosts, chainId: chain.id },
    ...{ journal: store.journal, clock, operator, funded: [operator, ...owners.map(addressOf)], log },
  })
  ending.add('sub-chain', () => subChain.stop())
  return subChain
}

export const openChain = async (ground: Ground, store: Store): Promise<Chain> => {
  const account = operatorOf(ground.config)
  const { rpcUrl } = ground.config.chain
  const whose = { account, operator: addressOf(account) }
  if (rpcUrl) return { client: evmClient(rpcUrl), url: rpcUrl, ...whose }
  const { provider, url } = await openSubChain(ground, store)
  return { client: evmClient(provider), url, ...whose }
}

/** Numbers that no lane has, for work that only one gateway may do at a time. */
const LOCKS = { calls: 0x7fff_0001, settle: 0x7fff_0002, reward: 0x7fff_0003, deploy: 0x7fff_0004 } as const

export const exclusively =
  (store: Store, lock: keyof typeof LOCKS) =>
  <T>(work: () => Promise<T>): Promise<T | undefined> =>
    store.log.whileOwning(LOCKS[lock], work)

/** One packet in four seconds is as much as counts, and no device takes more than half of an epoch. */
const rewardTerms = ({ epochSeconds, challengeSeconds, budget, earningGrades }: Config['reward']) => ({
  epochLength: BigInt(epochSeconds),
  budget,
  scoreCap: (BigInt(epochSeconds) * 10_000n) / 4n,
  shareCap: 5_000,
  challengeWindow: BigInt(challengeSeconds),
  outflowCap: budget,
  earningGrades,
})

export const openContracts = (
  { config }: Ground,
  store: Store,
  { client, account, operator }: Chain,
): Promise<Deployment> => {
  const { id, manufacturer, treasury } = config.chain
  const made = config.demo ? addressOf(privateKeyToAccount(secretOf(config.keysDir, 'manufacturer.key'))) : undefined
  const chain = evmChain(client, operator, id)
  return openNetwork(
    { store: store.network, chainId: id, rpc: client, chain, account, exclusively: exclusively(store, 'deploy') },
    {
      proposer: operator,
      treasury,
      manufacturer: manufacturer ?? made,
      lanes: LANES,
      reward: rewardTerms(config.reward),
      fund: config.reward.fund,
    },
  )
}
