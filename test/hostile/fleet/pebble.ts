import { setTimeout as wait } from 'node:timers/promises'
import { hexToBytes } from '@noble/hashes/utils.js'
import { sealConfirm } from '../../../devices/pebble/packet.ts'
import { pebbleTopics } from '../../../devices/pebble/topics.ts'
import { openGateway } from '../../../firmware-sim/gateway.ts'
import { type Identity, identityOf } from '../../../firmware-sim/identity.ts'
import { openSession } from '../../../firmware-sim/mqtt.ts'
import { readOwner } from '../../../firmware-sim/owner.ts'
import { requestOf } from '../../../firmware-sim/pair.ts'
import type { Network } from '../../bench/pairing.ts'

/*
 * The fleet's one Pebble: its owner proposes, then it confirms, as a person would by Enter.
 */

export const honestPebble = (seed: string): Identity & { readonly imei: string } => {
  const identity = identityOf(seed, 'pebble', 0, 'secp256k1')
  if (!identity.imei) throw new Error('a Pebble without an IMEI')
  return { ...identity, imei: identity.imei }
}

const PAIRED_WITHIN = 120_000
const CHANNEL = 8_183

export const pairPebble = async (at: {
  readonly url: string
  readonly mqttUrl: string
  readonly network: Network
  readonly ownerKeyFile: string
  readonly seed: string
}): Promise<void> => {
  const { chainId, registry, networkId } = at.network
  const owner = await readOwner(at.ownerKeyFile, () => {
    throw new Error(`no owner's key at ${at.ownerKeyFile}`)
  })
  const gateway = openGateway(at.url)
  const pebble = honestPebble(at.seed)
  const ports = {
    gateway,
    network: { id: hexToBytes(networkId.slice(2)), domain: { chainId, registry } },
    owner,
    scheduler: { now: () => Date.now(), after: () => () => {} },
    signal: new AbortController().signal,
  }
  const proposed = await gateway.propose(requestOf(ports, pebble, '0'))
  if (proposed.kind !== 'taken') throw new Error(`the gateway does not pair a Pebble: ${JSON.stringify(proposed)}`)
  const session = await openSession({ url: at.mqttUrl, clientId: pebble.imei, keepAliveSeconds: 20 })
  const timestamp = Math.floor(Date.now() / 1_000)
  const confirm = sealConfirm({ key: pebble.key, owner: owner.address, timestamp, channel: CHANNEL })
  await session.publish(pebbleTopics(pebble.imei).confirm, confirm, 1)
  await session.end()
  for (let waited = 0; (await gateway.pairing(pebble.address, owner.address))?.state !== 'paired'; waited += 500) {
    if (waited >= PAIRED_WITHIN) throw new Error('the Pebble was not paired')
    await wait(500)
  }
}
