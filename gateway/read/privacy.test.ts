import { describe, expect, test } from 'vitest'
import type { Registration } from '../ports.ts'
import { holds, isOfTerm, shown } from './privacy.ts'

const alice = `0x${'a1'.repeat(20)}` as const
const bob = `0x${'b0'.repeat(20)}` as const
const registration: Registration = {
  device: `0x${'d0'.repeat(20)}`,
  key: { curve: 'secp256k1', publicKey: new Uint8Array(64) },
  model: 'tracker-1',
  cell: 0n,
  owner: bob,
  term: 2,
  grade: 'full',
  revoked: false,
  block: 7n,
}

describe('a field', () => {
  test('without a declared scope is hidden from the public', () => {
    const row = { model: 'tracker-1', invented: 'a value', temperature: 20.77, constructor: 1, toString: 2 }
    expect(shown('device', row, false)).toEqual({ model: 'tracker-1' })
  })

  test('declared as the holder’s is the holder’s', () => {
    const row = { model: 'tracker-1', cell: '8a2a1072b59ffff', imei: '350916067070001' }
    expect(shown('device', row, false)).toEqual({ model: 'tracker-1' })
    expect(shown('device', row, true)).toEqual(row)
  })
})

describe('a device’s values', () => {
  test('are read by whoever holds it now, and by nobody else', () => {
    expect(holds(bob, registration)).toBe(true)
    expect(holds(alice, registration)).toBe(false)
    expect(holds(undefined, registration)).toBe(false)
    expect(holds(bob, undefined)).toBe(false)
  })

  test('of another term stay shut after a transfer', () => {
    expect(isOfTerm({ term: 2 }, registration)).toBe(true)
    expect(isOfTerm({ term: 1 }, registration)).toBe(false)
    expect(isOfTerm({ term: 3 }, registration)).toBe(false)
  })
})
