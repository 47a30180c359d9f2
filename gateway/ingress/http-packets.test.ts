import { expect, test } from 'vitest'
import { NOON, nativePacket, OTHER_NETWORK, testDevice } from '../../test/support/packets.ts'
import type { Incoming } from '../ports.ts'
import { submitPacket } from './http-packets.ts'

const tracker = testDevice('tracker')

const submitted = async (raw: Uint8Array): Promise<Incoming | undefined> => {
  let taken: Incoming | undefined
  const submit = async (incoming: Incoming) => {
    taken = incoming
    return 'ACCEPTED' as const
  }
  expect(await submitPacket({ submit }, raw, NOON)).toBe('ACCEPTED')
  return taken
}

test('a packet without a session is from whom its kid says, whatever its network', async () => {
  const raw = nativePacket(tracker, { network: OTHER_NETWORK })
  const claim = { source: tracker.device, isProven: false }
  expect(await submitted(raw)).toEqual({ ...claim, framing: 'native', raw, receivedAt: NOON })
})

test('bytes that name nobody are filed under nobody', async () => {
  expect(await submitted(Uint8Array.of(1))).toMatchObject({ source: 'unknown' })
})
