import { setTimeout as wait } from 'node:timers/promises'
import { keccak256 } from 'viem'
import type { LocalAccount } from 'viem/accounts'
import type { Rpc } from '../../chain/client.ts'
import {
  contractsOfOthers,
  type Deployment,
  type DeploymentParameters,
  deploy,
  verifyDeployment,
} from '../../chain/deploy.ts'
import type { Address } from '../../devices/identity.ts'
import { type Hex, type Millis, minutes, seconds } from '../../devices/units.ts'
import { Failure } from '../errors.ts'
import type { NetworkNote, NetworkStore } from '../ports.ts'

/** What deploying asks of the chain; `settle`'s chain port offers it. */
type Sender = {
  fees(): Promise<object>
  nonce(): Promise<number>
  send(raw: Hex): Promise<unknown>
  receipt(hash: Hex): Promise<{ readonly isSuccess: boolean } | undefined>
}

export type NetworkPorts = {
  readonly store: NetworkStore
  readonly chainId: number
  readonly rpc: Rpc
  readonly chain: Sender
  /** The operator: deploys, settles, proposes. */
  readonly account: LocalAccount
  /** Work that one gateway of the database does at a time; undefined at once where another does it. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T | undefined>
}

/** A chain with blocks of some seconds needs less, unless it is down. */
const LONGEST_SEND: Millis = minutes(5)
const ASK_EVERY: Millis = 200
const SEND_AGAIN: Millis = seconds(5)

/** Sends one transaction with the nonce it must have, until it is in a block. */
const sender =
  ({ account, chain, chainId }: NetworkPorts) =>
  async ({ nonce, ...call }: { to?: Hex; data: Hex; gas: bigint; nonce: bigint }): Promise<void> => {
    const raw = await account.signTransaction({ chainId, nonce: Number(nonce), ...call, ...(await chain.fees()) })
    const hash = keccak256(raw)
    for (let waited = 0; waited < LONGEST_SEND; waited += ASK_EVERY) {
      if (waited % SEND_AGAIN === 0) await chain.send(raw)
      const mined = await chain.receipt(hash)
      if (mined?.isSuccess) return
      if (mined) throw new Failure('WRONG_CHAIN', `transaction ${hash} of the deployment reverted`)
      await wait(ASK_EVERY)
    }
    throw new Failure('CHAIN_UNREACHABLE', `transaction ${hash} of the deployment is in no block`)
  }

/** A database belongs to one network for good: its records, keys and proofs mean nothing on another. */
const checkOurs = ({ chainId, account }: NetworkPorts, found: NetworkNote): void => {
  const deployer = account.address.toLowerCase()
  if (found.chainId === chainId && found.deployer === deployer) return
  throw new Failure(
    'WRONG_CHAIN',
    `the database belongs to chain ${found.chainId} and operator ${found.deployer}, not to chain ${chainId} and ${deployer}`,
  )
}

const checkThere = async ({ rpc }: NetworkPorts, deployment: Deployment): Promise<Deployment> => {
  const others = await contractsOfOthers(rpc, deployment)
  if (others.length > 0)
    throw new Failure('DATA_TOO_OLD', `the contracts on the chain (${others.join(', ')}) are those of another Cairn`)
  const wrong = await verifyDeployment(rpc, deployment)
  if (wrong.length > 0) throw new Failure('WRONG_CHAIN', wrong.join('; '))
  return deployment
}

const deployNow = async (ports: NetworkPorts, parameters: DeploymentParameters): Promise<Deployment> => {
  const { account, chain, chainId, rpc, store } = ports
  const deployer = account.address.toLowerCase() as Address
  const note = await store.claim({ chainId, deployer, nonce: BigInt(await chain.nonce()) })
  checkOurs(ports, note)
  const deployment = await deploy({ chainId, rpc, send: sender(ports), deployer, nonce: note.nonce }, parameters)
  await store.complete(deployment)
  return deployment
}

/**
 * The contracts this gateway works with: deployed at the first start, the same ones ever after, and the same for every gateway on one
 * database.
 *
 * May be killed anywhere; the next start goes on with the same nonces. A chain that does not hold them, or not as they were, is WRONG_CHAIN:
 * nothing is deployed a second time. Contracts of another version of Cairn are DATA_TOO_OLD.
 */
export const openNetwork = async (ports: NetworkPorts, parameters: DeploymentParameters): Promise<Deployment> => {
  for (;;) {
    const found = await ports.store.note()
    if (found) checkOurs(ports, found)
    if (found?.contracts) return checkThere(ports, { chainId: found.chainId, ...found.contracts })
    const deployed = await ports.exclusively(() => deployNow(ports, parameters))
    if (deployed) return deployed
    await wait(ASK_EVERY)
  }
}
