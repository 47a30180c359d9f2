import { expect, test } from 'vitest'
import { openNative } from '../../devices/cose.ts'
import { NETWORK, nativePacket, rotated, type TestDevice, testDevice } from '../../test/support/packets.ts'
import { signerOf } from './signer.ts'

const stored = (device: TestDevice) => {
  const opened = openNative(nativePacket(device), NETWORK)
  if (!opened.ok) throw new Error(opened.refusal.code)
  return opened.value
}

const later = [testDevice('later'), testDevice('later on p256', 'p256')]

test.each([testDevice('tracker'), testDevice('p256', 'p256')])(
  'a packet on $publicKey.curve keeps its signer when the device’s key is rotated',
  (device) => {
    expect(signerOf(stored(device), { key: device.publicKey })).toEqual(device.publicKey)
    for (const { publicKey: key } of later) expect(signerOf(stored(device), { key })).toEqual(device.publicKey)
    for (const renewed of later)
      expect(signerOf(stored(rotated(device, renewed)), { key: renewed.publicKey })).toEqual(renewed.publicKey)
  },
)
