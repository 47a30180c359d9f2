import { readFile } from 'node:fs/promises'
import { readManufacturer } from '../../chain/client.ts'
import type { Deployment } from '../../chain/deploy.ts'
import { minutes, seconds } from '../../devices/units.ts'
import { Failure } from '../errors.ts'
import type { Caller, Known, PebbleDesk } from '../ports.ts'
import type { Pairings } from '../read/api.ts'
import { Allowance } from '../registry/allowance.ts'
import { MAX_CONFIRMS_PER_SECOND, openDesk } from '../registry/desk.ts'
import { evmPairing, evmRegistry } from '../registry/evm.ts'
import { importImeis } from '../registry/imeis.ts'
import { loadKnown } from '../registry/known.ts'
import { MAX_REQUESTS_PER_MINUTE, type PairingPorts, pairingOf, propose } from '../registry/pair.ts'
import { advance } from '../registry/send.ts'
import { syncOnce } from '../registry/sync.ts'
import type { Store } from '../store/store.ts'
import { type Chain, clock, type Ground } from './ground.ts'

export type Registry = {
  readonly known: Known
  readonly desk: PebbleDesk
  readonly pairings: Pairings
  /** Reads what the chain says, carries pairings on; tells whether there was anything. */
  step(): Promise<boolean>
}

type Needs = { readonly chain: Chain; readonly deployment: Deployment; readonly caller: Caller }

const readList = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((cause: Error) => {
    throw new Failure('BAD_SETTING', `CAIRN_IMEI_LIST: ${cause.message}`, { cause })
  })

/** Who is known, and how they get known. */
export const openRegistry = async ({ config, log }: Ground, store: Store, needs: Needs): Promise<Registry> => {
  const { chain, deployment, caller } = needs
  const { known, proposals } = await loadKnown(store.registry)
  const { imeiList } = config.ingress
  if (imeiList) await importImeis(store.registry, known, await readList(imeiList))
  const pairing = evmPairing(chain.client, deployment, await readManufacturer(chain.client, deployment.registry))
  const shared = { store: store.registry, known, proposals, caller, clock, log }
  const ports: PairingPorts = {
    ...shared,
    chain: pairing,
    requests: new Allowance(MAX_REQUESTS_PER_MINUTE, minutes(1)),
    imeis: imeiList ? 'listed' : 'learned',
  }
  const confirms = new Allowance(MAX_CONFIRMS_PER_SECOND, seconds(1))
  const sync = {
    ...shared,
    chain: evmRegistry(chain.client, deployment),
    confirmations: BigInt(config.chain.confirmations),
  }
  return {
    known,
    desk: openDesk({ ...shared, chain: pairing, confirms }),
    pairings: { propose: (request) => propose(ports, request), get: (device) => pairingOf(ports, device) },
    step: async () => {
      const didRead = await syncOnce(sync)
      return (await advance(shared)) > 0 || didRead
    },
  }
}
