import { hexToBytes, type PublicClient } from 'viem'
import { encode, readLane, settledEvents } from '../../chain/client.ts'
import type { Address } from '../../devices/identity.ts'
import type { LanePort } from './lane-port.ts'

/** Twice what the costliest settlement took (a lane's first, into fresh slots); each proof hash is 32 bytes of calldata and two SHA-256 calls. */
const SETTLE_GAS = 300_000n
const PROOF_HASH_GAS = 5_000n
/** How far back a settlement is looked for; the one question that public nodes answer at once. */
const LOOK_BACK = 2_000n

/** LaneLedger on an EVM chain. */
export const evmLanes = (client: PublicClient, ledger: Address): LanePort => ({
  head: async (lane) => {
    const { size, height, root } = await readLane(client, ledger, lane)
    return { size, height, root: hexToBytes(root) }
  },
  settleCall: (header, proof) => ({
    to: ledger,
    data: encode.settle(header, proof),
    gas: SETTLE_GAS + PROOF_HASH_GAS * BigInt(proof.length),
  }),
  settlement: async (lane, height) => {
    const newest = await client.getBlockNumber()
    const from = newest >= LOOK_BACK ? newest - LOOK_BACK + 1n : 0n
    const events = await settledEvents(client, ledger, from === 0n ? 1n : from, newest)
    return events.find((event) => event.lane === lane && event.height === height)
  },
})
