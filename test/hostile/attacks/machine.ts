import { setImmediate as turn } from 'node:timers/promises'
import type { Attack } from '../attacker/attack.ts'

/** No attack: what an equally busy process beside the gateway does to the fleet. */
const control: Attack = {
  what: 'no attack: a process that is busy and asks nothing of the gateway',
  prepare: () => async () => {
    for (;;) {
      const until = performance.now() + 5
      while (performance.now() < until);
      await turn()
    }
  },
}

export const machineAttacks = { control }
