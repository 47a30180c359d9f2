import type { Millis } from '../../devices/units.ts'
import { awakeTimeout } from './awake.ts'

/** anvil answers in milliseconds; one that takes this long, while we are awake, is wedged and is killed. */
export const ANSWER_WITHIN: Millis = 10_000
/** A block full of calldata has 4 MB of JSON. */
const MAX_ANSWER_BYTES = 8_000_000
const TOO_LARGE = Buffer.from(
  JSON.stringify({
    ...{ jsonrpc: '2.0', id: 1 },
    error: { code: -32005, message: `the answer has more than ${MAX_ANSWER_BYTES} bytes; ask for less` },
  }),
)

export type RpcAnswer =
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } }

export type AnvilRpc = {
  /** Rejects only when anvil did not answer; an error it gave is an answer. */
  ask(method: string, params: readonly unknown[]): Promise<RpcAnswer>
  /** As `ask`: the whole reply, under id 1, as it came. Reading megabytes would hold the event loop. */
  askRaw(method: string, params: readonly unknown[]): Promise<Buffer>
  /** As `ask`, throws anvil's error. */
  demand<T>(method: string, params?: readonly unknown[]): Promise<T>
  /** One round trip; answers in order. */
  askAll(calls: readonly { method: string; params: readonly unknown[] }[]): Promise<readonly RpcAnswer[]>
}

/** JSON-RPC to anvil's private port, which also has the methods that own the chain. */
export const anvilRpc = (url: string, answerWithin: Millis = ANSWER_WITHIN): AnvilRpc => {
  const postRaw = async (body: unknown): Promise<Buffer> => {
    const timeout = awakeTimeout(answerWithin)
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: timeout.signal,
      })
      if (Number(response.headers.get('content-length')) <= MAX_ANSWER_BYTES)
        return Buffer.from(await response.arrayBuffer())
      await response.body?.cancel()
      return TOO_LARGE
    } finally {
      timeout.end()
    }
  }
  const post = async (body: unknown): Promise<unknown> => JSON.parse((await postRaw(body)).toString())
  const one = (method: string, params: readonly unknown[]) => ({ jsonrpc: '2.0', id: 1, method, params })
  const ask: AnvilRpc['ask'] = async (method, params) => (await post(one(method, params))) as RpcAnswer
  return {
    ask,
    askRaw: (method, params) => postRaw(one(method, params)),
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
