import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
// @ts-expect-error a plain script without types
import { generate, source, target } from './generate.mjs'

test('the generated messages are those of pebble.proto', () => {
  // npm run generate
  expect(generate(source())).toBe(readFileSync(target, 'utf8'))
})

test('what the script cannot read is an error, never left out', () => {
  expect(() => generate(`${source()}\nenum Later { A = 0; }`)).toThrow('cannot read')
  expect(() => generate(source().replace('optional uint32 snr', 'optional float snr'))).toThrow('cannot read')
})
