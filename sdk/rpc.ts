import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import type { Address } from '../devices/identity.ts'
import { type Millis, seconds } from '../devices/units.ts'

/** All that a verifier asks of a chain: which one it is, and what a contract's views answer at its newest block. */
export type ChainReader = {
  chainId(): Promise<number>
  call(to: Address, data: Uint8Array): Promise<Uint8Array>
}

/** A public node answers in less than a second; a busy one in several. */
const PATIENCE: Millis = seconds(20)

type Answer = { readonly result?: unknown; readonly error?: { readonly message?: unknown } }

const post = async (url: string, method: string, params: readonly unknown[]): Promise<Answer> => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(PATIENCE) }).catch(
    (cause: unknown) => {
      throw new Error(`the RPC at ${url} cannot be reached`, { cause })
    },
  )
  const answer: unknown = await response.json().catch(() => undefined)
  if (typeof answer !== 'object' || answer === null) {
    throw new Error(`the RPC at ${url} answers HTTP ${response.status} and no JSON: is it a JSON-RPC URL?`)
  }
  return answer
}

const ask = async (url: string, method: string, params: readonly unknown[]): Promise<string> => {
  const { result, error } = await post(url, method, params)
  if (typeof result === 'string' && /^0x[0-9a-fA-F]*$/.test(result)) return result
  throw new Error(`${method} failed at ${url}: ${String(error?.message ?? 'an answer that is no hexadecimal')}`)
}

/** A chain over JSON-RPC; `fetch` alone, so it runs in a browser. Rejects in plain words when the node does not answer. */
export const openRpc = (url: string): ChainReader => ({
  chainId: async () => Number(await ask(url, 'eth_chainId', [])),
  call: async (to, data) => {
    const result = await ask(url, 'eth_call', [{ to, data: `0x${bytesToHex(data)}` }, 'latest'])
    return hexToBytes(result.slice(2))
  },
})
