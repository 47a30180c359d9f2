import { isIP } from 'node:net'

/**
 * Whether a request's Host names this gateway.
 *
 * A page elsewhere may point its own name at 127.0.0.1 after it has loaded, and then reads us as if we were its server (DNS rebinding). Its
 * name stays in the Host header, so a name that the operator did not list is refused. An IP address is nobody's to point elsewhere, and
 * `localhost` is resolved by no DNS (RFC 6761 §6.3). No Host at all is no browser.
 */
export const isOurHost = (host: string | undefined, names: readonly string[]): boolean => {
  if (host === undefined || host === '') return true
  const name = nameOf(host)
  return isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost') || names.includes(name)
}

/** Without port, brackets and the dot of the root: `[::1]:8080` is `::1`, `Cairn.Example.:80` is `cairn.example`. */
const nameOf = (host: string): string => {
  const bracketed = /^\[([^\]]*)\](?::\d*)?$/.exec(host)
  if (bracketed) return bracketed[1] ?? ''
  return host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase()
}
