import { setTimeout as wait } from 'node:timers/promises'
import { hexToBytes } from '@noble/hashes/utils.js'
import type { Address } from '../../devices/identity.ts'
import { openGateway } from '../../firmware-sim/gateway.ts'
import { readOwner } from '../../firmware-sim/owner.ts'
import { requestOf } from '../../firmware-sim/pair.ts'
import { benchDevice } from './load/packets.ts'
import { sumOf } from './metrics.ts'

/*
 * Brings the load's devices through the gateway's own door: a request each over REST, two signatures in it, one transaction on the chain.
 */

export type Network = {
  readonly networkId: string
  readonly chainId: number
  readonly registry: Address
  readonly ledger: Address
}

export const networkOf = async (url: string): Promise<Network> =>
  (await (await fetch(`${url}/v1/network`)).json()) as Network

/** At most so long after the last request until all are known. */
const PAIRED_WITHIN = 120_000

type Pairing = {
  readonly url: string
  readonly network: Network
  readonly ownerKeyFile: string
  readonly seed: string
  readonly devices: number
  readonly say: (progress: string) => void
}

const scheduler = {
  now: () => Date.now(),
  after: (delay: number, work: () => void) => {
    const timer = setTimeout(work, delay)
    return () => clearTimeout(timer)
  },
}

/** Resolves when the gateway knows every device. */
export const pairFleet = async ({ url, network, ownerKeyFile, seed, devices, say }: Pairing): Promise<void> => {
  const gateway = openGateway(url)
  const owner = await readOwner(ownerKeyFile, () => {
    throw new Error(`no owner's key at ${ownerKeyFile}`)
  })
  const { chainId, registry, networkId } = network
  const ports = {
    gateway,
    network: { id: hexToBytes(networkId.slice(2)), domain: { chainId, registry } },
    owner,
    scheduler,
    signal: new AbortController().signal,
  }
  for (let index = 0; index < devices; index++) {
    if (index % 20 === 0) say(`pairing ${devices} devices: ${index} asked for`)
    const identity = benchDevice(seed, index)
    for (;;) {
      const proposed = await gateway.propose(requestOf(ports, identity, '0'))
      if (proposed.kind === 'taken') break
      if (proposed.kind !== 'again') throw new Error(`the gateway does not pair: ${JSON.stringify(proposed)}`)
      await wait(1_000)
    }
  }
  await untilKnown(url, devices, say)
}

const untilKnown = async (url: string, devices: number, say: (progress: string) => void): Promise<void> => {
  for (let waited = 0; waited < PAIRED_WITHIN; waited += 500) {
    const known = await sumOf(url, 'devices')
    if (known >= devices) return
    say(`pairing ${devices} devices: ${known} known`)
    await wait(500)
  }
  throw new Error(`not all of ${devices} devices were paired within ${PAIRED_WITHIN / 1_000} s`)
}
