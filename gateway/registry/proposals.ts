import type { Address } from '../../devices/identity.ts'
import { type Millis, minutes } from '../../devices/units.ts'
import type { Proposal, RegistryStore } from '../ports.ts'

/** Waiting for the device's proof, or for the chain. */
export const isOpen = ({ state }: Pick<Proposal, 'state'>): boolean => state === 'proposed' || state === 'sent'

/** How long what ended stays readable after its deadline, so that an owner learns why. */
const ENDED_IS_KEPT: Millis = minutes(10)
/** Rows forgotten by one statement. */
const FORGOTTEN_AT_ONCE = 1_000

type Counted = Pick<Proposal, 'device' | 'owner' | 'imei'> & { readonly networks: readonly string[] }

/** How many proposals wait for a device's proof: of the same device, of the same IMEI, and so on. */
export type Crowding = {
  readonly all: number
  readonly ofDevice: number
  readonly ofImei: number
  readonly ofOwner: number
  /** By `networks`, narrowest first. */
  readonly ofNetworks: readonly number[]
  /** Of the same device or IMEI, and from there. */
  readonly hereOfNetworks: readonly number[]
}

const keyOf = ({ device, owner }: Pick<Proposal, 'device' | 'owner'>): string => `${device}/${owner}`

/**
 * The proposals under way, in memory over the store: `statusOf` answers a Pebble without waiting for the database. One for each pair of
 * device and owner: nobody's proposal takes the place of another's.
 */
export class Proposals {
  readonly #store: RegistryStore
  readonly #all = new Map<string, Proposal>()
  readonly #ofDevice = openGroups()
  /** Of those that wait for the device's proof. */
  readonly #waiting = { all: new Set<string>(), device: openGroups(), imei: openGroups(), owner: openGroups() }
  /** Where each of them came from; not stored, so a restart forgets it. */
  readonly #networks = new Map<string, readonly string[]>()
  readonly #ofNetwork = openGroups()

  constructor(store: RegistryStore) {
    this.#store = store
  }

  /** Also what ended stays readable for a while, so that an owner learns why. */
  async load(): Promise<void> {
    for (const proposal of await this.#store.proposals()) this.#remember(proposal, [])
  }

  of(device: Address, owner: Address): Proposal | undefined {
    return this.#all.get(keyOf({ device, owner }))
  }

  /** Open and ended ones, oldest first. */
  ofDevice(device: Address): readonly Proposal[] {
    return this.#sorted(this.#ofDevice.of(device))
  }

  /** Those that name the IMEI and wait for the device's proof, oldest first. */
  waitingAt(imei: string): readonly Proposal[] {
    return this.#sorted(this.#waiting.imei.of(imei))
  }

  /** Another's, or one's own: proved, and on its way to the chain. */
  sentFor(device: Address): Proposal | undefined {
    return this.ofDevice(device).find(({ state }) => state === 'sent')
  }

  open(): readonly Proposal[] {
    return [...this.#all.values()].filter(isOpen)
  }

  crowding({ device, owner, imei, networks }: Counted): Crowding {
    const { all, device: byDevice, imei: byImei, owner: byOwner } = this.#waiting
    const here = new Set([...byDevice.of(device), ...(imei === undefined ? [] : byImei.of(imei))])
    const own = keyOf({ device, owner })
    // A proposal that its owner makes anew takes the place of its own.
    const isOther = (key: string) => key !== own
    const count = (keys: Iterable<string>) => [...keys].filter(isOther).length
    return {
      all: all.has(own) ? all.size - 1 : all.size,
      ofDevice: count(byDevice.of(device)),
      ofImei: imei === undefined ? 0 : count(byImei.of(imei)),
      ofOwner: count(byOwner.of(owner)),
      ofNetworks: networks.map((network) => count(this.#ofNetwork.of(network))),
      hereOfNetworks: networks.map((network) => {
        const from = this.#ofNetwork.of(network)
        return count([...here].filter((key) => from.has(key)))
      }),
    }
  }

  /** Stored before it is remembered: what a Pebble is told survives a crash. `networks` is where the request came from. */
  async put(proposal: Proposal, networks?: readonly string[]): Promise<void> {
    await this.#store.putProposal(proposal)
    this.#remember(proposal, networks ?? this.#networks.get(keyOf(proposal)) ?? [])
  }

  /** Drops what ended and whose deadline passed a while ago, here and in the store. */
  async forget(now: Millis): Promise<void> {
    const before = BigInt(Math.floor((now - ENDED_IS_KEPT) / 1_000))
    for (const proposal of this.#all.values()) if (!isOpen(proposal) && proposal.deadline < before) this.#drop(proposal)
    while ((await this.#store.forgetProposals(before, FORGOTTEN_AT_ONCE)) === FORGOTTEN_AT_ONCE);
  }

  #sorted(keys: ReadonlySet<string>): readonly Proposal[] {
    const found = [...keys].flatMap((key) => this.#all.get(key) ?? [])
    return found.toSorted((a, b) => a.proposedAt - b.proposedAt || (a.owner < b.owner ? -1 : 1))
  }

  #remember(proposal: Proposal, networks: readonly string[]): void {
    const key = keyOf(proposal)
    this.#drop(proposal)
    this.#all.set(key, proposal)
    this.#ofDevice.add(proposal.device, key)
    if (proposal.state !== 'proposed') return
    this.#waiting.all.add(key)
    this.#waiting.device.add(proposal.device, key)
    this.#waiting.owner.add(proposal.owner, key)
    if (proposal.imei !== undefined) this.#waiting.imei.add(proposal.imei, key)
    this.#networks.set(key, networks)
    for (const network of networks) this.#ofNetwork.add(network, key)
  }

  /** As it is known so far, which may have another IMEI. */
  #drop({ device, owner }: Pick<Proposal, 'device' | 'owner'>): void {
    const key = keyOf({ device, owner })
    const before = this.#all.get(key)
    if (!before) return
    this.#all.delete(key)
    this.#ofDevice.remove(device, key)
    this.#waiting.all.delete(key)
    this.#waiting.device.remove(device, key)
    this.#waiting.owner.remove(owner, key)
    if (before.imei !== undefined) this.#waiting.imei.remove(before.imei, key)
    for (const network of this.#networks.get(key) ?? []) this.#ofNetwork.remove(network, key)
    this.#networks.delete(key)
  }
}

type Groups = {
  of(name: string): ReadonlySet<string>
  add(name: string, key: string): void
  remove(name: string, key: string): void
}

const NONE: ReadonlySet<string> = new Set()

/** Sets of keys by name; an empty one is forgotten. */
const openGroups = (): Groups => {
  const groups = new Map<string, Set<string>>()
  return {
    of: (name) => groups.get(name) ?? NONE,
    add: (name, key) => void groups.set(name, (groups.get(name) ?? new Set()).add(key)),
    remove: (name, key) => {
      const group = groups.get(name)
      if (group?.delete(key) && group.size === 0) groups.delete(name)
    },
  }
}
