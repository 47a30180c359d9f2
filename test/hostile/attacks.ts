import type { Attack } from './attacker/attack.ts'
import { chainAttacks } from './attacks/chain.ts'
import { accessAttacks } from './attacks/connect.ts'
import { httpAttacks } from './attacks/http.ts'
import { machineAttacks } from './attacks/machine.ts'
import { packetAttacks } from './attacks/packets.ts'
import { pairingAttacks } from './attacks/pairings.ts'
import { readAttacks } from './attacks/reads.ts'
import { sessionAttacks } from './attacks/sessions.ts'

/** Every attack by its name, in the order in which they run. `control` comes first: it shows what the machine itself does to the fleet. */
export const attacks: Readonly<Record<string, Attack>> = {
  ...machineAttacks,
  ...sessionAttacks,
  ...accessAttacks,
  ...packetAttacks,
  ...httpAttacks,
  ...readAttacks,
  ...pairingAttacks,
  ...chainAttacks,
}
