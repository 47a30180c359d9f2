import { type Abi, encodeDeployData, getContractAddress, type Hex, hexToBytes, zeroAddress } from 'viem'
import { encode, type Rpc, readBalance, readDeployedAt, readFunds } from './client.ts'
import { lower } from './events.ts'
import { cairnToken } from './generated/cairn-token.ts'
import { deviceRegistry } from './generated/device-registry.ts'
import { laneLedger } from './generated/lane-ledger.ts'
import { rewardLedger } from './generated/reward-ledger.ts'

/** Where a network's contracts are. `block` is the registry's; no event of the network is older. */
export type Deployment = {
  readonly chainId: number
  readonly registry: Hex
  readonly ledger: Hex
  readonly rewards: Hex
  readonly token: Hex
  readonly block: bigint
}

export type DeploymentParameters = {
  /** Settles batches and proposes epochs. */
  readonly proposer: Hex
  /** Gets what is left of the token's supply when all is deployed and funded; undefined for the deployer, which then keeps it. */
  readonly treasury?: Hex | undefined
  /** Whose word pairs a device without its own signature; undefined for nobody's. */
  readonly manufacturer: Hex | undefined
  readonly lanes: number
  /** Seconds; amounts in token base units; `shareCap` in basis points. */
  readonly reward: {
    readonly epochLength: bigint
    readonly budget: bigint
    readonly scoreCap: bigint
    readonly shareCap: number
    readonly challengeWindow: bigint
    readonly outflowCap: bigint
    /** Which grades earn: bit g for grade g. */
    readonly earningGrades: number
  }
  /** Token base units moved into the RewardLedger, out of the supply that the deployer gets. */
  readonly fund: bigint
}

export type DeployPorts = {
  readonly chainId: number
  readonly rpc: Rpc
  /** Resolves once the transaction is mined; rejects if it reverted. `nonce` is the one it must have. */
  readonly send: (transaction: DeployTransaction) => Promise<unknown>
  readonly deployer: Hex
  /** The deployer's nonce for the first contract. Kept by the caller: the same nonce means the same network. */
  readonly nonce: bigint
}

export type DeployTransaction = {
  readonly to?: Hex
  readonly data: Hex
  readonly gas: bigint
  readonly nonce: bigint
}

/** Limits, about 1.3 times what was measured; IoTeX caps an action, so none is generous. */
const DEPLOY_GAS = 5_000_000n
const CALL_GAS = 200_000n

type Addresses = Pick<Deployment, 'token' | 'ledger' | 'registry' | 'rewards'>

/** Before anything is sent: an address depends on the deployer and its nonce alone. */
export const addressesAt = (deployer: Hex, nonce: bigint): Addresses => {
  const at = (step: bigint) => lower(getContractAddress({ from: deployer, nonce: nonce + step }))
  return { token: at(0n), ledger: at(1n), registry: at(2n), rewards: at(3n) }
}

const creationsOf = (deployer: Hex, at: Addresses, parameters: DeploymentParameters) => {
  const { proposer, manufacturer = zeroAddress, lanes, reward } = parameters
  const data = (contract: { abi: Abi; bytecode: Hex }, args: readonly unknown[]) =>
    encodeDeployData({ ...contract, args })
  return [
    { address: at.token, data: data(cairnToken, [deployer]) },
    { address: at.ledger, data: data(laneLedger, [lanes, proposer]) },
    { address: at.registry, data: data(deviceRegistry, [at.ledger, manufacturer]) },
    { address: at.rewards, data: data(rewardLedger, [[at.token, at.registry, at.ledger, proposer], reward]) },
  ] as const
}

const hasCode = async (rpc: Rpc, address: Hex): Promise<boolean> => ((await rpc.getCode({ address })) ?? '0x') !== '0x'

/**
 * Puts the four contracts on the chain, funds the rewards, and hands the rest of the supply to the treasury.
 *
 * May be killed anywhere and called again with the same nonce: what stands at its predicted address already is left alone. At most seven
 * transactions with the nonces from `nonce` on, so the deployer must send nothing else meanwhile.
 */
export const deploy = async (ports: DeployPorts, parameters: DeploymentParameters): Promise<Deployment> => {
  const { chainId, rpc, send, deployer, nonce } = ports
  const at = addressesAt(deployer, nonce)
  for (const [step, { address, data }] of creationsOf(deployer, at, parameters).entries()) {
    if (!(await hasCode(rpc, address))) await send({ data, gas: DEPLOY_GAS, nonce: nonce + BigInt(step) })
  }
  await fundRewards(ports, at, parameters.fund)
  await handOver(ports, at, parameters)
  return { chainId, ...at, block: await readDeployedAt(rpc, at.registry) }
}

const fundRewards = async (
  { rpc, send, deployer, nonce }: DeployPorts,
  at: Addresses,
  amount: bigint,
): Promise<void> => {
  if (amount === 0n || (await readFunds(rpc, at.rewards)).funded > 0n) return
  const allowance = await rpc.readContract({
    address: at.token,
    abi: cairnToken.abi,
    functionName: 'allowance',
    args: [deployer, at.rewards],
  })
  if (allowance < amount)
    await send({ to: at.token, data: encode.approve(at.rewards, amount), gas: CALL_GAS, nonce: nonce + 4n })
  await send({ to: at.rewards, data: encode.fund(amount), gas: CALL_GAS, nonce: nonce + 5n })
}

/** The deployer holds the supply only while it deploys. Sent again after a crash, it finds nothing left to hand over. */
const handOver = async (
  { rpc, send, deployer, nonce }: DeployPorts,
  at: Addresses,
  { treasury, fund }: DeploymentParameters,
): Promise<void> => {
  if (treasury === undefined || lower(treasury) === lower(deployer)) return
  const rest = await readBalance(rpc, at.token, deployer)
  if (rest === 0n) return
  await send({
    to: at.token,
    data: encode.transfer(treasury, rest),
    gas: CALL_GAS,
    nonce: nonce + (fund === 0n ? 4n : 6n),
  })
}

/**
 * Whether the code on the chain is what this bytecode leaves there: a piece of it, near its end, but for the constants that the constructor
 * wrote into it, which the compiler leaves zero. Tells versions apart; it is no proof against a forger.
 */
const isCodeOf = (code: Hex, bytecode: Hex): boolean => {
  const there = hexToBytes(code)
  const creation = hexToBytes(bytecode)
  const isAt = (start: number) => there.every((byte, at) => creation[start + at] === 0 || creation[start + at] === byte)
  for (let start = creation.length - there.length; start >= 0; start--) if (isAt(start)) return true
  return false
}

/** Those contracts of a deployment that another version of Cairn put there. Where there is no code, `verifyDeployment` says so. */
export const contractsOfOthers = async (rpc: Rpc, deployment: Deployment): Promise<readonly string[]> => {
  const ours = { registry: deviceRegistry, ledger: laneLedger, rewards: rewardLedger, token: cairnToken } as const
  const others: string[] = []
  for (const name of ['registry', 'ledger', 'rewards', 'token'] as const) {
    const code = await rpc.getCode({ address: deployment[name] })
    if (code && code !== '0x' && !isCodeOf(code, ours[name].bytecode)) others.push(name)
  }
  return others
}

/** What is wrong with a deployment, in words; empty when every contract has code and names the others rightly. */
export const verifyDeployment = async (rpc: Rpc, deployment: Deployment): Promise<readonly string[]> => {
  const { registry, ledger, rewards, token } = deployment
  const names = { registry, ledger, rewards, token }
  const missing: string[] = []
  for (const [name, address] of Object.entries(names))
    if (!(await hasCode(rpc, address))) missing.push(`no contract at the ${name}'s address ${address}`)
  if (missing.length > 0) return missing

  const rewardsSay = (functionName: 'token' | 'registry' | 'ledger') =>
    rpc.readContract({ address: rewards, abi: rewardLedger.abi, functionName })
  const wiring = [
    {
      who: 'registry.ledger',
      is: await rpc.readContract({ address: registry, abi: deviceRegistry.abi, functionName: 'ledger' }),
      want: ledger,
    },
    { who: 'rewards.token', is: await rewardsSay('token'), want: token },
    { who: 'rewards.registry', is: await rewardsSay('registry'), want: registry },
    { who: 'rewards.ledger', is: await rewardsSay('ledger'), want: ledger },
  ]
  return wiring
    .filter(({ is, want }) => lower(is) !== lower(want))
    .map(({ who, is, want }) => `${who} is ${lower(is)}, not ${want}`)
}
