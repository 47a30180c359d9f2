import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cursorAt, cursorOf, lineCursor, lineIn, sequenceCursor, sequenceIn } from './cursor.ts'

const reading = cursorOf('readings')

describe('a cursor', () => {
  test('gives back the sequence it was made of, up to the largest', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), (sequence) => {
        expect(sequenceIn(reading.parse(sequenceCursor(sequence)))).toBe(sequence)
      }),
    )
  })

  test('gives back the line it was made of', () => {
    const line = { device: `0x${'0a'.repeat(20)}`, term: 17 } as const
    expect(lineIn(cursorOf('lines').parse(lineCursor(line)))).toEqual(line)
  })

  test('tells which of two lists it is of', () => {
    const either = cursorOf('epochs', 'batches')
    expect(either.parse(cursorAt('batches', 7n))).toEqual({ list: 'batches', position: '7' })
    expect(either.parse(cursorAt('epochs', 8n))).toEqual({ list: 'epochs', position: '8' })
  })

  test('of one list is refused by another', () => {
    expect(cursorOf('epochs').safeParse(cursorAt('batches', 7n)).success).toBe(false)
  })

  test.each(['', '__proto__', 'batches.1e3', 'batches.-1', 'batches.1 ', 'batches.1000000000000000000', 'xbatches.1'])(
    'is refused as %s',
    (text) => {
      expect(cursorOf('batches').safeParse(text).success).toBe(false)
    },
  )

  test('over 2^63 is refused', () => {
    expect(reading.safeParse(`readings.8${'0'.repeat(15)}`).success).toBe(false)
  })
})
