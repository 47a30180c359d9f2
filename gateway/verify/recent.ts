import { createHash } from 'node:crypto'
import type { Address } from '../../devices/identity.ts'
import { boundedMap } from './bounded-map.ts'

/**
 * Packets that were lately stored after their signature held, by all their bytes. Only such a packet may be answered without verifying it
 * again; anything that differs in one bit goes the whole way, and the store decides. Forgetting costs one verification, nothing else.
 */
export type Recent = {
  has(device: Address, raw: Uint8Array): boolean
  /** Only once the store has the packet: earlier, a resend after a failed commit would be acknowledged and lost. */
  add(device: Address, raw: Uint8Array): void
}

/** 65,536 names of 64 characters are some 10 MB. */
export const openRecent = (limit = 65_536): Recent => {
  const names = boundedMap<string, true>(limit)
  const nameOf = (device: Address, raw: Uint8Array) => device + createHash('sha256').update(raw).digest('base64')
  return {
    has: (device, raw) => names.get(nameOf(device, raw)) !== undefined,
    add: (device, raw) => names.set(nameOf(device, raw), true),
  }
}
