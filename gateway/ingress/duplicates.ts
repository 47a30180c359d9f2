import { encodeLength, readFilters } from './control-packets.ts'
import type { Frame } from './frames.ts'

/*
 * MQTT-3.8.4-5 wants one return code for each filter of a SUBSCRIBE, in order. aedes drops filters that are the same and answers fewer. So the
 * gate makes them differ, and the hook takes that away again.
 */

/** A level that no filter has: control characters are refused before. In front, so that a # stays last. */
const MARK = '\u0001/'

/** The SUBSCRIBE as the broker is to see it: a filter that came before in it has a mark for each time. Only of a correct SUBSCRIBE. */
export const markDuplicates = ({ bytes, body }: Frame): Buffer => {
  const filters = readFilters(body, 1)
  if (new Set(filters.map(({ value }) => value)).size === filters.length) return bytes
  const times = new Map<string, number>()
  const parts = filters.flatMap(({ value, next }) => {
    const before = times.get(value) ?? 0
    times.set(value, before + 1)
    const marked = Buffer.from(MARK.repeat(before) + value)
    return [Buffer.of(marked.length >> 8, marked.length & 0xff), marked, body.subarray(next, next + 1)]
  })
  const rest = Buffer.concat([body.subarray(0, 2), ...parts])
  return Buffer.concat([bytes.subarray(0, 1), encodeLength(rest.length), rest])
}

/** The filter that the client sent. */
export const unmarked = (filter: string): string => filter.replaceAll(MARK, '')
