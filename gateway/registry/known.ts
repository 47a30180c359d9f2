import type { Address } from '../../devices/identity.ts'
import type { Hex } from '../../devices/units.ts'
import type { Known, Registration, RegistryStore } from '../ports.ts'
import { isOpen, Proposals } from './proposals.ts'

/** How far the chain was read. */
export type Mark = { readonly block: bigint; readonly blockHash: Hex }

/** Devices that are remembered for one IMEI. Above it the IMEI tells nothing, and the signature alone says whose a packet is. */
export const MAX_DEVICES_OF_IMEI = 8

/** Nobody's list is `NOTHING_LISTED`. `imeis` may be fewer than `devices`: a device without a modem has none. */
export type Listed = { readonly imeis: ReadonlyMap<string, Address>; readonly devices: ReadonlySet<Address> }
const NOTHING_LISTED: Listed = { imeis: new Map(), devices: new Set() }

/**
 * Who is known, held whole in memory: about 0.5 KB a device, so a million devices fit in half a gigabyte and no lookup ever waits.
 *
 * It grows by what the chain says, by the manufacturer's list and by open proposals (bounded, see `bounds.ts`), never by packets.
 */
export class KnownDevices implements Known {
  readonly #registrations = new Map<Address, Registration>()
  readonly #learned = new Map<string, Set<Address>>()
  readonly #proposals: Proposals
  #listed: Listed = NOTHING_LISTED
  #newestBlock = 0n
  #cursor: Mark | undefined

  constructor(proposals: Proposals) {
    this.#proposals = proposals
  }

  byAddress(device: Address): Registration | undefined {
    return this.#registrations.get(device)
  }

  /** The manufacturer's word is the only one about an IMEI: no Pebble signs its own. Else paired devices come before those that only may be. */
  byImei(imei: string): readonly Address[] {
    const listed = this.#listed.imeis.get(imei)
    if (listed) return [listed]
    const learned = [...(this.#learned.get(imei) ?? [])]
    const paired = learned.filter((device) => isPaired(this, device))
    if (paired.length > 0) return paired
    return [...new Set([...learned, ...this.#proposals.waitingAt(imei).map(({ device }) => device)])]
  }

  isProposed(device: Address): boolean {
    return this.#proposals.ofDevice(device).some(isOpen)
  }

  isListed(device: Address): boolean {
    return this.#listed.devices.has(device)
  }

  /** Whose IMEI it is by the manufacturer's list. */
  listedAt(imei: string): Address | undefined {
    return this.#listed.imeis.get(imei)
  }

  list(listed: Listed): void {
    this.#listed = listed
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

  /** A full IMEI makes room where one of its devices is paired no longer. */
  learnImei(imei: string, device: Address): void {
    const learned = this.#learned.get(imei) ?? new Set()
    const gone = learned.size < MAX_DEVICES_OF_IMEI ? undefined : [...learned].find((one) => !isPaired(this, one))
    if (gone) learned.delete(gone)
    if (learned.size < MAX_DEVICES_OF_IMEI) this.#learned.set(imei, learned.add(device))
  }
}

export const isPaired = (known: Pick<Known, 'byAddress'>, device: Address): boolean =>
  known.byAddress(device)?.revoked === false

/** Everything the store remembers, so that a restart knows its devices before the chain answers. */
export const loadKnown = async (
  store: RegistryStore,
): Promise<{ readonly known: KnownDevices; readonly proposals: Proposals }> => {
  const proposals = new Proposals(store)
  const known = new KnownDevices(proposals)
  // The mark first: what another gateway learns meanwhile is read twice, never skipped.
  const mark = await store.cursor()
  known.learn(await store.registrations(), mark)
  for (const [imei, devices] of await store.imeis()) for (const device of devices) known.learnImei(imei, device)
  await proposals.load()
  return { known, proposals }
}
