import { days, type Millis, seconds } from './units.ts'

/*
 * What one device may ask of a gateway. Each is tested just below, at, and just above (except where a test would take its days).
 */

/** Bytes of one MQTT control packet, header included: a camera's clip manifest is the largest thing a device sends. */
export const MAX_FRAME_BYTES = 64 * 1_024
/** Bytes of one signed packet, native or Pebble. Decoding cost grows with it; 64 readings of 8 values need more than 8 KB. */
export const MAX_PACKET_BYTES = 16 * 1_024
/** Measurements in one packet: a SenML record makes two where it has a value and a sum. */
export const MAX_MEASUREMENTS = 512
/** Nested CBOR arrays and maps. SenML needs 2, COSE_Sign1 needs 2. */
export const MAX_CBOR_DEPTH = 6
/** Pairs of one CBOR map. A SenML record has at most 15 labels of its own, our protected header 7; the rest is room for extensions. */
export const MAX_MAP_PAIRS = 64
/** Characters of one SenML name, base name included: a base name is written once and repeated in every measurement. */
export const MAX_NAME_LENGTH = 256
/** Sequences are a signed 64-bit column in PostgreSQL and count from 1. */
export const MAX_SEQUENCE = 2n ** 63n - 1n

export const MAX_PACKETS_PER_SECOND = 20
/** Packets of one device read from its socket and not answered yet. */
export const MAX_IN_FLIGHT = 32
export const MAX_TOPIC_BYTES = 128
export const MAX_TOPIC_LEVELS = 4
/** Subscriptions of one session. */
export const MAX_FILTERS = 8
/** From the socket's opening to a whole CONNECT. */
export const CONNECT_WITHIN: Millis = seconds(10)
/** Readings on one page of the API. */
export const MAX_PAGE = 1_000
/** How old a reading may be when a device that was offline sends it at last. */
export const MAX_BACKLOG: Millis = days(30)
/** A device token lives at most this long. */
export const MAX_TOKEN_LIFE: Millis = days(1)
/** Characters of a device token; a real one has about 400. MQTT would allow 64 KB in the password. */
export const MAX_TOKEN_LENGTH = 4_096
