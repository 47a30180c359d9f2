import { describe, expect, test } from 'vitest'
import { type Boot, hear, isHeard, readStatus } from './boot.ts'

const owner = `0x${'ab'.repeat(20)}` as const
const other = `0x${'cd'.repeat(20)}` as const
const bytes = (text: string) => new TextEncoder().encode(text)
const asking: Boot = { stage: 'asking' }

describe('a booting Pebble', () => {
  test('shows the proposer at status 1 and may send at status 2', () => {
    const pressing = hear(asking, { status: 1, proposer: owner })
    expect(pressing).toEqual({ stage: 'pressing', proposer: owner })
    expect(hear(pressing, { status: 2 })).toEqual({ stage: 'paired' })
  })

  test('is put back at “press Enter” by a stale status 1 after its confirm', () => {
    expect(hear({ stage: 'confirming', proposer: owner }, { status: 1, proposer: owner }).stage).toBe('pressing')
  })

  test('shows the newest proposer', () => {
    expect(hear({ stage: 'pressing', proposer: owner }, { status: 1, proposer: other })).toEqual({
      stage: 'pressing',
      proposer: other,
    })
  })

  test('once paired it stays so until the next boot', () => {
    expect(hear({ stage: 'paired' }, { status: 1, proposer: owner })).toEqual({ stage: 'paired' })
  })
})

describe('what reaches the firmware', () => {
  const heard = (qos: number, packetId: number | undefined, payload = bytes('{}')) =>
    isHeard({ topic: 'backend/1/status', payload, qos, packetId })

  test('packet ids to 255, whose high byte ends the string', () => {
    expect([1, 255].map((id) => heard(1, id))).toEqual([true, true])
    expect([256, 511, 65_535].map((id) => heard(1, id))).toEqual([false, false, false])
  })

  test('nothing at QoS 0, where the payload follows the topic', () => {
    expect(heard(0, undefined)).toBe(false)
  })
})

describe('status JSON', () => {
  test.each([
    ['a proposer of other than 0x and 40 digits', '{"status":1,"proposer":"0x1234"}'],
    ['a status 1 without proposer', '{"status":1}'],
    ['a status 0', '{"status":0}'],
    ['another number', '{"status":7}'],
    ['no JSON', '{"status":'],
    ['no object', 'null'],
  ])('ignores %s', (_, text) => {
    expect(readStatus(bytes(text))).toBeUndefined()
  })

  test('takes the original server’s messages', () => {
    expect(readStatus(bytes(`{"status":1,"proposer":"${owner}"}`))?.proposer).toBe(owner)
    expect(readStatus(bytes('{"status":2,"proposer":"","firmware":"x","uri":"","version":"1"}'))?.status).toBe(2)
  })
})
