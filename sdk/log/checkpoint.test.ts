import { utf8ToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type CheckpointTrust,
  checkpointKeyOf,
  checkpointText,
  openCheckpoint,
  originOf,
  signCheckpoint,
  verifierKeyOf,
} from './checkpoint.ts'

const key = checkpointKeyOf(new Uint8Array(32).fill(7))
const stranger = checkpointKeyOf(new Uint8Array(32).fill(8))
const origin = originOf(new Uint8Array(32).fill(0xab), 3)
const checkpoint = { origin, size: 70_000n, root: new Uint8Array(32).fill(1) }
const trust: CheckpointTrust = { origin, publicKey: key.publicKey }
const note = signCheckpoint(checkpoint, key)

describe('a checkpoint', () => {
  test('names network and lane in its origin', () => {
    expect(origin).toBe(`cairn/${'ab'.repeat(32)}/3`)
  })

  test('is three lines, an empty one, and the signature', () => {
    expect(checkpointText(checkpoint)).toBe(`${origin}\n70000\n${'AQEB'.repeat(10)}AQE=\n`)
    expect(note).toMatch(/^cairn\/[^\n]+\n70000\n[^\n]{44}\n\n— cairn\/\S+ [A-Za-z0-9+/]{91}=\n$/)
  })

  test('opens for its key', () => {
    expect(openCheckpoint(note, trust)).toEqual({ ok: true, value: checkpoint })
  })

  test('opens with other signatures beside it, and with extension lines', () => {
    const [text, signatures] = note.split('\n\n') as [string, string]
    expect(openCheckpoint(`${text}\n\n— witness.example aaaa\n${signatures}`, trust).ok).toBe(true)
    const extended = `${checkpointText(checkpoint)}extension\n`
    const signed = signatures.slice(0, -1).split(' ')
    const raw = Uint8Array.from([
      ...Buffer.from(signed[2] ?? '', 'base64').subarray(0, 4),
      ...key.sign(utf8ToBytes(extended)),
    ])
    const whole = `${extended}\n— ${origin} ${Buffer.from(raw).toString('base64')}\n`
    expect(openCheckpoint(whole, trust)).toEqual({ ok: true, value: checkpoint })
  })

  test.each([
    ['of another key', signCheckpoint(checkpoint, stranger)],
    ['of another log', signCheckpoint({ ...checkpoint, origin: originOf(new Uint8Array(32), 3) }, key)],
    ['of another lane', signCheckpoint({ ...checkpoint, origin: originOf(new Uint8Array(32).fill(0xab), 4) }, key)],
    ['with another size', note.replace('70000', '70001')],
    ['with another root', note.replace('AQEB', 'AQEC')],
    ['without a signature', checkpointText(checkpoint)],
    ['with its end cut off', note.slice(0, -1)],
    ['with a size that has two spellings', note.replace('70000', '070000')],
    ['with nothing in it', ''],
    ['with only line breaks', '\n\n\n\n'],
  ])('%s does not open', (_, text) => {
    expect(openCheckpoint(text, trust).ok).toBe(false)
  })

  test('opens for no other text, and never throws', () => {
    fc.assert(
      fc.property(fc.nat(note.length - 2), fc.string({ minLength: 1, maxLength: 3 }), (at, text) => {
        const spoilt = note.slice(0, at) + text + note.slice(at + 1)
        const opened = openCheckpoint(spoilt, trust)
        // Beside the signed text only lines of strangers may stand, and such a line may be anything.
        if (opened.ok) expect(opened.value).toEqual(checkpoint)
      }),
      { seed: 3 },
    )
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(openCheckpoint(text, trust).ok).toBe(false)
      }),
      { seed: 4 },
    )
  })

  test('has its key in the form that log monitors read', () => {
    // The key id as C2SP signed-note defines it: SHA-256(name ‖ 0x0A ‖ 0x01 ‖ key), first 4 bytes.
    expect(verifierKeyOf(origin, key.publicKey)).toMatch(/^cairn\/[0-9a-f]{64}\/3\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/)
  })

  test('matches the published example of signed-note keys', () => {
    // golang.org/x/mod/sumdb/note, ExampleOpen: PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW
    const publicKey = Uint8Array.from(Buffer.from('ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'base64').subarray(1))
    expect(verifierKeyOf('PeterNeumann', publicKey)).toBe(
      'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
    )
  })
})
