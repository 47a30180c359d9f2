import { describe, expect, test } from 'vitest'
import { openUnfinished } from './admission.ts'

describe('unfinished frames', () => {
  const open = (limit: number) => {
    const unfinished = openUnfinished(limit)
    const expelled: string[] = []
    const holder = (name: string) => ({ expel: () => void expelled.push(name) })
    return { unfinished, expelled, holder }
  }

  test('hold so much in all; above it those who began first go, and the newest stays', () => {
    const { unfinished, expelled, holder } = open(100)
    const [first, second, third] = [holder('first'), holder('second'), holder('third')]
    unfinished.hold(first, 40, false)
    unfinished.hold(second, 40, false)
    // More of the same frame: it began when it began.
    unfinished.hold(first, 50, false)
    unfinished.hold(third, 40, false)
    expect(expelled).toEqual(['first'])
    unfinished.hold(second, 0, false)
    unfinished.hold(third, 100, false)
    expect(expelled).toEqual(['first'])
  })

  test('of strangers go before those of registered devices', () => {
    const { unfinished, expelled, holder } = open(100)
    const [device, stranger, other] = [holder('device'), holder('stranger'), holder('other')]
    unfinished.hold(device, 60, true)
    unfinished.hold(stranger, 40, false)
    unfinished.hold(other, 40, true)
    expect(expelled).toEqual(['stranger'])
    // It is known now whose it is: it is counted once.
    unfinished.hold(other, 40, false)
    unfinished.hold(other, 40, true)
    expect(expelled).toEqual(['stranger'])
  })
})
