import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openNetwork } from '../gateway/machine/network.ts'
import { evmChain } from '../gateway/settle/evm.ts'
import { emptyData, memoryStore } from '../gateway/store/memory.ts'
import { COIN, startTestChain, type TestChain, type TestKey } from './support/chain.ts'

let chain: TestChain
beforeAll(async () => {
  chain = await startTestChain()
})
afterAll(() => chain.stop())

const parameters = (proposer: `0x${string}`) => ({
  proposer,
  manufacturer: undefined,
  lanes: 1,
  reward: {
    epochLength: 60n,
    budget: 100n * COIN,
    scoreCap: 150_000n,
    shareCap: 5_000,
    challengeWindow: 15n,
    outflowCap: 100n * COIN,
    earningGrades: 14,
  },
  fund: 1_000n * COIN,
})

type Data = ReturnType<typeof emptyData>
const open = (data: Data, { account, address }: TestKey, chainId = chain.chainId) => {
  const store = memoryStore(data)
  const ports = {
    store: store.network,
    chainId,
    rpc: chain.client,
    chain: evmChain(chain.client, address, chainId),
    account,
    exclusively: <T>(work: () => Promise<T>) => store.log.whileOwning(1, work),
  }
  return openNetwork(ports, parameters(address))
}
const sent = ({ address }: TestKey) => chain.client.getTransactionCount({ address })

describe('the network of a database', () => {
  test('is deployed once, and found again by every later start', async () => {
    const data = emptyData()
    const first = await open(data, chain.keys.stranger)
    const count = await sent(chain.keys.stranger)
    expect(count).toBe(6)
    expect(await open(data, chain.keys.stranger)).toEqual(first)
    expect(await sent(chain.keys.stranger)).toBe(count)
  })

  test('is deployed by one of two gateways that start at once', async () => {
    const data = emptyData()
    const before = await sent(chain.keys.stranger)
    const [one, other] = await Promise.all([open(data, chain.keys.stranger), open(data, chain.keys.stranger)])
    expect(one).toEqual(other)
    expect(await sent(chain.keys.stranger)).toBe(before + 6)
  })

  test('is finished with the nonces that a killed gateway noted', async () => {
    const data = emptyData()
    const nonce = BigInt(await sent(chain.keys.owner))
    await memoryStore(data).network.claim({
      chainId: chain.chainId,
      deployer: chain.keys.owner.address,
      nonce,
    })
    const deployed = await open(data, chain.keys.owner)
    expect(await memoryStore(data).network.note()).toMatchObject({ nonce, contracts: { registry: deployed.registry } })
  })

  test('is no other operator’s and no other chain’s', async () => {
    const data = emptyData()
    await open(data, chain.keys.stranger)
    const before = await sent(chain.keys.owner)
    await expect(open(data, chain.keys.owner)).rejects.toMatchObject({ code: 'WRONG_CHAIN' })
    await expect(open(data, chain.keys.stranger, 1)).rejects.toMatchObject({ code: 'WRONG_CHAIN' })
    expect(await sent(chain.keys.owner)).toBe(before)
  })

  test('is missed on a chain that lost it, and not deployed a second time', async () => {
    const data = emptyData()
    const snapshot = await chain.rpc<string>('evm_snapshot')
    await open(data, chain.keys.stranger)
    await chain.rpc('evm_revert', [snapshot])
    const before = await sent(chain.keys.stranger)
    await expect(open(data, chain.keys.stranger)).rejects.toMatchObject({ code: 'WRONG_CHAIN' })
    expect(await sent(chain.keys.stranger)).toBe(before)
  })
})
