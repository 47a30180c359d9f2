import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createPublicClient, type Hex, http, keccak256, type PublicClient, toBytes } from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { type Deployment, type DeploymentParameters, type DeployTransaction, deploy } from '../../chain/deploy.ts'
import { spawnAnvil } from '../../gateway/machine/anvil-process.ts'

/** One coin and one token are both 10^18 base units. */
export const COIN = 10n ** 18n
const CHAIN_ID = 31_337
/** Shorter than any wait in a test, longer than a burst. */
const MINE_EVERY = 40

export type TestKey = { readonly secret: Hex; readonly account: PrivateKeyAccount; readonly address: Hex }

/** The same key for the same name, everywhere and always. */
export const testKey = (name: string): TestKey => {
  const secret = keccak256(toBytes(`cairn test key ${name}`))
  const account = privateKeyToAccount(secret)
  return { secret, account, address: account.address.toLowerCase() as Hex }
}

export type TestChain = {
  readonly url: string
  readonly chainId: number
  readonly client: PublicClient
  readonly deployment: Deployment
  /** Funded with a million coins each. The operator deployed, proposes, and holds the token supply. */
  readonly keys: Record<'operator' | 'owner' | 'stranger' | 'manufacturer', TestKey>
  /** Any method of anvil's, `anvil_*` and `evm_*` too. */
  rpc<T>(method: string, params?: readonly unknown[]): Promise<T>
  /** A block now, with what waits; `after` seconds after the newest one's time. */
  mine(after?: number): Promise<void>
  /** Signs, sends, and resolves once mined; rejects if it reverted. */
  send(key: TestKey, transaction: { to?: Hex; data?: Hex; value?: bigint; gas?: bigint; nonce?: bigint }): Promise<Hex>
  stop(): Promise<void>
}

export type TestChainOptions = {
  /** `manual`: a block only by `mine()`. By default one comes soon when a transaction waits. */
  readonly mining?: 'auto' | 'manual'
  /** Unix seconds of the first block. */
  readonly startsAt?: number
  readonly flags?: readonly string[]
  readonly reward?: Partial<DeploymentParameters['reward']>
  /** Token base units in the RewardLedger. */
  readonly fund?: bigint
  readonly lanes?: number
  /** Holds the supply instead of the operator. */
  readonly treasury?: Hex
}

const rewardParameters = (given: TestChainOptions['reward']): DeploymentParameters['reward'] => ({
  epochLength: 60n,
  budget: 100n * COIN,
  scoreCap: 1_000_000n,
  shareCap: 5_000,
  challengeWindow: 15n,
  outflowCap: 100n * COIN,
  earningGrades: 14,
  ...given,
})

const rpcTo =
  (url: string) =>
  async <T>(method: string, params: readonly unknown[] = []): Promise<T> => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const answer = (await response.json()) as { result: T; error?: { message: string } }
    if (answer.error) throw new Error(`${method}: ${answer.error.message}`)
    return answer.result
  }

/** Makes a block whenever something waits, until stopped. */
const mineWhenWaiting = (rpc: TestChain['rpc']): (() => void) => {
  let timer: NodeJS.Timeout
  const look = async (): Promise<void> => {
    const { pending } = await rpc<{ pending: Hex }>('txpool_status')
    if (Number(pending) > 0) await rpc('evm_mine')
  }
  const again = (): void => {
    timer = setTimeout(() => look().then(again, () => {}), MINE_EVERY)
  }
  again()
  return () => clearTimeout(timer)
}

/**
 * A real anvil of its own with Cairn's contracts on it, for contract tests.
 *
 * It keeps its history, so `anvil_reorg`, `evm_snapshot` and `evm_revert` work. Gas is never estimated: `send` gives 5 million.
 */
export const startTestChain = async (options: TestChainOptions = {}): Promise<TestChain> => {
  const home = await mkdtemp(path.join(tmpdir(), 'cairn-test-chain-'))
  const startsAt = options.startsAt === undefined ? [] : ['--timestamp', String(options.startsAt)]
  const flags = [
    '--port',
    '0',
    '--no-mining',
    '--accounts',
    '0',
    '--chain-id',
    String(CHAIN_ID),
    '--hardfork',
    'cancun',
  ]
  const anvil = await spawnAnvil(home, [...flags, '--order', 'fifo', ...startsAt, ...(options.flags ?? [])])
  const rpc = rpcTo(anvil.url)
  const stopMining = options.mining === 'manual' ? () => {} : mineWhenWaiting(rpc)
  const mine = async (after?: number): Promise<void> => {
    if (after !== undefined) {
      const { timestamp } = await rpc<{ timestamp: Hex }>('eth_getBlockByNumber', ['latest', false])
      await rpc('evm_setNextBlockTimestamp', [Number(timestamp) + after])
    }
    await rpc('evm_mine')
  }
  const client: PublicClient = createPublicClient({
    transport: http(anvil.url),
    pollingInterval: 20,
    cacheTime: 0,
  })
  const send: TestChain['send'] = async ({ account, address }, { gas = 5_000_000n, nonce, ...rest }) => {
    const { baseFeePerGas } = await client.getBlock()
    const fees = { maxFeePerGas: 2n * (baseFeePerGas ?? 0n) + 1n, maxPriorityFeePerGas: 1n }
    const next = nonce === undefined ? await client.getTransactionCount({ address }) : Number(nonce)
    const raw = await account.signTransaction({ chainId: CHAIN_ID, nonce: next, gas, ...fees, ...rest })
    const hash = await client.sendRawTransaction({ serializedTransaction: raw })
    if (options.mining === 'manual') await mine()
    const { status } = await client.waitForTransactionReceipt({ hash })
    if (status !== 'success') throw new Error(`transaction ${hash} reverted`)
    return hash
  }
  const stop = async (): Promise<void> => {
    stopMining()
    anvil.kill()
    await anvil.ended
    await rm(home, { recursive: true, force: true })
  }
  try {
    const keys = {
      operator: testKey('operator'),
      owner: testKey('owner'),
      stranger: testKey('stranger'),
      manufacturer: testKey('manufacturer'),
    }
    for (const { address } of Object.values(keys))
      await rpc('anvil_setBalance', [address, `0x${(1_000_000n * COIN).toString(16)}`])
    const deployment = await deploy(
      {
        chainId: CHAIN_ID,
        rpc: client,
        send: (transaction: DeployTransaction) => send(keys.operator, transaction),
        deployer: keys.operator.address,
        nonce: 0n,
      },
      {
        proposer: keys.operator.address,
        manufacturer: keys.manufacturer.address,
        lanes: options.lanes ?? 1,
        treasury: options.treasury,
        reward: rewardParameters(options.reward),
        fund: options.fund ?? 1_000_000n * COIN,
      },
    )
    return { url: anvil.url, chainId: CHAIN_ID, client, deployment, keys, rpc, mine, send, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
