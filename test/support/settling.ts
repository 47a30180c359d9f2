import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { bytesToHex } from 'viem'
import { encode } from '../../chain/client.ts'
import type { Deployment } from '../../chain/deploy.ts'
import { openNative } from '../../devices/cose.ts'
import type { Address } from '../../devices/identity.ts'
import { networkId } from '../../devices/network.ts'
import { type Pairing, pairingDigest } from '../../devices/pairing.ts'
import { sign } from '../../devices/signature.ts'
import type { Millis } from '../../devices/units.ts'
import { cutBatch } from '../../gateway/log/batch.ts'
import { memoryFiles } from '../../gateway/log/files.ts'
import type { Grade, Log } from '../../gateway/ports.ts'
import { openClaimRuns } from '../../gateway/reward/claim-runs.ts'
import { ClaimWatch } from '../../gateway/reward/claims.ts'
import { evmRewards, readRules } from '../../gateway/reward/evm.ts'
import { rewardOnce } from '../../gateway/reward/reward.ts'
import { NonceOwner } from '../../gateway/settle/caller.ts'
import type { ChainPort } from '../../gateway/settle/chain-port.ts'
import { evmChain, evmClient } from '../../gateway/settle/evm.ts'
import { evmLanes } from '../../gateway/settle/ledger.ts'
import { settleOnce } from '../../gateway/settle/settle.ts'
import type { Store } from '../../gateway/store/store.ts'
import { checkpointKeyOf } from '../../sdk/log/checkpoint.ts'
import type { Header } from '../../sdk/log/header.ts'
import type { TestChain, TestKey } from './chain.ts'
import { measurement, nativePacket, reading, registrationOf, type TestDevice } from './packets.ts'
import { accepted } from './seeded-gateway.ts'

/*
 * The second half of the path, for tests: what verify accepted is cut, settled and rewarded by the real stages, on a real chain, at a time
 * that the test sets.
 */

const silent: Log = { error: () => {}, warn: () => {}, info: () => {} }

export type Ground = {
  readonly url: string
  readonly chainId: number
  readonly deployment: Deployment
  readonly operator: TestKey
}

export const groundOf = ({ url, chainId, deployment, keys }: TestChain): Ground => ({
  url,
  chainId,
  deployment,
  operator: keys.operator,
})

export type Time = { now: Millis }

/** What one gateway does after PUBACK. Several on one store are several gateways; a new one on the same store is a restart. */
export const openSettling = async (
  ground: Ground,
  store: Store,
  time: Time,
  { autoClaim = true, ...but }: Partial<ChainPort> & { readonly autoClaim?: boolean } = {},
) => {
  const { url, chainId, deployment, operator } = ground
  const client = evmClient(url)
  const clock = { now: () => time.now }
  const exclusively =
    (lock: number) =>
    <T>(work: () => Promise<T>) =>
      store.log.whileOwning(lock, work)
  const caller = new NonceOwner({
    store: store.calls,
    chain: { ...evmChain(client, operator.address, chainId), ...but },
    account: operator.account,
    clock,
    log: silent,
    exclusively: exclusively(-1),
    confirmations: 0,
  })
  const settling = {
    log: store.log,
    settle: store.settle,
    caller,
    ledger: evmLanes(client, deployment.ledger),
    clock,
    events: silent,
    exclusively: exclusively(-2),
  }
  const rewarding = {
    store: store.rewards,
    caller,
    ledger: evmRewards(client, deployment.rewards),
    rules: await readRules(client, deployment.rewards),
    lanes: 1,
    autoClaim,
    runs: openClaimRuns(store.rewards),
    clock,
    events: silent,
    exclusively: exclusively(-3),
  }
  const claims = new ClaimWatch({
    client,
    store: store.rewards,
    rewards: deployment.rewards,
    from: deployment.block,
    confirmations: 0,
  })
  return {
    caller,
    step: () => caller.step(),
    settle: () => settleOnce(settling, 0),
    reward: () => rewardOnce(rewarding),
    watch: () => claims.step(),
  }
}

export type Settling = Awaited<ReturnType<typeof openSettling>>

const networkOf = ({ chainId, deployment }: Ground) => networkId(chainId, deployment.registry)

/** Accepted packets of one device with these sequences, stored as verify would. */
export const arrive = async (
  { ground, store, time }: { ground: Ground; store: Store; time: Time },
  device: TestDevice,
  packets: { readonly from: bigint; readonly count: number; readonly term?: number },
): Promise<void> => {
  const verdicts = Array.from({ length: packets.count }, (_, at) => {
    const readings = [reading(time.now, measurement('temperature', 'Cel', 20))]
    const raw = nativePacket(device, { sequence: packets.from + BigInt(at), network: networkOf(ground), readings })
    const opened = openNative(raw, networkOf(ground))
    if (!opened.ok) throw new RangeError('the test made a bad packet')
    return accepted(opened.value, time.now, packets.term ?? 1)
  })
  await store.inbox.append(verdicts)
}

/** Closes a batch of all that waits. */
export const cut = async ({ ground, store, time }: { ground: Ground; store: Store; time: Time }): Promise<Header> => {
  const checkpointKey = { ...checkpointKeyOf(sha256(utf8ToBytes('checkpoint'))), network: networkOf(ground) }
  const ports = { store: store.log, files: memoryFiles(), clock: { now: () => time.now }, checkpointKey }
  const header = await cutBatch(ports, { lane: 0, maxRecords: 4_096, maxAge: 0 })
  if (!header) throw new RangeError('nothing waited')
  return header
}

/** Pairs a device by its own and its owner's signature, on chain and in the store. */
export const pairDevice = async (
  { ground, store }: { ground: Ground; store: Store },
  device: TestDevice,
  owner: TestKey,
  send: (to: Address, data: `0x${string}`) => Promise<unknown>,
): Promise<void> => {
  const { chainId, deployment } = ground
  const pairing: Pairing = {
    owner: owner.address,
    device: device.device,
    curve: device.key.curve,
    model: 'tracker-1',
    cell: 0n,
    nonce: 0n,
    deadline: 4_000_000_000n,
  }
  const digest = pairingDigest({ chainId, registry: deployment.registry }, pairing)
  const ownerSignature = await owner.account.sign({ hash: bytesToHex(digest) })
  const deviceSignature = sign(device.key, digest)
  const { publicKey } = device.publicKey
  await send(deployment.registry, encode.pair(pairing, { publicKey, ownerSignature, deviceSignature }))
  await learn(store, device, owner.address, 1)
}

/** What the registry stage would have learned from the chain. */
export const learn = (
  store: Store,
  device: TestDevice,
  owner: Address,
  term: number,
  grade: Grade = 'full',
): Promise<void> =>
  store.registry.learn({
    registrations: [registrationOf(device, { owner, term, grade, block: BigInt(term) })],
    block: 1n,
    blockHash: `0x${'00'.repeat(32)}`,
  })
