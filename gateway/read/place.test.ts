import { cellToParent, getResolution } from 'h3-js'
import { describe, expect, test } from 'vitest'
import { coarsePlace } from './place.ts'

describe('where a device is, for everyone', () => {
  test('is never finer than H3 resolution 6', () => {
    const place = coarsePlace(0x8a2a1072b59ffffn)
    expect(place).toBe(cellToParent('8a2a1072b59ffff', 6))
    expect(getResolution(place ?? '')).toBe(6)
  })

  test('is as declared where that is coarser', () => {
    expect(coarsePlace(0x832a10fffffffffn)).toBe('832a10fffffffff')
  })

  test('is unknown without a cell, or with a number that is none', () => {
    expect(coarsePlace(0n)).toBeNull()
    expect(coarsePlace(42n)).toBeNull()
    expect(coarsePlace(2n ** 64n - 1n)).toBeNull()
  })
})
