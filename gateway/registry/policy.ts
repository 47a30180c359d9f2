import type { Address } from '../../devices/identity.ts'
import type { FailureCode } from '../errors.ts'
import type { Known, PairingPolicy, Registration } from '../ports.ts'
import type { KnownDevices } from './known.ts'

/*
 * Who may pair is the operator's choice. The contract takes a pairing from anyone, so the choice is kept twice: a request that does not fit
 * costs nothing, and a device that was paired past the gateway is not served.
 */

/** Why a device may not pair here; undefined where it may. */
export const whyNotAdmitted = (
  policy: PairingPolicy,
  known: Pick<KnownDevices, 'isListed'>,
  asked: { readonly device: Address; readonly by: 'device' | 'manufacturer' | 'confirm' },
): FailureCode | undefined => {
  switch (policy) {
    case 'open':
      return undefined
    case 'listed':
      return known.isListed(asked.device) ? undefined : 'NOT_LISTED'
    case 'attested':
      return asked.by === 'manufacturer' ? undefined : 'NOT_ATTESTED'
  }
}

/** Whether packets of a registered device are taken. */
export const isServed = (
  policy: PairingPolicy,
  known: Pick<KnownDevices, 'isListed'>,
  { device, grade }: Pick<Registration, 'device' | 'grade'>,
): boolean => {
  switch (policy) {
    case 'open':
      return true
    case 'listed':
      return known.isListed(device)
    case 'attested':
      return grade === 'attested'
  }
}

/** Who is known, as those see it who take packets: one whom the policy leaves out is expected, not paired. */
export const servedBy = (policy: PairingPolicy, known: KnownDevices): Known => ({
  byAddress: (device) => {
    const registration = known.byAddress(device)
    return registration && isServed(policy, known, registration) ? registration : undefined
  },
  byImei: (imei) => known.byImei(imei),
  isProposed: (device) => known.isProposed(device) || known.byAddress(device) !== undefined,
})
