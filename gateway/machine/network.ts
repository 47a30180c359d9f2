import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { keccak256 } from 'viem'
import type { LocalAccount } from 'viem/accounts'
import type { Rpc } from '../../chain/client.ts'
import { type Deployment, type DeploymentParameters, deploy, verifyDeployment } from '../../chain/deploy.ts'
import { type Hex, type Millis, minutes, seconds } from '../../devices/units.ts'
import { Failure } from '../errors.ts'

/** What deploying asks of the chain; `settle`'s chain port offers it. */
type Sender = {
  fees(): Promise<object>
  nonce(): Promise<number>
  send(raw: Hex): Promise<unknown>
  receipt(hash: Hex): Promise<{ readonly isSuccess: boolean } | undefined>
}

export type NetworkPorts = {
  readonly dataDir: string
  readonly chainId: number
  readonly rpc: Rpc
  readonly chain: Sender
  /** The operator: deploys, settles, proposes. */
  readonly account: LocalAccount
}

/** Kept in the data folder. The nonce is written before the first transaction leaves: the same nonce means the same addresses. */
type Note = { readonly chainId: number; readonly deployer: Hex; readonly nonce: string; readonly deployment?: Kept }
type Kept = Omit<Deployment, 'block'> & { readonly block: string }

/** A chain with blocks of some seconds needs less, unless it is down. */
const LONGEST_SEND: Millis = minutes(5)
const ASK_EVERY: Millis = 200
const SEND_AGAIN: Millis = seconds(5)

const noteIn = (dataDir: string): string => path.join(dataDir, 'network.json')

const readNote = (dataDir: string): Note | undefined => {
  try {
    return JSON.parse(readFileSync(noteIn(dataDir), 'utf8')) as Note
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Failure('DATA_UNUSABLE', `network.json in ${dataDir} cannot be read: ${(cause as Error).message}`, {
      cause,
    })
  }
}

const writeNote = (dataDir: string, note: Note): void => {
  const file = openSync(`${noteIn(dataDir)}.new`, 'w')
  writeSync(file, `${JSON.stringify(note, null, 2)}\n`)
  fsyncSync(file)
  closeSync(file)
  renameSync(`${noteIn(dataDir)}.new`, noteIn(dataDir))
}

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

/**
 * The contracts this gateway works with: deployed at the first start, the same ones ever after.
 *
 * May be killed anywhere; the next start goes on with the same nonces. A chain that does not hold them, or not as they were, is WRONG_CHAIN:
 * nothing is deployed a second time.
 */
export const openNetwork = async (ports: NetworkPorts, parameters: DeploymentParameters): Promise<Deployment> => {
  const { account, chainId, dataDir, rpc } = ports
  const deployer = account.address.toLowerCase() as Hex
  const found = readNote(dataDir)
  if (found && (found.chainId !== chainId || found.deployer !== deployer)) {
    throw new Failure(
      'WRONG_CHAIN',
      `this data folder belongs to chain ${found.chainId} and operator ${found.deployer}, not to chain ${chainId} and ${deployer}`,
    )
  }
  if (found?.deployment) {
    const deployment = { ...found.deployment, block: BigInt(found.deployment.block) }
    const wrong = await verifyDeployment(rpc, deployment)
    if (wrong.length > 0) throw new Failure('WRONG_CHAIN', wrong.join('; '))
    return deployment
  }
  const note = found ?? { chainId, deployer, nonce: String(await ports.chain.nonce()) }
  writeNote(dataDir, note)
  const deployment = await deploy(
    { chainId, rpc, send: sender(ports), deployer, nonce: BigInt(note.nonce) },
    parameters,
  )
  writeNote(dataDir, { ...note, deployment: { ...deployment, block: deployment.block.toString() } })
  return deployment
}
