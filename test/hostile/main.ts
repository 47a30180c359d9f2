import { parseArgs } from 'node:util'
import { describeMachine } from '../bench/machine.ts'
import { attacks } from './attacks.ts'
import { comesToRest, runRound } from './rounds.ts'
import { openStand, type Stand } from './stand.ts'
import { controlOf, detailOf, faultsOf, isSpeedAlone, type Round, tableOfRounds } from './verdict.ts'

/*
 * `npm run prove:hostile`: an honest fleet beside one attack after the other, and what the fleet felt of each.
 */

const DEFAULTS = { seconds: '12', seed: 'hostile' } as const

const help = (): string =>
  [
    'npm run prove:hostile -- [--attacks NAME,NAME…] [--seed TEXT] [--seconds N] [--list]',
    '',
    'Starts a gateway and 20 paired devices that send a packet a second each, and attacks it over loopback: before, during and after each',
    `attack ${DEFAULTS.seconds} s are measured. Prints a table; exit code 1 = some attack was felt. See test/hostile/README.md.`,
    '',
    ...Object.entries(attacks).map(([name, { what }]) => `  ${name.padEnd(18)} ${what}`),
  ].join('\n')

const say = (progress: string): void => void process.stderr.write(`  ${progress}\n`)

/**
 * A round whose one fault is speed is run once more, beside a control of its own: the machine may have been busy with something else just
 * then, and an attack that is felt is felt each time.
 */
const again = async (stand: Stand, first: Round, rounds: Round[], seconds: number): Promise<Round> => {
  if (!(await comesToRest(stand, first))) return first
  say(`${first.attack}: slow; once more, with a new control`)
  if (first.attack !== 'control') rounds.push(await runRound(stand, 'control', seconds))
  await comesToRest(stand, first)
  return runRound(stand, first.attack, seconds)
}

const prove = async (names: readonly string[], seed: string, seconds: number): Promise<readonly Round[]> => {
  const rounds: Round[] = []
  let stand: Stand | undefined
  const end = async (): Promise<void> => stand?.end()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void end().finally(() => process.exit(130)))
  try {
    for (const name of names) {
      stand ??= await openStand(seed, say)
      say(`${name}: ${attacks[name]?.what}`)
      const first = await runRound(stand, name, seconds)
      const round = isSpeedAlone(first, controlOf(rounds)) ? await again(stand, first, rounds, seconds) : first
      rounds.push(round)
      say(`${name}: ${faultsOf(round, controlOf(rounds)).join(', ') || 'held'}`)
      say(detailOf(round))
      if (await comesToRest(stand, round)) continue
      say('the fleet did not come to rest; a new gateway for the next attack')
      await stand.end()
      stand = undefined
    }
    return rounds
  } finally {
    await end()
  }
}

const { values } = parseArgs({
  options: {
    attacks: { type: 'string' },
    seed: { type: 'string', default: DEFAULTS.seed },
    seconds: { type: 'string', default: DEFAULTS.seconds },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
const asked = values.attacks?.split(',') ?? Object.keys(attacks)
const unknown = asked.filter((name) => !Object.hasOwn(attacks, name))
const seconds = Number(values.seconds)
if (values.list || values.help) console.log(help())
else if (unknown.length > 0 || !(seconds >= 1 && seconds <= 300)) {
  console.error(
    `prove:hostile: ${unknown.length > 0 ? `there is no ${unknown.join(', ')}` : '--seconds 1 to 300'}; --help`,
  )
  process.exitCode = 1
} else {
  // The machine's own noise first: it stands beside every attack.
  const names = [...new Set(['control', ...asked])]
  const machine = describeMachine(new Date())
  const rounds = await prove(names, values.seed, seconds)
  console.log(`${machine}\n\n${tableOfRounds(rounds)}\n\n${rounds.map(detailOf).join('\n')}`)
  const felt = rounds.filter((round, at) => faultsOf(round, controlOf(rounds.slice(0, at))).length > 0)
  if (felt.some(({ attack }) => attack === 'control'))
    console.log('The control was felt: this machine is too busy to prove anything about speed.')
  console.log(felt.length > 0 ? `NOT PROVED: ${felt.map(({ attack }) => attack).join(', ')}` : 'proved')
  process.exitCode = felt.length > 0 ? 1 : 0
}
