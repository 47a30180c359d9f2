import { randomBytes } from 'node:crypto'
import { type Hex, toHex } from 'viem'
import { encode, type RewardRules, readLane, readRewardParameters } from '../../chain/client.ts'
import { type Address, addressOf } from '../../devices/identity.ts'
import { attestationDigest, type Pairing, pairingDigest } from '../../devices/pairing.ts'
import { publicKeyOf } from '../../devices/signature.ts'
import { encodeEarning } from '../../sdk/log/earning.ts'
import type { Header } from '../../sdk/log/header.ts'
import {
  append,
  type Hash,
  inclusionProof,
  leafHash,
  logConsistency,
  type ReadTiles,
  rootOf,
  type TileId,
} from '../../sdk/log/merkle.ts'
import { COIN, startTestChain, type TestChain, type TestKey } from '../support/chain.ts'
import { testDevice } from '../support/packets.ts'
import type { Measured } from './report.ts'
import type { Say, Stand } from './stand.ts'

/*
 * What the contracts cost, on a real anvil: gas is the receipt's. It depends on nothing that the machine does.
 */

const START = 1_800_000_000
const EPOCH = 60
const WINDOW = 15

const gasOf = async (chain: TestChain, key: TestKey, call: { to: Hex; data: Hex }): Promise<number> => {
  const hash = await chain.send(key, call)
  return Number((await chain.client.getTransactionReceipt({ hash })).gasUsed)
}

// ------------------------------------------------------------------------------------------------------------------------ settle

/** A lane of 40 days at 1,000 devices and one packet each an hour; odd, so that its edge is ragged. */
const SETTLED_BEFORE = 1_000_003
/** The largest batch that LaneLedger takes. */
const CHUNK = 1 << 16

/** A log of random records, on tiles in memory. */
const openLog = () => {
  const tiles = new Map<string, Uint8Array>()
  const keyOf = ({ level, index }: TileId): string => `${level}/${index}`
  const read: ReadTiles = async (ids) => ids.map((id) => tiles.get(keyOf(id)) ?? new Uint8Array())
  let head: { readonly size: bigint; readonly root: Hash } = { size: 0n, root: new Uint8Array() }
  return {
    /** Answers the log's new head, with the proof that it extends the one before. */
    grow: async (records: number): Promise<{ from: bigint; size: bigint; root: Hash; proof: readonly Hash[] }> => {
      const from = head.size
      for (let left = records; left > 0; left -= CHUNK) {
        const bytes = randomBytes(32 * Math.min(left, CHUNK))
        const leaves = Array.from({ length: bytes.length / 32 }, (_, at) => bytes.subarray(32 * at, 32 * (at + 1)))
        const grown = await append(read, head.size, leaves)
        for (const tile of grown.tiles) tiles.set(keyOf(tile), tile.hashes)
        head = grown
      }
      return { from, ...head, proof: await logConsistency(read, from, head.size) }
    },
  }
}

const settleNext = async (chain: TestChain, log: ReturnType<typeof openLog>, records: number) => {
  const { proof, ...grown } = await log.grow(records)
  const { height } = await readLane(chain.client, chain.deployment.ledger, 0)
  const { timestamp } = await chain.client.getBlock()
  const header: Header = {
    lane: 0,
    height: height + 1n,
    ...grown,
    witnessRoot: randomBytes(32),
    summaryRoot: randomBytes(32),
    dataHash: randomBytes(32),
    layoutVersion: 1,
    closedAt: Number(timestamp) * 1_000,
  }
  const gas = await gasOf(chain, chain.keys.operator, {
    to: chain.deployment.ledger,
    data: encode.settle(header, proof),
  })
  return { gas, note: `lane of ${grown.from.toLocaleString('en-US')} records, proof of ${proof.length} hashes` }
}

const measureSettles = async (chain: TestChain, say: Say): Promise<readonly Measured[]> => {
  say(`building a lane of ${SETTLED_BEFORE.toLocaleString('en-US')} records`)
  const log = openLog()
  for (let left = SETTLED_BEFORE; left > 0; left -= CHUNK) await settleNext(chain, log, Math.min(left, CHUNK))
  const lines: Measured[] = []
  const settle = async (what: string, records: number): Promise<void> => {
    const { gas, note } = await settleNext(chain, log, records)
    const target = records === 4_096 ? { target: { most: 120_000 } } : {}
    lines.push({ what: `gas: settle, ${what}`, value: gas, unit: 'gas', ...target, note })
  }
  await settle('1 record', 1)
  await settle('256 records', 256)
  await settle('4,096 records', 4_096)
  // Just below a power of two, then over it: every hash of the proof is folded twice.
  const { size } = await readLane(chain.client, chain.deployment.ledger, 0)
  await settleNext(chain, log, 2 ** 20 - 1 - Number(size))
  await settle('4,096 records, longest proof', 4_096)
  return lines
}

// ------------------------------------------------------------------------------------------------------------------------ claims

/** Terms in an epoch's tree: a proof has ten hashes then. */
const TERMS = 1_000
const CLAIMANTS = 12

const attest = async (chain: TestChain, name: string, owner: TestKey): Promise<Address> => {
  const { key } = testDevice(name)
  const { publicKey } = publicKeyOf(key)
  const pairing: Pairing = {
    owner: owner.address,
    device: addressOf(publicKey),
    curve: key.curve,
    model: 'tracker-1',
    cell: 0n,
    nonce: 0n,
    deadline: BigInt(START + 1_000_000),
  }
  const domain = { chainId: chain.chainId, registry: chain.deployment.registry }
  const data = encode.pairAttested(pairing, {
    publicKey,
    manufacturerSignature: await chain.keys.manufacturer.account.sign({
      hash: toHex(attestationDigest(domain, pairing)),
    }),
    ownerSignature: await owner.account.sign({ hash: toHex(pairingDigest(domain, pairing)) }),
  })
  await chain.send(chain.keys.operator, { to: chain.deployment.registry, data })
  return pairing.device
}

/** Proposes an epoch in which every term has earned so much, waits until it can be paid, and answers how to claim from it. */
const openEpoch = async (chain: TestChain, rules: RewardRules, devices: readonly Address[], amount: bigint) => {
  const { client, deployment, keys } = chain
  const lines = devices.map((device) => ({ device, term: 1, amount }))
  const leaves = lines.map((line) => leafHash(encodeEarning(line)))
  const { timestamp } = await client.getBlock()
  const epoch = timestamp / rules.epochLength
  await chain.mine(Number((epoch + 1n) * rules.epochLength - timestamp))
  const { height } = await readLane(client, deployment.ledger, 0)
  const earned = amount * BigInt(devices.length)
  const roots = { weightsRoot: randomBytes(32), earningsRoot: rootOf(leaves) }
  const proposal = { epoch, heights: [height], totalWeight: BigInt(TERMS), earned, ...roots, lines: BigInt(TERMS) }
  await chain.send(keys.operator, { to: deployment.rewards, data: encode.propose(proposal) })
  await chain.mine(WINDOW + 1)
  return (wanted: readonly Address[]): Promise<number> => {
    const claims = wanted.map((device) => {
      const at = devices.indexOf(device)
      return { epoch, first: BigInt(at), lines: [{ device, term: 1, amount }], proof: inclusionProof(leaves, at) }
    })
    return gasOf(chain, keys.operator, { to: deployment.rewards, data: encode.claim(claims) })
  }
}

const measureClaims = async (chain: TestChain, say: Say): Promise<readonly Measured[]> => {
  say(`an epoch of ${TERMS} terms`)
  const rules = await readRewardParameters(chain.client, chain.deployment.rewards)
  const paired: Address[] = []
  for (let at = 0; at < CLAIMANTS; at++)
    paired.push(await attest(chain, `claimant ${at}`, at === 1 ? chain.keys.stranger : chain.keys.owner))
  const [warm, one, ...ten] = paired
  if (!warm || !one) throw new Error('nobody to claim for')
  const others = Array.from({ length: TERMS - CLAIMANTS }, (): Address => `0x${randomBytes(20).toString('hex')}`)
  const devices = [warm, one, ...ten, ...others].sort()
  const lines: Measured[] = []
  const note = (holder: string): string => `proof of 10 hashes, ${holder}`
  for (const [round, times] of ['first', 'repeated'].entries()) {
    const claim = await openEpoch(chain, rules, devices, COIN / 20n)
    // The ledger's own first payment, and a holder who had nothing before.
    await claim([warm])
    const alone = await claim([one])
    const together = await claim(ten)
    const value = together / ten.length
    lines.push(
      {
        what: `gas: claim, ${times}`,
        value: alone,
        unit: 'gas',
        note: note(round === 0 ? 'a holder who had no tokens' : 'one term'),
      },
      {
        what: `gas: claim, ${times}, each of 10 in one call`,
        value,
        unit: 'gas',
        note: note(`one holder, ${together.toLocaleString('en-US')} in all`),
      },
    )
  }
  return lines
}

export const measureGas = async (stand: Stand, say: Say): Promise<readonly Measured[]> => {
  say('starting a chain')
  const reward = { epochLength: BigInt(EPOCH), challengeWindow: BigInt(WINDOW) }
  const starting = startTestChain({ mining: 'manual', startsAt: START, reward })
  const stop = async (): Promise<void> => (await starting.catch(() => undefined))?.stop()
  stand.keep(stop)
  const chain = await starting
  const lines = [...(await measureSettles(chain, say)), ...(await measureClaims(chain, say))]
  await stop()
  return lines
}
