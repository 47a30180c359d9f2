import { describe, expect, test } from 'vitest'
import { minutes } from '../../devices/units.ts'
import type { Log } from '../ports.ts'
import { boundedLog } from './log-lines.ts'

const openHere = () => {
  const lines: (readonly [string, object, string])[] = []
  const write = (level: string) => (fields: object, message: string) => void lines.push([level, fields, message])
  const all: Log = { error: write('error'), warn: write('warn'), info: write('info') }
  const clock = { at: 0, now: () => clock.at }
  return { lines, clock, log: boundedLog(all, clock) }
}

describe('the log', () => {
  test('writes few lines as they are', () => {
    const { lines, log } = openHere()
    log.warn({ device: 'a' }, 'packet not acknowledged')
    log.error({ part: 'b' }, 'did not end well')
    expect(lines).toEqual([
      ['warn', { device: 'a' }, 'packet not acknowledged'],
      ['error', { part: 'b' }, 'did not end well'],
    ])
  })

  test('writes 20 lines of a message a minute, whoever causes them, and then says how many it left out', () => {
    const { lines, clock, log } = openHere()
    for (let n = 0; n < 1_000; n++) log.info({ imei: n }, 'confirm refused')
    log.info({}, 'another message')
    expect(lines).toHaveLength(21)
    clock.at = minutes(1)
    log.info({ imei: 1_000 }, 'confirm refused')
    log.info({ imei: 1_001 }, 'confirm refused')
    expect(lines.slice(21)).toEqual([
      ['info', { imei: 1_000, leftOut: 980 }, 'confirm refused'],
      ['info', { imei: 1_001 }, 'confirm refused'],
    ])
  })
})
