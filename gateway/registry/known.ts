import type { Address } from '../../devices/identity.ts'
import type { Known, Registration, RegistryStore } from '../ports.ts'
import { isOpen, Proposals } from './proposals.ts'

/**
 * Who is known, held whole in memory: about 0.5 KB a device, so a million devices fit in half a gigabyte and no lookup ever waits.
 *
 * It grows by what the chain says, by the manufacturer's list and by open proposals (bounded, see `pair.ts`), never by packets.
 */
export class KnownDevices implements Known {
  readonly #registrations = new Map<Address, Registration>()
  readonly #imeis = new Map<string, Address>()
  readonly #proposals: Proposals
  #newestBlock = 0n

  constructor(proposals: Proposals) {
    this.#proposals = proposals
  }

  byAddress(device: Address): Registration | undefined {
    return this.#registrations.get(device)
  }

  byImei(imei: string): Address | undefined {
    return this.#imeis.get(imei) ?? this.#proposals.ofImei(imei)?.device
  }

  isProposed(device: Address): boolean {
    const proposal = this.#proposals.of(device)
    return proposal !== undefined && isOpen(proposal)
  }

  /** The device that the list or a finished pairing gave the IMEI to, whoever else proposes. */
  holderOf(imei: string): Address | undefined {
    return this.#imeis.get(imei)
  }

  all(): readonly Registration[] {
    return [...this.#registrations.values()]
  }

  /** No registration is read from a later block than this. */
  get newestBlock(): bigint {
    return this.#newestBlock
  }

  learn(registrations: readonly Registration[]): void {
    for (const registration of registrations) {
      this.#registrations.set(registration.device, registration)
      if (registration.block > this.#newestBlock) this.#newestBlock = registration.block
    }
  }

  learnImei(imei: string, device: Address): void {
    this.#imeis.set(imei, device)
  }
}

export const isPaired = (known: Known, device: Address): boolean => known.byAddress(device)?.revoked === false

/** Everything the store remembers, so that a restart knows its devices before the chain answers. */
export const loadKnown = async (
  store: RegistryStore,
): Promise<{ readonly known: KnownDevices; readonly proposals: Proposals }> => {
  const proposals = new Proposals(store)
  const known = new KnownDevices(proposals)
  known.learn(await store.registrations())
  for (const [imei, device] of await store.imeis()) known.learnImei(imei, device)
  await proposals.load()
  return { known, proposals }
}
