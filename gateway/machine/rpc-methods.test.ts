import { describe, expect, test } from 'vitest'
import { shape } from './rpc-methods.ts'

const HEAD = 5_000
const to = `0x${'0b'.repeat(20)}`
const isTaken = (method: string, params: unknown[]) => {
  const shaped = shape(method, params, HEAD)
  return shaped !== undefined && 'params' in shaped
}

describe('what may be asked of the sub-chain', () => {
  test.each([
    ...['anvil_setBalance', 'evm_mine', 'hardhat_setCode', 'debug_traceCall', 'trace_call', 'txpool_content'],
    ...['eth_accounts', 'eth_sign', 'eth_sendTransaction', 'eth_newFilter', 'eth_subscribe', 'eth_getProof'],
    ...['eth_createAccessList', 'eth_simulateV1', 'erpc_x', 'ots_x', '__proto__', 'constructor', ''],
  ])('%s is not', (method) => {
    expect(shape(method, [], HEAD)).toBeUndefined()
  })

  test.each(['eth_call', 'eth_estimateGas'])(
    '%s runs with ten million gas at most, also where it names none',
    (method) => {
      for (const gas of [undefined, '0x989681', '0xffffffffffffffffffffffff'])
        expect(shape(method, [{ to, gas }], HEAD)).toEqual({ weight: 'heavy', params: [{ to, gas: '0x989680' }] })
      expect(shape(method, [{ to, gas: '0x5208' }, 'latest'], HEAD)).toMatchObject({
        params: [{ gas: '0x5208' }, 'latest'],
      })
    },
  )

  test.each<[string, unknown[]]>([
    ['state overrides', [{ to }, 'latest', { [to]: { code: '0x00' } }]],
    ['block overrides', [{ to }, 'latest', null, { gasLimit: '0xff' }]],
    ['empty overrides', [{ to }, 'latest', {}]],
    ['a delegation', [{ to, authorizationList: [] }]],
    ['blobs', [{ to, blobs: [] }]],
    ['no call', ['0x00']],
    ['a block that is a long text', [{ to }, 'x'.repeat(100)]],
    ['a block that is any object', [{ to }, { stateOverride: {} }]],
  ])('a call with %s is refused', (_, params) => {
    expect(isTaken('eth_call', params)).toBe(false)
    expect(isTaken('eth_estimateGas', params)).toBe(false)
  })

  test('logs of 2,000 blocks, not of one more, however they are named', () => {
    const logs = (filter: object) => isTaken('eth_getLogs', [filter])
    expect(logs({ fromBlock: '0x1', toBlock: '0x7d0' })).toBe(true)
    expect(logs({ fromBlock: '0x1', toBlock: '0x7d1' })).toBe(false)
    expect(logs({ fromBlock: '0xbb9' })).toBe(true)
    expect(logs({ fromBlock: '0xbb8' })).toBe(false)
    expect(logs({ fromBlock: 'earliest' })).toBe(false)
    expect(logs({ fromBlock: '0x0', toBlock: 'latest' })).toBe(false)
    expect(logs({})).toBe(true)
    expect(logs({ blockHash: `0x${'00'.repeat(32)}` })).toBe(true)
  })

  test('logs of few addresses and topics', () => {
    const logs = (filter: object) => isTaken('eth_getLogs', [filter])
    expect(logs({ address: Array(32).fill(to), topics: [null, Array(32).fill(to)] })).toBe(true)
    expect(logs({ address: Array(33).fill(to) })).toBe(false)
    expect(logs({ topics: [Array(33).fill(to)] })).toBe(false)
    expect(logs({ topics: [null, null, null, null, null] })).toBe(false)
    expect(logs({ limit: 1 })).toBe(false)
  })

  test('a history of 256 blocks, with few percentiles', () => {
    expect(isTaken('eth_feeHistory', ['0x100', 'latest', [50]])).toBe(true)
    expect(isTaken('eth_feeHistory', [256, 'latest'])).toBe(true)
    expect(isTaken('eth_feeHistory', ['0x101', 'latest', []])).toBe(false)
    expect(isTaken('eth_feeHistory', ['0x1', 'latest', Array(17).fill(1)])).toBe(false)
  })

  test('a block with all its transactions counts as heavy', () => {
    expect(shape('eth_getBlockByNumber', ['latest', false], HEAD)).toMatchObject({ weight: 'light' })
    expect(shape('eth_getBlockByNumber', ['latest', true], HEAD)).toMatchObject({ weight: 'heavy' })
  })

  test('other params are short texts and flags', () => {
    expect(isTaken('eth_getBalance', [to, 'latest'])).toBe(true)
    expect(isTaken('eth_getBalance', [to, { blockNumber: '0x1' }])).toBe(false)
    expect(isTaken('eth_getBalance', ['x'.repeat(1_000)])).toBe(false)
    expect(isTaken('eth_getBalance', ['', '', '', ''])).toBe(false)
  })
})
