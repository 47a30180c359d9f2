import { describe, expect, test } from 'vitest'
import { networksOf } from './address.ts'

describe('whom an IP address counts as', () => {
  test.each([
    ['192.0.2.7', ['192.0.2.7']],
    ['::ffff:192.0.2.7', ['192.0.2.7']],
    ['::ffff:c000:207', ['192.0.2.7']],
    ['0:0:0:0:0:ffff:192.0.2.7', ['192.0.2.7']],
    ['2001:db8:1:2:3:4:5:6', ['2001:db8:1:2::/64', '2001:db8:1::/48']],
    ['2001:DB8:1:2::6', ['2001:db8:1:2::/64', '2001:db8:1::/48']],
    ['2001:db8::', ['2001:db8:0:0::/64', '2001:db8:0::/48']],
    ['fe80::1%eth0', ['fe80:0:0:0::/64', 'fe80:0:0::/48']],
    ['::1', ['0:0:0:0::/64', '0:0:0::/48']],
    ['64:ff9b::192.0.2.7', ['64:ff9b:0:0::/64', '64:ff9b:0::/48']],
    ['', ['none']],
    ['constructor', ['none']],
  ])('%s', (address, networks) => {
    expect(networksOf(address)).toEqual(networks)
  })

  test('two addresses of one /64 are one, two /64s of one /48 are two', () => {
    expect(networksOf('2001:db8::1')[0]).toBe(networksOf('2001:db8::ffff:1')[0])
    expect(networksOf('2001:db8:0:1::1')[0]).not.toBe(networksOf('2001:db8::1')[0])
    expect(networksOf('2001:db8:0:1::1')[1]).toBe(networksOf('2001:db8::1')[1])
  })
})
