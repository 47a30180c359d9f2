import { describe, expect, test } from 'vitest'
import { help, parseArguments } from './arguments.ts'
import { faults } from './faults.ts'

const mistakesOf = (...args: string[]) => {
  const parsed = parseArguments(args)
  return parsed.kind === 'wrong' ? parsed.mistakes : []
}
const argumentsOf = (...args: string[]) => {
  const parsed = parseArguments(args)
  if (parsed.kind !== 'run') throw new Error(JSON.stringify(parsed))
  return parsed.arguments
}

describe('the command line', () => {
  test('runs without any argument', () => {
    expect(argumentsOf()).toMatchObject({ devices: 3, model: 'tracker', qos: 1, curve: 'secp256k1', faults: {} })
  })

  test('takes every argument', () => {
    const line =
      '--devices 200 --model pebble --rate 1 --faults replay,loss:0.5 --seed 7 --url http://gateway:8080 --mqtt mqtt://gateway:1883 --owner-key k --state s --duration 60'
    expect(argumentsOf(...line.split(' '))).toEqual({
      devices: 200,
      model: 'pebble',
      curve: 'secp256k1',
      rate: 1,
      qos: 0,
      faults: { replay: faults.replay.rate, loss: 0.5 },
      seed: '7',
      url: 'http://gateway:8080',
      mqttUrl: 'mqtt://gateway:1883',
      ownerKeyFile: 'k',
      stateDir: 's',
      duration: 60,
    })
  })

  test.each([
    ['--devices', '0'],
    ['--devices', '1.5'],
    ['--model', 'toaster'],
    ['--rate', '0'],
    ['--rate', '20.1'],
    ['--rate', '-1'],
    ['--faults', 'gremlins'],
    ['--faults', 'loss:2'],
    ['--faults', '__proto__'],
    ['--url', 'gateway'],
    ['--mqtt', 'http://gateway'],
    ['--curve', 'ed25519'],
    ['--duration', '0'],
    ['--qos', '2'],
  ])('refuses %s %s and names it', (name, value) => {
    expect(mistakesOf(`${name}=${value}`).join()).toContain(name)
  })

  test('tells all mistakes at once', () => {
    expect(mistakesOf('--devices', 'x', '--rate', 'y', '--faults', 'z')).toHaveLength(3)
  })

  test('refuses what it does not know', () => {
    expect(mistakesOf('--speed', '9').join()).toContain('--speed')
  })

  test('a Pebble cannot send faster than its clock ticks, nor on P-256', () => {
    expect(mistakesOf('--model', 'pebble', '--rate', '2')).toHaveLength(1)
    expect(mistakesOf('--model', 'pebble', '--curve', 'p256')).toHaveLength(1)
  })

  test('help names every option and every fault with its outcome', () => {
    expect(parseArguments(['--help'])).toEqual({ kind: 'help' })
    for (const [name, { outcome }] of Object.entries(faults)) {
      expect(help()).toContain(name)
      expect(help()).toContain(outcome)
    }
  })
})
