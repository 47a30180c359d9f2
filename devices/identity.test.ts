import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { privateKeyToAddress } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { addressOf, didOf, isAddress } from './identity.ts'
import { modelOf } from './models.ts'
import { networkId } from './network.ts'
import { isImei, pebbleTopics } from './pebble/topics.ts'
import { publicKeyOf } from './signature.ts'
import { deviceTopics } from './topics.ts'

const device = '0x7c6d376b125b43ea5ba5dd0f84e00a4f0c3ad63f'

describe('an address', () => {
  test('of a secp256k1 key is the one that wallets show', () => {
    const secret = sha256(Uint8Array.of(1))
    const { publicKey } = publicKeyOf({ curve: 'secp256k1', secret })
    expect(addressOf(publicKey)).toBe(privateKeyToAddress(`0x${bytesToHex(secret)}`).toLowerCase())
  })

  test.each([63, 65])('is not made of %i bytes', (length) => {
    expect(() => addressOf(new Uint8Array(length))).toThrow(RangeError)
  })

  test('is lower case, whole and nothing else', () => {
    expect(isAddress(device)).toBe(true)
    for (const text of ['', device.toUpperCase(), `${device}0`, ` ${device}`, `${device}\n`, '__proto__']) {
      expect(isAddress(text)).toBe(false)
    }
  })

  test('names the device’s DID', () => {
    expect(didOf(device)).toBe(`did:io:${device}`)
  })
})

test('a network’s id is the hash of its chain id and registry', () => {
  const hash = sha256(Buffer.from(`${Buffer.from('cairn/1').toString('hex')}0000000000001252${device.slice(2)}`, 'hex'))
  expect(networkId(4_690, device)).toEqual(hash)
})

describe('topics', () => {
  test('of a native device are under its address', () => {
    expect(Object.values(deviceTopics(device))).toEqual(
      ['telemetry', 'clips', 'receipts', 'config', 'commands'].map((name) => `devices/${device}/${name}`),
    )
  })

  test('of a Pebble are under its IMEI', () => {
    expect(pebbleTopics('350916067070535')).toEqual({
      data: 'device/350916067070535/data',
      query: 'device/350916067070535/query',
      confirm: 'device/350916067070535/confirm',
      status: 'backend/350916067070535/status',
      firmware: 'backend/350916067070535/firmware',
      config: 'backend/350916067070535/config',
    })
  })

  test.each(['', '35091606707053', '3509160670705350', '35091606707053+', '３５０９１６０６７０７０５３５'])(
    'no IMEI is %j',
    (text) => {
      expect(isImei(text)).toBe(false)
      expect(isImei('350916067070535')).toBe(true)
    },
  )
})

describe('a model', () => {
  test.each(['pebble-riverrock', 'pebble-gravel', 'tracker-1'])('%s has quantities with a range', (name) => {
    const model = modelOf(name)
    expect(model?.name).toBe(name)
    expect(model?.cadence).toBeGreaterThan(0)
    expect(new Set(model?.quantities.map((quantity) => quantity.name)).size).toBe(model?.quantities.length)
    expect(model?.quantities.filter(({ least, most }) => least >= most)).toEqual([])
  })

  test.each(['', '__proto__', 'constructor', 'pebble'])('%j is unknown', (name) => {
    expect(modelOf(name)).toBeUndefined()
  })
})
