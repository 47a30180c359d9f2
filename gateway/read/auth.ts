import { createHash, timingSafeEqual } from 'node:crypto'
import type { Address } from '../../devices/identity.ts'

/** Who a bearer token speaks for. */
export type Auth = { ownerOf(token: string): Address | undefined }

const digestOf = (token: string): Uint8Array => createHash('sha256').update(token).digest()

/**
 * Tokens held as their hashes and compared in constant time, every one of them on every call: neither the time taken nor a memory dump
 * tells a token.
 */
export const fixedTokens = (entries: readonly { readonly token: string; readonly owner: Address }[]): Auth => {
  const known = entries.map(({ token, owner }) => ({ digest: digestOf(token), owner }))
  return {
    ownerOf: (token) => {
      const digest = digestOf(token)
      return known.filter((entry) => timingSafeEqual(entry.digest, digest)).at(-1)?.owner
    },
  }
}

/** RFC 6750 §2.1; longer than any token of ours is no token. */
const BEARER = /^Bearer ([A-Za-z0-9\-._~+/]{1,1024}=*)$/i

/** `anonymous`: no token was sent. `wrong`: one was, and it is nobody's. */
export type Viewer =
  | { readonly is: 'anonymous' }
  | { readonly is: 'wrong' }
  | { readonly is: 'owner'; readonly address: Address }

export const viewerOf = (auth: Auth, authorization: string | undefined): Viewer => {
  if (authorization === undefined) return { is: 'anonymous' }
  const token = BEARER.exec(authorization)?.[1]
  const address = token === undefined ? undefined : auth.ownerOf(token)
  return address === undefined ? { is: 'wrong' } : { is: 'owner', address }
}
