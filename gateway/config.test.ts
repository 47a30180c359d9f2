import { describe, expect, test } from 'vitest'
import { help, readConfig } from './config.ts'

const problem = (args: string[], env: Record<string, string> = {}): string => {
  try {
    readConfig(args, env)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

describe('settings', () => {
  test('without any, a demo runs on one machine', () => {
    const config = readConfig([], {})
    expect(config).toMatchObject({
      host: '127.0.0.1',
      chainHost: '127.0.0.1',
      ports: { http: 8080, mqtt: 1883, chain: 8545 },
      demo: true,
      sim: { pebbles: 3, trackers: 3 },
      batch: { maxAge: 5_000, maxRecords: 4_096 },
      reward: { epochSeconds: 60, budget: 100n * 10n ** 18n },
    })
  })

  test('an operator’s own gateway has no fleet, longer batches and hours for epochs', () => {
    expect(readConfig([], { CAIRN_DEMO: '0' })).toMatchObject({
      demo: false,
      sim: { pebbles: 0, trackers: 0 },
      batch: { maxAge: 10_000 },
      reward: { epochSeconds: 3_600, autoClaim: true },
      ingress: { pebbles: false },
    })
  })

  test('who may pair: anyone in a demo, else those on the list, else those that the manufacturer signed for', () => {
    const policyOf = (env: Record<string, string>) => readConfig([], env)?.ingress.pairing
    expect(policyOf({})).toBe('open')
    expect(policyOf({ CAIRN_DEMO: '0', CAIRN_IMEI_LIST: 'list.csv' })).toBe('listed')
    expect(policyOf({ CAIRN_DEMO: '0' })).toBe('attested')
    expect(policyOf({ CAIRN_DEMO: '0', CAIRN_PAIRING: 'open' })).toBe('open')
    expect(problem([], { CAIRN_PAIRING: 'listed' })).toContain('CAIRN_IMEI_LIST')
    expect(problem([], { CAIRN_PAIRING: 'anyone' })).toContain('open, listed or attested')
  })

  test('what no deployment could bear is told before there is one', () => {
    expect(problem([], { CAIRN_TREASURY: `0x${'0'.repeat(40)}` })).toContain('CAIRN_TREASURY')
    expect(problem([], { CAIRN_REWARD_FUND: '1000000001' })).toContain('CAIRN_REWARD_FUND')
    expect(readConfig([], { CAIRN_REWARD_FUND: '1000000000' })?.reward.fund).toBe(10n ** 27n)
  })

  test('a flag wins over the environment', () => {
    expect(readConfig(['--port', '9000', '--no-sim'], { CAIRN_PORT: '9001' })).toMatchObject({
      ports: { http: 9_000 },
      sim: { pebbles: 0, trackers: 0 },
    })
  })

  test('a folder given is found from where the person typed', () => {
    expect(readConfig(['--data', 'my data'], { INIT_CWD: '/home/ada' })?.dataDir).toBe('/home/ada/my data')
    expect(readConfig([], { INIT_CWD: '/home/ada', CAIRN_KEYS: 'k' })?.keysDir).toBe('/home/ada/k')
    const listed = readConfig([], { INIT_CWD: '/home/ada', CAIRN_IMEI_LIST: 'list.csv' })
    expect(listed?.ingress.imeiList).toBe('/home/ada/list.csv')
  })

  test('every mistake is told at once, with what it must be', () => {
    const text = problem(['--port', '99999'], {
      CAIRN_BATCH_SECONDS: 'soon',
      DATABASE_URL: 'mysql://x',
      CAIRN_DEMO: 'yes',
    })
    expect(text).toMatch(/^BAD_SETTING/)
    for (const name of ['CAIRN_PORT', 'at most 65535', 'CAIRN_BATCH_SECONDS', 'DATABASE_URL', 'CAIRN_DEMO'])
      expect(text).toContain(name)
  })

  test('an unknown flag and a chain without its id are mistakes', () => {
    expect(problem(['--prot', '1'])).toContain('--prot')
    expect(problem([], { CHAIN_RPC_URL: 'http://127.0.0.1:1' })).toContain('CHAIN_ID')
  })

  test('help lists every setting that is read', () => {
    expect(readConfig(['--help'], {})).toBeUndefined()
    for (const name of [
      'CAIRN_DATA',
      '--data',
      'DATABASE_URL',
      'CHAIN_RPC_URL',
      'CAIRN_KEYS',
      'CAIRN_EPOCH_SECONDS',
      '--no-sim',
    ]) {
      expect(help()).toContain(name)
    }
  })

  test('a configuration cannot be changed', () => {
    const config = readConfig([], {}) as { ports: { http: number } }
    expect(() => {
      config.ports.http = 1
    }).toThrow(TypeError)
  })
})
