import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cursorAt, positionOf } from './cursor.ts'

describe('a cursor', () => {
  test('gives back the position it was made of', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), (position) => {
        expect(positionOf('readings', cursorAt('readings', position))).toBe(String(position))
      }),
    )
  })

  test('of one list is refused by another', () => {
    expect(positionOf('epochs', cursorAt('batches', 7n))).toBeUndefined()
  })

  test('is refused when it is anything else', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const position = positionOf('devices', text)
        expect(position === undefined || cursorAt('devices', position) === text).toBe(true)
      }),
    )
    for (const text of [
      '',
      '__proto__',
      cursorAt('batches', '1e3'),
      cursorAt('batches', '-1'),
      `${cursorAt('batches', 1n)}=`,
    ])
      expect(positionOf('batches', text)).toBeUndefined()
  })
})
