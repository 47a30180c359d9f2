import { isIPv4, isIPv6 } from 'node:net'

/**
 * Whom an IP address counts as, narrowest first: an IPv4 address alone; an IPv6 address as its /64, which one household has whole, and as
 * its /48, which one customer may have whole. Every limit per address counts by these, or a stranger has 2^64 of them.
 *
 * An IPv4 address in IPv6 dress (`::ffff:1.2.3.4`) is that IPv4 address. What is no address is one name for all that are none.
 */
export const networksOf = (address: string): readonly string[] => {
  // A zone (`fe80::1%eth0`) names our own interface, not the peer.
  const bare = address.split('%')[0] ?? ''
  if (isIPv4(bare)) return [bare]
  if (!isIPv6(bare)) return ['none']
  const groups = groupsOf(bare)
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    const [high = 0, low = 0] = groups.slice(6)
    return [[high >> 8, high & 0xff, low >> 8, low & 0xff].join('.')]
  }
  return [`${prefixOf(groups, 4)}/64`, `${prefixOf(groups, 3)}/48`]
}

const prefixOf = (groups: readonly number[], length: number): string =>
  `${groups
    .slice(0, length)
    .map((group) => group.toString(16))
    .join(':')}::`

/** The eight 16-bit groups of a valid IPv6 address. */
const groupsOf = (address: string): readonly number[] => {
  const [head = '', tail] = withoutDots(address).split('::')
  const [before, after] = [read(head), read(tail ?? '')]
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length
  return [...before, ...Array<number>(zeros).fill(0), ...after]
}

const read = (part: string): number[] => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)))

/** The last 32 bits may be written as an IPv4 address (RFC 4291 §2.2). */
const withoutDots = (address: string): string =>
  address.replace(/\d+\.\d+\.\d+\.\d+$/, (dotted) => {
    const [a = 0, b = 0, c = 0, d = 0] = dotted.split('.').map(Number)
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  })
