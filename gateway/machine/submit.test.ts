import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { expect, test } from 'vitest'
import type { Address } from '../../devices/identity.ts'
import type { Hex } from '../../devices/units.ts'
import { STATE_KGAS_OF_ADDRESS } from './admission.ts'
import { type Chain, openSubmit } from './submit.ts'
import { openWaiting } from './waiting.ts'

const CHAIN = 31_999
const operator: Address = '0x00000000000000000000000000000000000000aa'
const GAS = 500_000n

/** A chain that takes all it is given and seals it at once. */
const open = () => {
  const waiting = openWaiting(operator)
  const rpc = {
    askAll: async () => [
      { result: '0x0' },
      { result: '0xffffffffffffffffffff' },
      { result: { baseFeePerGas: '0x1', gasLimit: '0x1c9c380' } },
    ],
    ask: async () => ({ result: '0x' }),
  }
  const sealer = { poke: () => waiting.sealed([...taken]) }
  const taken: Hex[] = []
  const journal = { append: async ({ hash }: { hash: Hex }) => void taken.push(hash), forget: async () => {} }
  const blocks = { isSealed: () => false }
  const submit = openSubmit({ journal, blocks, clock: { now: () => 1_000_000 }, chainId: CHAIN, operator } as never)
  const chain = { rpc, sealer, waiting } as unknown as Chain
  return async (from: string): Promise<boolean> => {
    const account = privateKeyToAccount(generatePrivateKey())
    const raw = await account.signTransaction({
      ...{ type: 'eip1559', chainId: CHAIN, nonce: 0, to: operator, gas: GAS, maxFeePerGas: 10n },
    })
    return 'result' in (await submit(chain, raw, [from]))
  }
}

test('one address, however many funded accounts it has, leaves gas for the accounts of others', async () => {
  const submit = open()
  const most = Math.floor((STATE_KGAS_OF_ADDRESS.burst * 1_000) / Number(GAS))
  const answers: boolean[] = []
  for (let index = 0; index < 2 * most; index++) answers.push(await submit('192.0.2.1'))
  expect(answers.filter((wasTaken) => wasTaken)).toHaveLength(most)
  expect(await submit('192.0.2.2')).toBe(true)
})
