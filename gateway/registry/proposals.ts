import type { Address } from '../../devices/identity.ts'
import type { Proposal, RegistryStore } from '../ports.ts'

/** Waiting for the device's proof, or for the chain. */
export const isOpen = (proposal: Proposal): boolean => proposal.state === 'proposed' || proposal.state === 'sent'

/** The proposals under way, in memory over the store: `statusOf` answers a Pebble without waiting for the database. */
export class Proposals {
  readonly #store: RegistryStore
  readonly #byDevice = new Map<Address, Proposal>()
  readonly #byImei = new Map<string, Address>()

  constructor(store: RegistryStore) {
    this.#store = store
  }

  /** Also what ended stays readable until the next start, so that an owner learns why. */
  async load(): Promise<void> {
    for (const proposal of await this.#store.proposals()) this.#remember(proposal)
  }

  of(device: Address): Proposal | undefined {
    return this.#byDevice.get(device)
  }

  ofImei(imei: string): Proposal | undefined {
    const device = this.#byImei.get(imei)
    const proposal = device && this.#byDevice.get(device)
    return proposal && isOpen(proposal) ? proposal : undefined
  }

  open(): readonly Proposal[] {
    return [...this.#byDevice.values()].filter(isOpen)
  }

  /** Stored before it is remembered: what a Pebble is told survives a crash. */
  async put(proposal: Proposal): Promise<void> {
    await this.#store.putProposal(proposal)
    this.#remember(proposal)
  }

  #remember(proposal: Proposal): void {
    const before = this.#byDevice.get(proposal.device)
    if (before?.imei && this.#byImei.get(before.imei) === proposal.device) this.#byImei.delete(before.imei)
    this.#byDevice.set(proposal.device, proposal)
    if (proposal.imei && isOpen(proposal)) this.#byImei.set(proposal.imei, proposal.device)
  }
}
