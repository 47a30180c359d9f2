import { concatBytes, sha256, toHex } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Address, addressOf } from '../devices/identity.ts'
import { attestationDigest, type Pairing, pairingDigest } from '../devices/pairing.ts'
import { type PrivateKey, publicKeyOf } from '../devices/signature.ts'
import { encodeEarning } from '../sdk/log/earning.ts'
import { type Header, headerHash } from '../sdk/log/header.ts'
import { consistencyProof, EMPTY_ROOT, type Hash, inclusionProof, leafHash, rootOf } from '../sdk/log/merkle.ts'
import { encodeRecord } from '../sdk/log/record.ts'
import { reward } from '../sdk/reward.ts'
import { startTestChain, type TestChain } from '../test/support/chain.ts'
import {
  claimEvents,
  encode,
  readBalance,
  readEpoch,
  readFunds,
  readHeaderHash,
  readIsRecorded,
  readLane,
  readLatestFinal,
  readLatestProposed,
  readPaid,
  readPaidLines,
  readRewardParameters,
  settledEvents,
} from './client.ts'
import { rewardLedger } from './generated/reward-ledger.ts'

/** The chain's time, and so the batches' too. A multiple of the epoch's length. */
const START = 1_800_000_000
const EPOCH = 3_600
const WINDOW = 600

let chain: TestChain

beforeAll(async () => {
  const reward = { epochLength: BigInt(EPOCH), challengeWindow: BigInt(WINDOW) }
  chain = await startTestChain({ mining: 'manual', startsAt: START, reward })
})
afterAll(() => chain?.stop())

const seeded = (label: string): Uint8Array => sha256(new TextEncoder().encode(label), 'bytes')

const body = (index: number): Uint8Array =>
  encodeRecord({
    format: 'pebble',
    quality: 9_000,
    readings: 3,
    sequence: BigInt(index + 1),
    acceptedAt: START * 1_000 + index,
    device: `0x${'ab'.repeat(20)}`,
    digest: seeded(`digest ${index}`),
  })

const bodies = Array.from({ length: 300 }, (_, index) => body(index))
const hashes: readonly Hash[] = bodies.map(leafHash)

const headerOf = (height: number, from: number, size: number): Header => ({
  lane: 0,
  height: BigInt(height),
  from: BigInt(from),
  size: BigInt(size),
  root: rootOf(hashes.slice(0, size)),
  witnessRoot: seeded(`witnesses ${height}`),
  summaryRoot: seeded(`summaries ${height}`),
  dataHash: sha256(concatBytes(bodies.slice(from, size)), 'bytes'),
  layoutVersion: 1,
  closedAt: START * 1_000 + height,
})

const settle = (header: Header) => {
  const proof = consistencyProof(hashes.slice(0, Number(header.size)), Number(header.from))
  return chain.send(chain.keys.operator, { to: chain.deployment.ledger, data: encode.settle(header, proof) })
}

const ahead = async (until: number): Promise<void> => {
  const { timestamp } = await chain.client.getBlock()
  if (BigInt(until) > timestamp) await chain.mine(until - Number(timestamp))
}

const attest = async (number: number): Promise<Address> => {
  const { owner, manufacturer, stranger } = chain.keys
  const secret = Uint8Array.from({ length: 32 }, (_, at) => (at === 31 ? number : 9))
  const key: PrivateKey = { curve: 'secp256k1', secret }
  const { publicKey } = publicKeyOf(key)
  const pairing: Pairing = {
    owner: owner.address,
    device: addressOf(publicKey),
    curve: key.curve,
    model: 'pebble-riverrock',
    cell: 0n,
    nonce: 0n,
    deadline: BigInt(START + 100 * EPOCH),
  }
  const domain = { chainId: chain.chainId, registry: chain.deployment.registry }
  const data = encode.pairAttested(pairing, {
    publicKey,
    manufacturerSignature: await manufacturer.account.sign({ hash: toHex(attestationDigest(domain, pairing)) }),
    ownerSignature: await owner.account.sign({ hash: toHex(pairingDigest(domain, pairing)) }),
  })
  await chain.send(stranger, { to: chain.deployment.registry, data })
  return pairing.device
}

describe('LaneLedger', () => {
  test('settles what the TypeScript log cuts, and proves each record against it', async () => {
    const { client, deployment } = chain
    expect(await readLane(client, deployment.ledger, 0)).toEqual({
      size: 0n,
      height: 0n,
      closedAt: 0,
      root: toHex(EMPTY_ROOT),
    })
    const headers = [headerOf(1, 0, 1), headerOf(2, 1, 130), headerOf(3, 130, 300)]
    for (const header of headers) await settle(header)

    const last = headerOf(3, 130, 300)
    const { size, height, closedAt } = last
    expect(await readLane(client, deployment.ledger, 0)).toEqual({ size, height, closedAt, root: toHex(last.root) })
    const events = await settledEvents(client, deployment.ledger, deployment.block, await client.getBlockNumber())
    expect(events.map((event) => event.headerHash)).toEqual(headers.map((header) => toHex(headerHash(header))))
    expect(events[2]).toMatchObject({ lane: 0, height: 3n, from: 130n, size: 300n, root: toHex(last.root) })
    expect(await readHeaderHash(client, deployment.ledger, 0, 3n)).toBe(toHex(headerHash(last)))
    expect(await readHeaderHash(client, deployment.ledger, 0, 4n)).toBeUndefined()

    const record = { header: last, body: body(77), index: 77n, proof: inclusionProof(hashes, 77) }
    expect(await readIsRecorded(client, deployment.ledger, record)).toBe(true)
    expect(await readIsRecorded(client, deployment.ledger, { ...record, index: 78n })).toBe(false)
  })

  test('refuses a batch that rewrites the past', async () => {
    const { size, height } = await readLane(chain.client, chain.deployment.ledger, 0)
    const forged = { ...headerOf(Number(height) + 1, Number(size), Number(size)), size: size + 1n, root: seeded('no') }
    const data = encode.settle(forged, consistencyProof(hashes, 130))
    await expect(chain.send(chain.keys.operator, { to: chain.deployment.ledger, data })).rejects.toThrow('reverted')
  })
})

describe('RewardLedger', () => {
  test('has the parameters it was given, and reckons as the SDK does', async () => {
    const { client, deployment } = chain
    const rules = await readRewardParameters(client, deployment.rewards)
    expect(rules).toMatchObject({ epochLength: 3_600n, challengeWindow: 600n, shareCap: 5_000 })
    expect(rules.firstEpoch).toBe(BigInt(START / EPOCH))
    const call = { address: deployment.rewards, abi: rewardLedger.abi, functionName: 'reward' } as const
    for (const [weight, totalWeight] of [
      [0n, 0n],
      [1n, 3n],
      [2n, 3n],
      [9n, 9n],
    ] as const)
      expect(await client.readContract({ ...call, args: [weight, totalWeight] })).toBe(
        reward({ weight, totalWeight }, rules),
      )
  })

  test('pays what the tree says to the holders, once', async () => {
    const { client, deployment, keys } = chain
    const devices = [await attest(1), await attest(2)].sort()
    const lines = devices.map((device, at) => ({ device, term: 1, amount: 10n ** 18n * BigInt(at + 1) }))
    const leaves = lines.map((line) => leafHash(encodeEarning(line)))
    const epoch = BigInt(START / EPOCH)
    const { height } = await readLane(client, deployment.ledger, 0)
    const proposal = {
      epoch,
      heights: [height],
      totalWeight: 3n,
      earned: 3n * 10n ** 18n,
      weightsRoot: seeded('weights'),
      earningsRoot: rootOf(leaves),
      lines: 2n,
    }
    await ahead(START + EPOCH)
    await chain.send(keys.operator, { to: deployment.rewards, data: encode.propose(proposal) })
    expect(await readEpoch(client, deployment.rewards, epoch)).toMatchObject({ lines: 2n, paid: 0n, heights: [height] })
    expect(await readEpoch(client, deployment.rewards, epoch + 1n)).toBeUndefined()
    expect(await readLatestProposed(client, deployment.rewards)).toBe(epoch)
    expect(await readLatestFinal(client, deployment.rewards)).toBeUndefined()

    const [first, second] = lines.map((line, at) => ({
      ...{ epoch, first: BigInt(at), lines: [line], proof: inclusionProof(leaves, at) },
    }))
    if (!first || !second) throw new RangeError('two lines')
    const data = encode.claim([second, { epoch, first: 0n, lines, proof: [] }])
    await expect(chain.send(keys.stranger, { to: deployment.rewards, data })).rejects.toThrow('reverted')
    await ahead(START + EPOCH + WINDOW + 60)
    expect(await readLatestFinal(client, deployment.rewards)).toBe(epoch)
    await chain.send(keys.stranger, { to: deployment.rewards, data })
    await chain.send(keys.stranger, { to: deployment.rewards, data })
    await chain.send(keys.owner, { to: deployment.rewards, data: encode.claim([first]) })

    expect(await readBalance(client, deployment.token, keys.owner.address)).toBe(3n * 10n ** 18n)
    expect((await readFunds(client, deployment.rewards)).paid).toBe(3n * 10n ** 18n)
    expect(await readPaid(client, deployment.rewards, lines[1]?.device ?? '0x', 1)).toBe(2n * 10n ** 18n)
    const events = await claimEvents(client, deployment.rewards, deployment.block, await client.getBlockNumber())
    expect(events).toHaveLength(2)
    expect(events[0]).toMatchObject({ ...lines[1], epoch, holder: keys.owner.address, cumulative: 2n * 10n ** 18n })
    expect(await readPaidLines(client, deployment.rewards, epoch, 0n)).toBe(3n)
  })
})
