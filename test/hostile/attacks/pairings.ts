import { hexToBytes } from '@noble/hashes/utils.js'
import { identityOf } from '../../../firmware-sim/identity.ts'
import { ownerOf } from '../../../firmware-sim/owner.ts'
import { requestOf } from '../../../firmware-sim/pair.ts'
import { seedBytes } from '../../../firmware-sim/random.ts'
import { type Attack, crowd, type Tools } from '../attacker/attack.ts'
import { askJson } from '../attacker/http.ts'

/*
 * Proposals to pair: anybody may have a device and an owner's account.
 */

const MADE_AHEAD = 300

const requests = (tools: Tools, model: 'tracker' | 'pebble') => {
  const { networkId, chainId, registry } = tools.target
  const scheduler = { now: () => Date.now(), after: () => () => {} }
  const network = { id: hexToBytes(networkId.slice(2)), domain: { chainId, registry } }
  return Array.from({ length: MADE_AHEAD }, (_, index) => {
    const owner = ownerOf(seedBytes('hostile owner', tools.seed, index))
    // Only network, owner and clock are looked at where a request is made.
    const ports = { network, owner, scheduler, gateway: undefined as never, signal: undefined as never }
    return requestOf(ports, identityOf(`${tools.seed} paired`, model, index, 'secp256k1'), '0')
  })
}

const propose = (tools: Tools, attacker: number, request: object): Promise<number> =>
  askJson(tools, `${tools.target.url}/v1/pairings`, attacker, request)

const PACE = { many: 32, perSecond: 2_000 }

const validPairings: Attack = {
  what: 'proposals with both signatures, of 300 made-up devices and owners, from 16 addresses',
  prepare: (tools) => {
    const made = requests(tools, 'tracker')
    return () =>
      crowd(tools, PACE, (index, round) =>
        propose(tools, index % 16, made[(index + round * PACE.many) % made.length] as object),
      )
  },
}

const pebbleProposals: Attack = {
  what: 'proposals for the honest Pebble’s IMEI and for made-up ones, by 300 owners, from 16 addresses',
  prepare: (tools) => {
    const made = requests(tools, 'pebble').map((request, index) =>
      index % 2 === 0 ? request : { ...request, imei: tools.target.imei },
    )
    return () =>
      crowd(tools, PACE, (index, round) =>
        propose(tools, index % 16, made[(index + round * PACE.many) % made.length] as object),
      )
  },
}

const forgedPairings: Attack = {
  what: 'proposals for honest devices whose signatures do not hold, from 16 addresses',
  prepare: (tools) => {
    const { devices } = tools.target
    const made = requests(tools, 'tracker').map((request, index) => ({
      ...request,
      device: devices[index % devices.length],
    }))
    return () =>
      crowd(tools, PACE, (index, round) =>
        propose(tools, index % 16, made[(index + round * PACE.many) % made.length] as object),
      )
  },
}

export const pairingAttacks = {
  'valid-pairings': validPairings,
  'pebble-proposals': pebbleProposals,
  'forged-pairings': forgedPairings,
}
