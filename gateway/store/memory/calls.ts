import { Failure } from '../../errors.ts'
import type { CallRow, CallStore } from '../../ports.ts'
import type { Data } from './data.ts'

const bare = { nonce: undefined, hash: undefined, block: undefined, gasUsed: undefined } as const

const found = (data: Data, key: string): CallRow => {
  const row = data.calls.get(key)
  if (!row) throw new Failure('INTERNAL', `no call ${key} was ever queued`)
  return row
}

const inNonceOrder = (a: CallRow, b: CallRow): number =>
  a.nonce === b.nonce ? 0 : (a.nonce ?? Number.POSITIVE_INFINITY) - (b.nonce ?? Number.POSITIVE_INFINITY)

export const memoryCalls = (data: Data): CallStore => ({
  queue: async (call) => {
    const row = data.calls.get(call.key)
    if (row && row.state !== 'reverted') return
    // Taken out first: a map keeps the order of putting in.
    data.calls.delete(call.key)
    data.calls.set(call.key, { ...call, ...bare, state: 'queued', attempts: row?.attempts ?? [] })
  },

  find: async (key) => data.calls.get(key),

  open: async () =>
    [...data.calls.values()].filter(({ state }) => state === 'queued' || state === 'sent').toSorted(inNonceOrder),

  attempt: async (key, { nonce, ...sent }) => {
    const row = found(data, key)
    const isKnown = row.attempts.some(({ hash }) => hash === sent.hash)
    const attempts = isKnown ? row.attempts : [...row.attempts, sent]
    data.calls.set(key, { ...row, ...bare, state: 'sent', nonce, hash: sent.hash, attempts })
    data.highestNonce = Math.max(data.highestNonce ?? nonce, nonce)
  },

  finish: async (key, { state, hash, block, gasUsed }) => {
    const row = found(data, key)
    const nonce = state === 'queued' ? undefined : row.nonce
    data.calls.set(key, { ...row, state, nonce, hash: hash ?? row.hash, block, gasUsed })
  },

  nextNonce: async () => (data.highestNonce === undefined ? undefined : data.highestNonce + 1),
})
