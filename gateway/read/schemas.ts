import { z } from 'zod'
import type { Address } from '../../devices/identity.ts'
import type { Hex, Millis } from '../../devices/units.ts'

/*
 * The vocabulary of requests and answers. The same schemas validate what comes in, filter what goes out, and are printed as OpenAPI.
 */

// ------------------------------------------------------------------------------------------------------------------- requests

/** Any letter case in, lower case within. */
export const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'must be 0x and 40 hex digits')
  .transform((text) => text.toLowerCase() as Address)
  .meta({ description: 'Address, 20 bytes', example: '0x7c6d376b125b43ea5ba5dd0f84e00a4f0c3ad63f' })

/** A whole number in a URL, as a number. Strict where `Number()` is not: no sign, no exponent, no `0x`. */
export const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(least, `must be at least ${least}`).max(most, `must be at most ${most}`))
    .meta({ type: 'integer', minimum: least, maximum: most, pattern: undefined })

/**
 * A height or an epoch in a URL: 18 digits, so that every number that fits the pattern is far below 2^63, where PostgreSQL's bigint ends,
 * and so is the next one.
 */
export const stored = z
  .string()
  .regex(/^\d{1,18}$/, 'must be a whole number of at most 18 digits')
  .transform(BigInt)

/** A device may use every one of PostgreSQL's 63 bits as a sequence. Nothing is ever added to one. */
export const sequenceNumber = z
  .string()
  .regex(/^\d{1,19}$/, 'must be a whole number')
  .transform(BigInt)
  .refine((value) => value < 2n ** 63n, 'must be below 2^63')

/** As many as PostgreSQL's integer holds. */
export const lane = whole(0, 2 ** 31 - 1)

/** Rows of one page of a list: what a page costs is mostly writing it out, so that a thousand would hold up packets. */
export const MAX_ROWS = 200

/** Far enough for any clock, and still a date: the last millisecond of the year 9999. */
export const END_OF_TIME: Millis = 253_402_300_799_999

/** A device's clock says what it says, 1970 or before. */
export const START_OF_TIME: Millis = -62_135_596_800_000

const iso = z.union([z.iso.datetime({ offset: true }), z.iso.date()])

const millisOf = (text: string): Millis => (/^\d{1,15}$/.test(text) ? Number(text) : Date.parse(text))

/** ISO 8601 with its zone, a UTC date, or unix milliseconds. */
export const instant = z
  .string()
  .max(40)
  .refine(
    (text) => /^\d{1,15}$/.test(text) || iso.safeParse(text).success,
    'must be ISO 8601 with a zone (2026-01-31T12:00:00Z) or unix milliseconds',
  )
  .transform(millisOf)
  .refine((at) => at >= START_OF_TIME && at <= END_OF_TIME, 'must be between the years 1 and 9999')
  .meta({ description: 'ISO 8601 with its zone, or unix milliseconds', example: '2026-01-31T12:00:00Z' })

export const proofFlag = z.enum(['0', '1']).default('0').meta({ description: '1 adds the proof' })

/** No parameter at all: an unknown one is a mistake that deserves to be told. */
export const nothing = z.strictObject({})

// -------------------------------------------------------------------------------------------------------------------- answers

export const hex = z
  .templateLiteral(['0x', z.string().regex(/^[0-9a-f]*$/)])
  .meta({ description: 'Bytes, lower-case hex' })

/** An integer that may pass 2^53, as decimal text. */
export const decimal = z.string().regex(/^\d+$/)

export const at = z.int().meta({ description: 'Unix milliseconds' })

export const next = z.string().nullable().meta({ description: '`cursor` of the next page; null on the last one' })

export const facts = z.record(z.string(), z.union([z.string(), z.number()]))

const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'Stable; GET /v1/errors lists all' }),
    detail: z.string(),
    fix: z.string().meta({ description: 'What to do next' }),
    instance: z.string().meta({ description: 'The request id, as the gateway’s own log knows it' }),
    facts: facts.optional(),
    errors: z.array(z.object({ field: z.string(), problem: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details' })

/** For the `response` of every route, so that the document tells how each can fail. */
export const failing = {
  '4xx': { description: 'Refused: see `code` and `fix`', content: { 'application/problem+json': { schema: problem } } },
  '5xx': { description: 'Failed: see `code` and `fix`', content: { 'application/problem+json': { schema: problem } } },
} as const

// --------------------------------------------------------------------------------------------------------------------- values

export const hexOf = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString('hex')}`
export const bytesOf = (text: Hex): Uint8Array => Uint8Array.from(Buffer.from(text.slice(2), 'hex'))
