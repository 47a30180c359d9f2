import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import type { Address } from '../../devices/identity.ts'
import type { Hex } from '../../devices/units.ts'
import { refusalOf, STRANGERS_GAS } from './admission.ts'
import { readTransaction, type Transaction } from './transaction.ts'
import { openWaiting } from './waiting.ts'

const CHAIN = 31_999
const account = privateKeyToAccount(`0x${'11'.repeat(32)}`)
const sender = account.address.toLowerCase() as Address
const operator: Address = '0x00000000000000000000000000000000000000aa'
const to: Hex = '0x00000000000000000000000000000000000000bb'
const eip1559 = {
  type: 'eip1559',
  chainId: CHAIN,
  to,
  maxFeePerGas: 10n,
  maxPriorityFeePerGas: 1n,
  gas: 21_000n,
  nonce: 0,
}

const sign = (wishes: object = {}): Promise<Hex> => account.signTransaction({ ...eip1559, ...wishes } as never)

describe('a raw transaction', () => {
  test.each([
    ['eip1559', {}],
    ['eip2930', { type: 'eip2930', gasPrice: 10n, maxFeePerGas: undefined, maxPriorityFeePerGas: undefined }],
    ['legacy', { type: 'legacy', gasPrice: 10n, maxFeePerGas: undefined, maxPriorityFeePerGas: undefined }],
  ])('of type %s is read with its sender', async (_, wishes) => {
    const raw = await sign({ value: 7n, ...wishes })
    expect(readTransaction(raw, CHAIN)).toMatchObject({
      ...{ raw, sender, nonce: 0, gas: 21_000n, price: 10n, cost: 210_007n, intrinsicGas: 21_000n },
    })
  })

  test('pays for its data, its creation and its access list before it runs', async () => {
    const read = async (wishes: object) => readTransaction(await sign(wishes), CHAIN)?.intrinsicGas
    expect(await read({ data: '0x0001' })).toBe(21_000n + 4n + 16n)
    expect(await read({ to: undefined, data: `0x${'01'.repeat(33)}` })).toBe(53_000n + 33n * 16n + 4n)
    expect(await read({ accessList: [{ address: to, storageKeys: [`0x${'00'.repeat(32)}`] }] })).toBe(25_300n)
  })

  test('of another chain, without a chain, without a signature, too long, or in other bytes is none', async () => {
    const raw = await sign()
    const other = [
      await sign({ chainId: 1 }),
      await sign({
        type: 'legacy',
        chainId: undefined,
        gasPrice: 1n,
        maxFeePerGas: undefined,
        maxPriorityFeePerGas: undefined,
      }),
      await sign({ data: `0x${'00'.repeat(131_072)}` }),
      raw.slice(0, -2),
      `${raw}00`,
      raw.slice(2),
      '0x',
      '0x02',
      7,
      null,
      { raw },
    ]
    for (const each of other) expect(readTransaction(each, CHAIN)).toBeUndefined()
    expect(readTransaction(`0x${raw.slice(2).toUpperCase()}`, CHAIN)?.raw).toBe(raw)
  })

  test('with the higher s is none: it would be the same one under another hash', async () => {
    const raw = await sign()
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
    const s = BigInt(`0x${raw.slice(-64)}`)
    const high = raw.slice(0, -64) + (order - s).toString(16).padStart(64, '0')
    expect(readTransaction(high, CHAIN)).toBeUndefined()
  })
})

describe('a transaction is taken', () => {
  const rich = { nonce: 5, balance: 10n ** 20n }
  const head = { baseFee: 10n, gasLimit: 30_000_000n }
  let hash = 0
  const transaction = (wishes: Partial<Transaction> = {}): Transaction => {
    const made = {
      raw: '0x' as Hex,
      hash: `0x${(hash++).toString(16)}` as Hex,
      sender,
      nonce: 5,
      bytes: 100,
      ...wishes,
    }
    const { gas = 21_000n, price = 10n } = wishes
    return { gas, price, cost: gas * price, intrinsicGas: 21_000n, ...made }
  }
  const answer = (wishes: Partial<Transaction>, before: Transaction[] = [], own = false) => {
    const waiting = openWaiting(operator)
    for (const each of before) waiting.add(each)
    return refusalOf({ transaction: transaction(wishes), sender: rich, head, waiting }, own)?.message
  }

  test('when it is the sender’s next and can pay', () => {
    expect(answer({})).toBeUndefined()
    expect(answer({ nonce: 6 }, [transaction()])).toBeUndefined()
  })

  test.each<[string, Partial<Transaction>, RegExp]>([
    ['a nonce that is used', { nonce: 4 }, /nonce too low/],
    ['a nonce behind a gap', { nonce: 6 }, /nonce too high/],
    ['more gas than a block has', { gas: 30_000_001n }, /block gas limit/],
    ['less gas than its data costs', { gas: 20_999n }, /intrinsic gas/],
    ['a price below the base fee', { price: 9n }, /base fee/],
    ['a cost above the balance', { cost: 10n ** 20n + 1n }, /insufficient funds/],
    ['more gas than strangers have in a block', { gas: STRANGERS_GAS + 1n }, /exceeds/],
  ])('but not with %s', (_, wishes, why) => {
    expect(answer(wishes)).toMatch(why)
  })

  test('but not when what waits and this together cost more than there is', () => {
    expect(answer({ nonce: 6, cost: 6n * 10n ** 19n }, [transaction({ cost: 5n * 10n ** 19n })])).toMatch(
      /insufficient/,
    )
  })

  test('in the place of a waiting one only for a tenth more', () => {
    expect(answer({ price: 10n }, [transaction()])).toMatch(/underpriced/)
    expect(answer({ price: 11n }, [transaction()])).toBeUndefined()
  })

  test('as one of 16 of its sender', () => {
    const waiting = Array.from({ length: 16 }, (_, n) => transaction({ nonce: 5 + n }))
    expect(answer({ nonce: 20 }, waiting.slice(0, 15))).toBeUndefined()
    expect(answer({ nonce: 21 }, waiting)).toMatch(/enough waiting/)
  })

  test('only as far as strangers’ gas fits into half a block; the gateway’s own always', () => {
    const others = Array.from({ length: 14 }, (_, n) =>
      transaction({ sender: `0x${(n + 1).toString(16).padStart(40, '0')}`, gas: 1_000_000n }),
    )
    expect(answer({ gas: 1_000_000n }, others)).toBeUndefined()
    expect(answer({ gas: 1_000_001n }, others)).toMatch(/next block is full/)
    expect(answer({ gas: 20_000_000n, sender: operator, nonce: 9 }, others, true)).toBeUndefined()
    expect(answer({ sender: operator, nonce: 4 }, others, true)).toMatch(/nonce too low/)
  })

  test('and makes room again when it is in a block, with what it replaced', () => {
    const waiting = openWaiting(operator)
    const [first, second] = [transaction(), transaction({ price: 20n })]
    waiting.add(first)
    waiting.add(second)
    expect(waiting.strangers).toEqual({ count: 1, gas: 21_000n })
    waiting.sealed([second.hash])
    expect(waiting.strangers).toEqual({ count: 0, gas: 0n })
    expect(waiting.has(first.hash)).toBe(false)
  })
})
