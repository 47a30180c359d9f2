import type { Millis } from '../devices/units.ts'
import type { Clock, Outcome } from './ports.ts'

/** What a person watching the terminal is told: what happened, a line each, and now and then how it stands. */
export type Account = {
  tell(line: string): void
  stop(): void
}

export type AccountPorts = {
  readonly clock: Clock
  readonly write: (text: string) => void
  readonly tally: () => ReadonlyMap<Outcome, number>
  readonly every: Millis
}

const time = (at: Millis): string => new Date(at).toISOString().slice(11, 19)

/** “412 packets acknowledged · 3 refused (BAD_SIGNATURE 2, MALFORMED 1)”. Each refusal was acknowledged too, once it was stored. */
export const standing = (tally: ReadonlyMap<Outcome, number>): string => {
  const accepted = tally.get('ACCEPTED') ?? 0
  const refused = [...tally].filter(([code]) => code !== 'ACCEPTED').sort(([a], [b]) => a.localeCompare(b))
  const sum = refused.reduce((total, [, count]) => total + count, 0)
  const codes = refused.map(([code, count]) => `${code} ${count}`).join(', ')
  return `${accepted + sum} packets acknowledged: ${accepted} accepted, ${sum} refused${codes && ` (${codes})`}`
}

export const openAccount = ({ clock, write, tally, every }: AccountPorts): Account => {
  let last = ''
  const tell = (line: string): void => write(`${time(clock.now())}  ${line}\n`)
  const timer = setInterval(() => {
    const line = standing(tally())
    if (line !== last) tell(line)
    last = line
  }, every)
  timer.unref()
  return { tell, stop: () => clearInterval(timer) }
}

/** Token base units as a person reads them: `16.66`. For the eye alone, never for a sum. */
export const inTokens = (amount: bigint): string => {
  const hundredths = (amount * 100n) / 10n ** 18n
  return `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, '0')}`
}
