import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import type { Address } from '../../devices/identity.ts'
import type { Format } from '../../devices/packet.ts'
import type { BasisPoints, Millis } from '../../devices/units.ts'

/** An accepted packet's public line in the log. It holds no sensor value. */
export type LogRecord = {
  readonly format: Format
  readonly quality: BasisPoints
  /** How many readings the packet holds. */
  readonly readings: number
  readonly sequence: bigint
  readonly acceptedAt: Millis
  readonly device: Address
  /** 32 bytes. */
  readonly digest: Uint8Array
}

export const RECORD_BYTES = 76
const VERSION = 1
const formats: Readonly<Record<Format, number>> = { 'cose-es256k': 1, 'cose-es256': 2, pebble: 3 }

/**
 * version u8 · format u8 · quality u16 · readings u32 · sequence u64 · acceptedAt u64 · device 20 B · digest 32 B, big-endian.
 * `chain/src/lib/LogFormat.sol` reads the same bytes.
 */
export const encodeRecord = (record: LogRecord): Uint8Array => {
  const body = new Uint8Array(RECORD_BYTES)
  const view = new DataView(body.buffer)
  view.setUint8(0, VERSION)
  view.setUint8(1, formats[record.format])
  view.setUint16(2, record.quality)
  view.setUint32(4, record.readings)
  view.setBigUint64(8, record.sequence)
  view.setBigUint64(16, BigInt(record.acceptedAt))
  body.set(hexToBytes(record.device.slice(2)), 24)
  body.set(record.digest, 44)
  return body
}

/** Throws for any other bytes: whatever it answers encodes to the same 76 bytes again. */
export const decodeRecord = (body: Uint8Array): LogRecord => {
  if (body.length !== RECORD_BYTES) throw new RangeError(`a record body is ${RECORD_BYTES} bytes, not ${body.length}`)
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  const format = (Object.keys(formats) as Format[]).find((name) => formats[name] === view.getUint8(1))
  if (view.getUint8(0) !== VERSION || !format) throw new RangeError('not a record of a known version and format')
  const acceptedAt = Number(view.getBigUint64(16))
  if (!Number.isSafeInteger(acceptedAt)) throw new RangeError('a record accepted after the end of time')
  return {
    format,
    quality: view.getUint16(2),
    readings: view.getUint32(4),
    sequence: view.getBigUint64(8),
    acceptedAt,
    device: `0x${bytesToHex(body.subarray(24, 44))}`,
    digest: body.slice(44),
  }
}
