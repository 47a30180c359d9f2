import { readFileSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { randomOf } from '../../support/mutations.ts'
import { attacks } from '../attacks.ts'
import type { AttackPlan, AttackTold } from '../plan.ts'

/*
 * One attack, a process of its own at the lowest priority: what it takes of the machine is not to be mistaken for what it does to the gateway.
 * Argument: a file with an `AttackPlan` in JSON (what was overheard is too much for an argument). Ends by itself when its time is over.
 */

const plan = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as AttackPlan
setPriority(constants.priority.PRIORITY_LOW)

const tell = (told: AttackTold): void => void process.stdout.write(`${JSON.stringify(told)}\n`)
const counts: Record<string, number> = {}
const attack = attacks[plan.attack]
if (!attack) throw new Error(`there is no attack “${plan.attack}”`)

// Sockets of an attacker fail in every way; none of them ends the attack.
process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
  const code = error.code ?? error.message
  counts[code] = (counts[code] ?? 0) + 1
})

const begin = await attack.prepare({
  target: plan.target,
  seed: plan.seed,
  random: randomOf([...plan.seed].reduce((sum, character) => sum * 31 + character.charCodeAt(0), 7)),
  count: (what, by = 1) => {
    counts[what] = (counts[what] ?? 0) + by
  },
})
tell({ kind: 'begins' })
setTimeout(() => {
  tell({ kind: 'did', counts })
  process.stdout.write('', () => process.exit())
}, plan.seconds * 1_000)
await begin()
