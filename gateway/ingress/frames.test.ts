import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Frame, type FrameLimit, FrameReader } from './frames.ts'

const any: FrameLimit = () => 65_536

const readAll = (chunks: readonly Buffer[], limit: FrameLimit = any): readonly (Frame | string)[] => {
  const reader = new FrameReader()
  return chunks.flatMap((chunk) => [...reader.read(chunk, limit)])
}

const lengthBytes = (length: number): number[] =>
  length < 128 ? [length] : [(length & 127) | 128, ...lengthBytes(length >> 7)]

const frame = (first: number, body: number): Buffer =>
  Buffer.concat([Buffer.from([first, ...lengthBytes(body)]), Buffer.alloc(body, body % 251)])

const shortened = (frames: readonly (Frame | string)[]) =>
  frames.map((one) => (typeof one === 'string' ? one : `${one.type}/${one.flags}/${one.body.length}`))

describe('the frame reader', () => {
  test('gives the same frames however the stream is cut', () => {
    const sizes = fc.array(fc.oneof(fc.nat(300), fc.constantFrom(127, 128, 16_383, 16_384)), { maxLength: 8 })
    const property = fc.property(
      sizes,
      fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 60 }),
      (bodies, cuts) => {
        const sent = bodies.map((body, index) => frame((((index % 14) + 1) << 4) | (index % 16), body))
        const stream = Buffer.concat(sent)
        const chunks: Buffer[] = []
        let at = 0
        for (const cut of cuts) {
          chunks.push(stream.subarray(at, at + cut))
          at += cut
        }
        chunks.push(stream.subarray(at))
        const frames = readAll(chunks)
        expect(frames.map((one) => (typeof one === 'string' ? one : one.bytes.toString('hex')))).toEqual(
          sent.map((bytes) => bytes.toString('hex')),
        )
      },
    )
    fc.assert(property, { numRuns: 60, seed: 20260601 })
  })

  test('gives a frame that came byte by byte', () => {
    const bytes = frame(0x30, 200)
    expect(shortened(readAll([...bytes].map((byte) => Buffer.from([byte]))))).toEqual(['3/0/200'])
  })

  test('lets a frame of exactly the limit through, and refuses one more by its header alone', () => {
    const limit = () => 1_000
    expect(shortened(readAll([frame(0x30, 997)], limit))).toEqual(['3/0/997'])
    expect(readAll([frame(0x30, 998).subarray(0, 3)], limit)).toEqual(['a frame of 1001 bytes, above 1000'])
  })

  test('refuses a type that may not come by its first byte', () => {
    expect(readAll([Buffer.from([0xf0])], () => undefined)).toEqual(['packet type 15 may not come now'])
  })

  test('refuses a fifth length byte, and waits at four', () => {
    expect(readAll([Buffer.from([0x30, 0x80, 0x80, 0x80])])).toEqual([])
    expect(readAll([Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80])])).toEqual(['a length of more than four bytes'])
    expect(readAll([Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f])])).toEqual(['a frame of 268435460 bytes, above 65536'])
  })

  test('goes by the limit of the moment, frame by frame', () => {
    let most = 10
    const reader = new FrameReader()
    const frames = reader.read(Buffer.concat([frame(0x10, 5), frame(0x30, 50)]), () => most)
    expect(shortened([frames.next().value])).toEqual(['1/0/5'])
    most = 100
    expect(shortened([frames.next().value])).toEqual(['3/0/50'])
  })
})
