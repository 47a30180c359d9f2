import type { Millis } from '../../devices/units.ts'
import type { Call, Caller, CallRow } from '../../gateway/ports.ts'
import { evmPairing, evmRegistry } from '../../gateway/registry/evm.ts'
import { advance } from '../../gateway/registry/send.ts'
import { syncOnce } from '../../gateway/registry/sync.ts'
import type { TestChain } from './chain.ts'
import { openPaperRegistry } from './registry.ts'

/** Sends each call once from the test chain's operator and remembers how it ended. */
const callerOn = (chain: TestChain): Caller & { settled(): Promise<void> } => {
  const rows = new Map<string, CallRow>()
  let turn: Promise<void> = Promise.resolve()
  const send = async (call: Call): Promise<void> => {
    const row = { ...call, nonce: undefined, attempts: [], block: undefined, gasUsed: undefined }
    // viem looks for a receipt when a block comes, and without transactions none does.
    const nudge = setInterval(() => void chain.mine().catch(() => {}), 1_000)
    try {
      const hash = await chain.send(chain.keys.operator, call)
      rows.set(call.key, { ...row, state: 'mined', hash })
    } catch {
      rows.set(call.key, { ...row, state: 'reverted', hash: '0x00' })
    } finally {
      clearInterval(nudge)
    }
  }
  return {
    call: async (call) => {
      const before = rows.get(call.key)
      if (before && before.state !== 'reverted') return
      const row = { ...call, nonce: undefined, attempts: [], hash: undefined, block: undefined, gasUsed: undefined }
      rows.set(call.key, { ...row, state: 'queued' })
      turn = turn.then(() => send(call))
    },
    outcome: async (key) => rows.get(key),
    settled: () => turn,
  }
}

/** The registry stage's ports on the real contracts; what it stores is in memory. `now` is the chain's own time. */
export const openEvmRegistry = async (chain: TestChain, now: () => Millis) => {
  const { deployment, client, keys } = chain
  const paper = await openPaperRegistry()
  const caller = callerOn(chain)
  const domain = { chainId: deployment.chainId, registry: deployment.registry }
  const ports = {
    ...paper,
    caller,
    clock: { now },
    domain,
    chain: evmPairing(client, domain, keys.manufacturer.address),
  }
  const sync = { ...ports, chain: evmRegistry(client, deployment), confirmations: 0n }
  return {
    ...ports,
    /** Until calls are mined, read and noted. */
    settle: async (): Promise<void> => {
      await caller.settled()
      while (await syncOnce(sync));
      await advance(ports)
    },
  }
}
