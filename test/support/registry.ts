import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { type Address, addressOf, type Curve } from '../../devices/identity.ts'
import { attestationDigest, type Pairing, pairingDigest, type RegistryDomain } from '../../devices/pairing.ts'
import { type PrivateKey, publicKeyOf, recoverKeys, sign } from '../../devices/signature.ts'
import type { Hex } from '../../devices/units.ts'
import { openPace } from '../../gateway/limits/pace.ts'
import type { Call, Caller, CallRow, Log, PairingPolicy } from '../../gateway/ports.ts'
import { Allowance } from '../../gateway/registry/allowance.ts'
import { openRequests } from '../../gateway/registry/bounds.ts'
import type { PairingChain, RegistryChain, RegistryEvent, Standing } from '../../gateway/registry/chain.ts'
import { loadKnown } from '../../gateway/registry/known.ts'
import type { PairingRequest } from '../../gateway/registry/request.ts'
import { memoryStore } from '../../gateway/store/memory.ts'

/*
 * A registry desk on a chain of paper: a list of events that a test writes, and calls that wait until it lets them be mined.
 */

export type Person = { readonly key: PrivateKey; readonly address: Address; readonly publicKey: Uint8Array }

/** The same for the same name. */
export const person = (name: string, curve: Curve = 'secp256k1'): Person => {
  const key: PrivateKey = { curve, secret: sha256(utf8ToBytes(`person ${name}`)) }
  const { publicKey } = publicKeyOf(key)
  return { key, publicKey, address: addressOf(publicKey) }
}

export const NOW = Date.UTC(2026, 2, 1, 12)
export const domain: RegistryDomain = { chainId: 31_337, registry: person('registry').address }
export const manufacturer = person('manufacturer')
export const imei = '350916067070535'
/** Where a request comes from that does not say. */
export const here: readonly string[] = ['192.0.2.1']

/** r ‖ s ‖ v as a wallet makes it. */
export const walletSignature = ({ key, address }: Person, digest: Uint8Array): Hex => {
  const signature = sign(key, digest)
  const v = 27 + recoverKeys(digest, signature).findIndex(({ publicKey }) => addressOf(publicKey) === address)
  return `0x${bytesToHex(concatBytes(signature, Uint8Array.of(v)))}`
}

type Wanted = { readonly proof?: 'device' | 'manufacturer' | 'confirm'; readonly imei?: string } & Partial<Pairing>

/** A request that holds, unless a test spoils it. */
export const requestFor = (
  people: { readonly owner: Person; readonly device: Person; readonly manufacturer?: Person },
  wanted: Wanted = {},
  at: RegistryDomain = domain,
): PairingRequest => {
  const { proof = 'device', imei: number, ...changes } = wanted
  const { owner, device } = people
  const pairing: Pairing = {
    owner: owner.address,
    device: device.address,
    curve: device.key.curve,
    model: proof === 'confirm' ? 'pebble-riverrock' : 'tracker-1',
    cell: 0x8a2a1072b59ffffn,
    nonce: 0n,
    deadline: BigInt(NOW / 1_000 + 300),
    ...changes,
  }
  const digest = pairingDigest(at, pairing)
  const proofs = {
    device: { deviceSignature: `0x${bytesToHex(sign(device.key, digest))}` },
    manufacturer: {
      manufacturerSignature: walletSignature(people.manufacturer ?? manufacturer, attestationDigest(at, pairing)),
    },
    confirm: {},
  }
  return {
    ...pairing,
    cell: `0x${pairing.cell.toString(16)}`,
    nonce: String(pairing.nonce),
    deadline: String(pairing.deadline),
    ownerSignature: walletSignature(owner, digest),
    ...(proof === 'confirm' ? {} : { publicKey: `0x${bytesToHex(device.publicKey)}` }),
    ...(number === undefined ? {} : { imei: number }),
    ...proofs[proof],
  }
}

export const pairedEvent = (
  device: Person,
  owner: Person,
  block: bigint,
  changes: Partial<Extract<RegistryEvent, { kind: 'paired' }>> = {},
): RegistryEvent => ({
  kind: 'paired',
  device: device.address,
  owner: owner.address,
  term: 1,
  key: { curve: device.key.curve, publicKey: device.publicKey },
  model: 'tracker-1',
  cell: 0n,
  grade: 'full',
  block,
  ...changes,
})

/** A chain that a test can cut short and write anew. Hashes follow from what a branch's blocks are called. */
export class PaperChain implements RegistryChain {
  readonly deployedAt = 10n
  top = 10n
  events_: RegistryEvent[] = []
  branch = 'a'
  /** First block of the branch now standing. */
  forkedAt = 0n
  readonly ranges: [bigint, bigint][] = []

  height = async (): Promise<bigint> => this.top

  hashOf = async (block: bigint): Promise<Hex | undefined> => {
    if (block > this.top) return undefined
    const branch = block >= this.forkedAt ? this.branch : 'a'
    return `0x${bytesToHex(sha256(utf8ToBytes(`${branch} ${block}`)))}`
  }

  events = async (from: bigint, to: bigint): Promise<readonly RegistryEvent[]> => {
    this.ranges.push([from, to])
    return this.events_.filter(({ block }) => block >= from && block <= to)
  }

  /** All from `block` on never happened; the chain grows on as another branch. */
  reorganise(block: bigint, branch: string, top = this.top): void {
    this.events_ = this.events_.filter((event) => event.block < block)
    Object.assign(this, { forkedAt: block, branch, top })
  }
}

/** Calls by key; `finish` says what became of one. */
export class PaperCaller implements Caller {
  readonly rows = new Map<string, CallRow>()

  call = async (call: Call): Promise<void> => {
    if (this.rows.has(call.key) && this.rows.get(call.key)?.state !== 'reverted') return
    const unsent = { nonce: undefined, attempts: [], hash: undefined, block: undefined, gasUsed: undefined }
    this.rows.set(call.key, { ...call, state: 'queued', ...unsent })
  }

  outcome = async (key: string): Promise<CallRow | undefined> => this.rows.get(key)

  finish(key: string, state: 'mined' | 'reverted'): void {
    const row = this.rows.get(key)
    if (!row) throw new RangeError(`no call ${key}`)
    this.rows.set(key, { ...row, state, hash: '0xfeed', block: 11n })
  }
}

/** Calldata is the name of the call: what the contract makes of it is the contract tests' to show. */
export const paperPairing = (standings: Map<Address, Standing>): PairingChain => ({
  domain,
  manufacturer: manufacturer.address,
  standingOf: async (device) => standings.get(device) ?? { nonce: 0n, owner: undefined, last: undefined },
  pair: () => '0xaa',
  pairByConfirm: () => '0xbb',
  pairAttested: () => '0xcc',
})

/** All ports of the registry stage over memory, with what they noted. */
export const openPaperRegistry = async (store = memoryStore().registry) => {
  const notes: object[] = []
  const note: Log[keyof Log] = (fields) => void notes.push(fields)
  const standings = new Map<Address, Standing>()
  const clock = { at: NOW, now: () => clock.at }
  const loaded = await loadKnown(store)
  return {
    ...loaded,
    served: loaded.known,
    store,
    caller: new PaperCaller(),
    chain: paperPairing(standings),
    standings,
    clock,
    requests: openRequests(),
    pace: openPace(0, (run) => setImmediate(run)),
    confirms: new Allowance(10, 1_000),
    imeis: 'learned' as 'learned' | 'listed',
    policy: 'open' as PairingPolicy,
    recover: recoverKeys,
    log: { error: note, warn: note, info: note },
    notes,
  }
}
