/** A call that only uses up a nonce, so that those behind it can go. */
export const fillKey = (nonce: number): string => `fill:${nonce}`
export const filledNonce = (key: string): number | undefined => {
  const match = /^fill:(\d+)$/.exec(key)
  return match ? Number(match[1]) : undefined
}

type View = {
  /** The chain's: lowest nonce that is in no block. */
  readonly chain: number
  /** Nonces of calls under way. */
  readonly held: readonly number[]
  /** One past the highest that was ever given out. */
  readonly stored: number | undefined
}

/** The nonce for a new call: never one that was given out, or two transactions would fight for it. */
export const nextNonce = ({ chain, held, stored }: View): number =>
  Math.max(chain, stored ?? 0, ...held.map((nonce) => nonce + 1))

/**
 * The nonce that the chain waits for and no call under way has: what had it is believed mined, and the chain lost it. Nothing behind it can
 * get into a block until it is used.
 */
export const gapIn = (view: View): number | undefined =>
  view.chain < nextNonce(view) && !view.held.includes(view.chain) ? view.chain : undefined
