import { type Allowances, type NetworkAllowances, openAllowances, openNetworkAllowances } from '../limits/allowances.ts'
import type { Clock } from '../ports.ts'
import type { AdmissionLimits } from './admission.ts'
import type { Gate, GatePorts } from './gate.ts'

/** Counts what sessions and addresses do, against what they may. */
export type Counting = {
  /** For the connection of that number. */
  of(
    number: number,
    isKnown: (clientId: string) => boolean,
  ): Pick<GatePorts, 'mayConnect' | 'hasConnected' | 'maySubscribe' | 'count' | 'mayHold'>
}

type Pair = { readonly ofSession: Allowances; readonly ofAddress: NetworkAllowances }

export const openCounting = (limits: AdmissionLimits, clock: Clock): Counting => {
  const { connects, frames } = limits
  const named = openNetworkAllowances(connects.named)
  const unnamed = openNetworkAllowances(connects.unnamed)
  const ofName = openAllowances(connects.ofName)
  const ofDevice = openAllowances(connects.ofDevice)
  const subscribes = openAllowances(limits.subscribes)
  const holds = openAllowances(limits.holds)
  const pairOf = (standing: 'registered' | 'stranger'): Pair => ({
    ofSession: openAllowances(frames[standing].ofSession),
    ofAddress: openNetworkAllowances(frames[standing].ofAddress),
  })
  const pairs = { registered: pairOf('registered'), stranger: pairOf('stranger') }
  const nameAt = ({ networks }: Gate, clientId: string) => `${networks[0]} ${clientId}`

  return {
    of: (number, isKnown) => ({
      mayConnect: (gate, clientId) => {
        const now = clock.now()
        if (!isKnown(clientId)) return unnamed.take(gate.networks, now)
        return ofName.take(nameAt(gate, clientId), now) && named.take(gate.networks, now)
      },
      hasConnected: (gate, clientId) => {
        const now = clock.now()
        named.giveBack(gate.networks, now)
        ofName.giveBack(nameAt(gate, clientId), now)
        return ofDevice.take(clientId, now)
      },
      maySubscribe: () => subscribes.take(`${number}`, clock.now()),
      count: (gate) => {
        const { ofSession, ofAddress } = pairs[gate.standing === 'registered' ? 'registered' : 'stranger']
        if (!ofSession.take(gate.account, clock.now())) return 'session'
        return ofAddress.take(gate.networks, clock.now()) ? 'within' : 'address'
      },
      mayHold: () => holds.take(`${number}`, clock.now()),
    }),
  }
}
