import type { Millis } from '../../devices/units.ts'

/** anvil answers in milliseconds; one that takes this long is wedged, and is killed. */
const TIMEOUT: Millis = 10_000

export type RpcAnswer =
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } }

export type AnvilRpc = {
  /** Rejects only when anvil did not answer; an error it gave is an answer. */
  ask(method: string, params: readonly unknown[]): Promise<RpcAnswer>
  /** As `ask`, throws anvil's error. */
  demand<T>(method: string, params?: readonly unknown[]): Promise<T>
  /** One round trip; answers in order. */
  askAll(calls: readonly { method: string; params: readonly unknown[] }[]): Promise<readonly RpcAnswer[]>
}

/** JSON-RPC to anvil's private port, which also has the methods that own the chain. */
export const anvilRpc = (url: string): AnvilRpc => {
  const post = async (body: unknown): Promise<unknown> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT),
    })
    return response.json()
  }
  const ask: AnvilRpc['ask'] = async (method, params) =>
    (await post({ jsonrpc: '2.0', id: 1, method, params })) as RpcAnswer
  return {
    ask,
    demand: async <T>(method: string, params: readonly unknown[] = []) => {
      const answer = await ask(method, params)
      if ('error' in answer) throw new Error(`${method}: ${answer.error.message}`)
      return answer.result as T
    },
    askAll: async (calls) => {
      if (calls.length === 0) return []
      const answers = await post(calls.map((call, id) => ({ jsonrpc: '2.0', id, ...call })))
      return (answers as (RpcAnswer & { id: number })[]).toSorted((a, b) => a.id - b.id)
    },
  }
}
