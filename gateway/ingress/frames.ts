/** One MQTT control packet, cut out of the stream and not looked into. */
export type Frame = {
  /** High half of the first byte (MQTT 3.1.1 §2.2.1). */
  readonly type: number
  /** Low half of the first byte (§2.2.2). */
  readonly flags: number
  /** The whole of it, as it goes on to the broker. */
  readonly bytes: Buffer
  /** What follows the fixed header. */
  readonly body: Buffer
}

/** The most bytes that a packet of this type may have now, its header included; undefined = it may not come at all. */
export type FrameLimit = (type: number) => number | undefined

/** §2.2.3: a fifth length byte is malformed. */
const MAX_LENGTH_BYTES = 4

type Header = { readonly type: number; readonly flags: number; readonly size: number; readonly total: number }

/**
 * Cuts a stream into frames. Judges type and length as soon as the header is there, so that nothing of an unwanted frame is ever held: at
 * most one frame within its limit is. The broker itself would collect 256 MB (aedes issue 831).
 */
export class FrameReader {
  /** A header not complete yet, or a frame being filled. */
  #part = Buffer.alloc(0)
  #filled = 0
  #header: Header | undefined

  /** Bytes set aside for what is not whole yet. */
  get held(): number {
    return this.#part.length
  }

  /** Whole frames in order; a text instead says why the stream must end. */
  *read(chunk: Buffer, limit: FrameLimit): Generator<Frame | string> {
    let rest = chunk
    while (rest.length > 0) {
      if (!this.#header) {
        const bytes = this.#part.length > 0 ? Buffer.concat([this.#part, rest]) : rest
        const header = readHeader(bytes, limit)
        if (typeof header === 'string') return yield header
        if (!header) {
          // A copy: a slice would keep the whole 64 KB that the socket read into alive for one byte.
          this.#part = Buffer.from(bytes)
          return
        }
        this.#part = Buffer.alloc(0)
        rest = bytes
        if (rest.length >= header.total) {
          yield frameOf(header, rest.subarray(0, header.total))
          rest = rest.subarray(header.total)
          continue
        }
        this.#header = header
        this.#part = Buffer.allocUnsafeSlow(header.total)
        this.#filled = 0
      }
      const taken = rest.copy(this.#part, this.#filled)
      this.#filled += taken
      rest = rest.subarray(taken)
      if (this.#filled < this.#header.total) return
      const whole = frameOf(this.#header, this.#part)
      this.#header = undefined
      this.#part = Buffer.alloc(0)
      yield whole
    }
  }
}

const frameOf = ({ type, flags, size }: Header, bytes: Buffer): Frame => ({
  type,
  flags,
  bytes,
  body: bytes.subarray(size),
})

const readHeader = (bytes: Buffer, limit: FrameLimit): Header | string | undefined => {
  const first = bytes[0] as number
  const most = limit(first >> 4)
  if (most === undefined) return `packet type ${first >> 4} may not come now`
  let length = 0
  for (let index = 1; index <= MAX_LENGTH_BYTES; index += 1) {
    const byte = bytes[index]
    if (byte === undefined) return undefined
    length += (byte & 0x7f) * 128 ** (index - 1)
    if (byte < 0x80) {
      const total = 1 + index + length
      if (total > most) return `a frame of ${total} bytes, above ${most}`
      return { type: first >> 4, flags: first & 0xf, size: 1 + index, total }
    }
  }
  return 'a length of more than four bytes'
}
