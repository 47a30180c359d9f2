import type { Contracts, NetworkNote, NetworkStore } from '../../ports.ts'
import { bytesOf, hexOf } from '../bytes.ts'
import type { PrismaClient } from '../generated/client.ts'
import type { NetworkModel } from '../generated/models.ts'

/** The table has one row: a database belongs to one network. */
const ID = 1

const contractsOf = ({ registry, ledger, rewards, token, block }: NetworkModel): Contracts | undefined =>
  registry && ledger && rewards && token && block !== null
    ? { registry: hexOf(registry), ledger: hexOf(ledger), rewards: hexOf(rewards), token: hexOf(token), block }
    : undefined

const noteOf = (row: NetworkModel): NetworkNote => ({
  chainId: Number(row.chainId),
  deployer: hexOf(row.deployer),
  nonce: row.nonce,
  contracts: contractsOf(row),
})

export const postgresNetwork = (prisma: PrismaClient): NetworkStore => ({
  note: async () => {
    const row = await prisma.network.findUnique({ where: { id: ID } })
    return row ? noteOf(row) : undefined
  },

  claim: async ({ chainId, deployer, nonce }) => {
    await prisma.network.createMany({
      data: { id: ID, chainId: BigInt(chainId), deployer: bytesOf(deployer), nonce },
      skipDuplicates: true,
    })
    return noteOf(await prisma.network.findUniqueOrThrow({ where: { id: ID } }))
  },

  complete: async ({ registry, ledger, rewards, token, block }) => {
    await prisma.network.update({
      where: { id: ID },
      data: {
        registry: bytesOf(registry),
        ledger: bytesOf(ledger),
        rewards: bytesOf(rewards),
        token: bytesOf(token),
        block,
      },
    })
  },
})
