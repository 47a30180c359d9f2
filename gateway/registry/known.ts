import type { Address } from '../../devices/identity.ts'
import type { Hex } from '../../devices/units.ts'
import type { Known, Registration, RegistryStore } from '../ports.ts'
import { isOpen, Proposals } from './proposals.ts'

/** How far the chain was read. */
export type Mark = { readonly block: bigint; readonly blockHash: Hex }

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
  #cursor: Mark | undefined

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

  /** How far this memory was read. Not the store's mark: that is the furthest of all gateways on one database. */
  get cursor(): Mark | undefined {
    return this.#cursor
  }

  learn(registrations: readonly Registration[], mark?: Mark): void {
    if (mark) this.#cursor = mark
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
  // The mark first: what another gateway learns meanwhile is read twice, never skipped.
  const mark = await store.cursor()
  known.learn(await store.registrations(), mark)
  for (const [imei, device] of await store.imeis()) known.learnImei(imei, device)
  await proposals.load()
  return { known, proposals }
}
