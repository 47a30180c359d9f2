import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COIN, startTestChain, type TestChain } from '../test/support/chain.ts'
import { readBalance, readDeployedAt, readFunds, readLedger, readManufacturer, readProposer } from './client.ts'
import { addressesAt, contractsOfOthers, type DeployTransaction, deploy, verifyDeployment } from './deploy.ts'

let chain: TestChain

beforeAll(async () => {
  chain = await startTestChain({ mining: 'manual' })
})
afterAll(() => chain?.stop())

describe('deploy', () => {
  test('puts contracts that name each other at the addresses foretold, and funds the rewards', async () => {
    const { client, deployment, keys } = chain
    expect(deployment).toMatchObject(addressesAt(keys.operator.address, 0n))
    expect(await verifyDeployment(client, deployment)).toEqual([])
    expect(await readLedger(client, deployment.registry)).toBe(deployment.ledger)
    expect(await readManufacturer(client, deployment.registry)).toBe(keys.manufacturer.address)
    expect(await readProposer(client, deployment.ledger, 0)).toBe(keys.operator.address)
    expect(await readDeployedAt(client, deployment.registry)).toBe(deployment.block)
    expect(await readFunds(client, deployment.rewards)).toEqual({ funded: 1_000_000n * COIN, paid: 0n })
    expect(await readBalance(client, deployment.token, deployment.rewards)).toBe(1_000_000n * COIN)
  })

  test('goes on where it was killed, at every step, and sends nothing twice', async () => {
    const { client, keys } = chain
    const deployer = keys.owner.address
    const sent: bigint[] = []
    const deployAndDieAfter = (steps: number) => {
      let left = steps
      const send = async (transaction: DeployTransaction): Promise<void> => {
        if (left-- === 0) throw new Error('killed')
        await chain.send(keys.owner, transaction)
        sent.push(transaction.nonce)
      }
      const caps = { scoreCap: 1n, shareCap: 1, outflowCap: 5n, earningGrades: 14 }
      const reward = { epochLength: 9n, budget: 5n, challengeWindow: 0n, ...caps }
      return deploy(
        { chainId: chain.chainId, rpc: client, send, deployer, nonce: 0n },
        {
          ...{ proposer: deployer, treasury: keys.stranger.address, manufacturer: undefined, lanes: 2 },
          ...{ reward, fund: 77n },
        },
      )
    }
    for (let step = 0; step < 6; step++) await expect(deployAndDieAfter(1)).rejects.toThrow('killed')
    const deployment = await deployAndDieAfter(1)
    expect(await deployAndDieAfter(0)).toEqual(deployment)

    expect(sent).toEqual([0n, 1n, 2n, 3n, 4n, 5n, 6n])
    expect(await readBalance(client, deployment.token, deployer)).toBe(0n)
    expect(await readBalance(client, deployment.token, keys.stranger.address)).toBe(1_000_000_000n * COIN - 77n)
    expect(deployment).toMatchObject(addressesAt(deployer, 0n))
    expect(await verifyDeployment(client, deployment)).toEqual([])
    expect((await readFunds(client, deployment.rewards)).funded).toBe(77n)
    expect(await readManufacturer(client, deployment.registry)).toBeUndefined()
  })

  test('costs less than a block of any chain in sight lets one transaction cost', async () => {
    const { client, keys } = chain
    const latest = await client.getBlockNumber()
    const blocks = await Promise.all(
      Array.from({ length: Number(latest) }, (_, at) =>
        client.getBlock({ blockNumber: BigInt(at + 1), includeTransactions: true }),
      ),
    )
    const used = blocks
      .filter(({ transactions: [first] }) => first?.from.toLowerCase() === keys.operator.address)
      .map(({ gasUsed }) => gasUsed)
    expect(used).toHaveLength(6)
    // `deploy` gives each contract 5,000,000.
    for (const gas of used) expect(gas).toBeLessThan(4_000_000n)
  })

  test('tells contracts that are not this version’s', async () => {
    const { client, deployment, keys } = chain
    expect(await contractsOfOthers(client, deployment)).toEqual([])
    expect(await contractsOfOthers(client, { ...deployment, ledger: deployment.token })).toEqual(['ledger'])
    expect(await contractsOfOthers(client, { ...deployment, token: keys.stranger.address })).toEqual([])
  })

  test('says what is wrong with a deployment', async () => {
    const { client, deployment, keys } = chain
    const nobody = keys.stranger.address
    expect(await verifyDeployment(client, { ...deployment, token: nobody })).toEqual([
      `no contract at the token's address ${nobody}`,
    ])
    expect(await verifyDeployment(client, { ...deployment, ledger: deployment.token })).toEqual([
      `registry.ledger is ${deployment.ledger}, not ${deployment.token}`,
      `rewards.ledger is ${deployment.ledger}, not ${deployment.token}`,
    ])
  })
})
