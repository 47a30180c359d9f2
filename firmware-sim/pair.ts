import { bytesToHex } from '@noble/hashes/utils.js'
import { type Pairing, pairingDigest } from '../devices/pairing.ts'
import { sign } from '../devices/signature.ts'
import { type Millis, seconds } from '../devices/units.ts'
import type { Gateway, Network, Proposed } from './gateway.ts'
import type { Identity } from './identity.ts'
import { type Owner, signPairing } from './owner.ts'
import { pause, type Scheduler } from './time.ts'

export type PairPorts = {
  readonly gateway: Gateway
  readonly network: Network
  readonly owner: Owner
  readonly scheduler: Scheduler
  readonly signal: AbortSignal
}

const ASK_AGAIN: Millis = seconds(1)
/** Seconds that an owner's signature stays good. The gateway takes five minutes at most; a computer's clock may be a minute ahead. */
const DEADLINE = 240
/** How often an owner looks whether the Pebble has been confirmed; a proposal that ran out is made anew. */
const LOOK_AGAIN: Millis = seconds(15)

/**
 * Brings one device as far as its owner can: a tracker until the registry knows it, a Pebble until its proposal stands (then it is the
 * Pebble's turn). A device that is paired already is left alone. Undefined = done; text = why it cannot be.
 */
export const pairDevice = (ports: PairPorts, identity: Identity): Promise<string | undefined> =>
  pairUntil(ports, identity, identity.model === 'pebble' ? ['proposed', 'sent', 'paired'] : ['paired'])

/** Proposes a Pebble anew as often as its proposal runs out before Enter was pressed; done when it is paired. */
export const keepProposing = async (ports: PairPorts, identity: Identity): Promise<string | undefined> => {
  while (!ports.signal.aborted) {
    await pause(ports.scheduler, LOOK_AGAIN, ports.signal)
    const known = await ports.gateway.pairing(identity.address, ports.owner.address).catch(() => undefined)
    if (known?.state === 'paired') return undefined
    const trouble = await pairDevice(ports, identity)
    if (trouble) return trouble
  }
  return undefined
}

const pairUntil = async (
  ports: PairPorts,
  identity: Identity,
  done: readonly string[],
): Promise<string | undefined> => {
  let nonce = '0'
  while (!ports.signal.aborted) {
    const known = await ports.gateway.pairing(identity.address, ports.owner.address).catch(() => undefined)
    if (known && done.includes(known.state)) return undefined
    if (known?.state !== 'sent') {
      const proposed = await propose(ports, identity, nonce)
      if (proposed.kind === 'refused') return `${identity.address}: ${proposed.code} ${proposed.detail}`
      if (proposed.kind === 'taken' && done.includes(proposed.state)) return undefined
      if (proposed.kind === 'wrong-nonce') {
        nonce = proposed.next
        continue
      }
    }
    await pause(ports.scheduler, ASK_AGAIN, ports.signal)
  }
  return undefined
}

const propose = (ports: PairPorts, identity: Identity, nonce: string): Promise<Proposed> =>
  ports.gateway.propose(requestOf(ports, identity, nonce)).catch(() => ({ kind: 'again' }))

/** Both signatures for a tracker; for a Pebble the owner's alone, its own comes as a confirm packet. */
export const requestOf = ({ network, owner, scheduler }: PairPorts, identity: Identity, nonce: string) => {
  const { key, publicKey, address, modelName, imei } = identity
  const pairing: Pairing = {
    owner: owner.address,
    device: address,
    curve: key.curve,
    model: modelName,
    cell: 0n,
    nonce: BigInt(nonce),
    deadline: BigInt(Math.floor(scheduler.now() / 1_000) + DEADLINE),
  }
  const proof = imei
    ? { imei }
    : {
        publicKey: `0x${bytesToHex(publicKey)}`,
        deviceSignature: `0x${bytesToHex(sign(key, pairingDigest(network.domain, pairing)))}`,
      }
  return {
    ...pairing,
    cell: '0x0',
    nonce,
    deadline: String(pairing.deadline),
    ownerSignature: signPairing(owner, network.domain, pairing),
    ...proof,
  }
}
