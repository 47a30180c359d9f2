import { describe, expect, test } from 'vitest'
import { isOurHost } from './host.ts'

const names = ['cairn.example']

describe('the Host of a request', () => {
  test.each([
    undefined,
    '',
    'localhost',
    'localhost:8080',
    'LOCALHOST:8080',
    'app.localhost',
    '127.0.0.1',
    '127.0.0.1:8080',
    '192.0.2.7:80',
    '[::1]',
    '[::1]:8080',
    '[2001:db8::7]:8080',
    'cairn.example',
    'Cairn.Example:443',
    'cairn.example.',
  ])('%s is ours', (host) => {
    expect(isOurHost(host, names)).toBe(true)
  })

  test.each([
    'evil.example',
    'evil.example:8080',
    'cairn.example.evil',
    'sub.cairn.example',
    'localhost.evil',
    'notlocalhost',
    '127.0.0.1.evil.example',
    '[evil.example]',
    'x@127.0.0.1',
    '127.0.0.1:8080:evil',
    'constructor',
  ])('%s is not', (host) => {
    expect(isOurHost(host, names)).toBe(false)
  })
})
