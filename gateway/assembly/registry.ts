import { readManufacturer } from '../../chain/client.ts'
import type { Deployment } from '../../chain/deploy.ts'
import { type Millis, seconds } from '../../devices/units.ts'
import { openPace } from '../limits/pace.ts'
import type { Caller, Known, PebbleDesk } from '../ports.ts'
import type { Pairings } from '../read/api.ts'
import { Allowance } from '../registry/allowance.ts'
import { openRequests, PAIRING_PAUSE } from '../registry/bounds.ts'
import { MAX_CONFIRMS_PER_SECOND, openDesk } from '../registry/desk.ts'
import { evmPairing, evmRegistry } from '../registry/evm.ts'
import { importImeis } from '../registry/imeis.ts'
import { loadKnown } from '../registry/known.ts'
import { MAX_DEADLINE, type PairingPorts, pairingOf, propose } from '../registry/pair.ts'
import { servedBy } from '../registry/policy.ts'
import { advance } from '../registry/send.ts'
import { syncOnce } from '../registry/sync.ts'
import type { Store } from '../store/store.ts'
import { recoverNatively } from '../verify/signature.ts'
import { type Chain, clock, type Ground, readList } from './ground.ts'

export type Registry = {
  /** Everyone the registry knows. */
  readonly known: Known
  /** Those of them whose packets are taken, by the operator's pairing policy. */
  readonly served: Known
  readonly desk: PebbleDesk
  readonly pairings: Pairings
  /** Reads what the chain says, carries pairings on; tells whether there was anything. */
  step(): Promise<boolean>
}

/** Ended proposals are dropped so often. */
const FORGET_EVERY: Millis = seconds(60)

/** Answers true at most once in that span. */
const openTurns = (span: Millis): ((now: Millis) => boolean) => {
  let last = 0
  return (now) => {
    if (Math.abs(now - last) < span) return false
    last = now
    return true
  }
}

type Needs = { readonly chain: Chain; readonly deployment: Deployment; readonly caller: Caller }

/** Who is known, and how they get known. */
export const openRegistry = async ({ config, log }: Ground, store: Store, needs: Needs): Promise<Registry> => {
  const { chain, deployment, caller } = needs
  const { known, proposals } = await loadKnown(store.registry)
  const { imeiList } = config.ingress
  if (imeiList) await importImeis(store.registry, known, await readList(imeiList))
  const manufacturer = await readManufacturer(chain.client, deployment.registry)
  const pairing = evmPairing(chain.client, deployment, manufacturer)
  const { pairing: policy } = config.ingress
  if (policy === 'attested' && !manufacturer)
    log.warn(
      { fix: 'Begin a new network with CAIRN_MANUFACTURER, or choose CAIRN_PAIRING=open or listed.' },
      'nobody can pair: the network has no manufacturer, and CAIRN_PAIRING is attested',
    )
  const served = servedBy(policy, known)
  const shared = { store: store.registry, known, proposals, caller, clock, log }
  const ports: PairingPorts = {
    ...shared,
    chain: pairing,
    requests: openRequests(),
    pace: openPace(PAIRING_PAUSE),
    recover: recoverNatively,
    policy,
    imeis: imeiList ? 'listed' : 'learned',
  }
  const confirms = new Allowance(MAX_CONFIRMS_PER_SECOND, seconds(1))
  const sync = {
    ...shared,
    chain: evmRegistry(chain.client, deployment),
    confirmations: BigInt(config.chain.confirmations),
  }
  const forgetting = openTurns(FORGET_EVERY)
  return {
    known,
    served,
    desk: openDesk({ ...shared, served, chain: pairing, confirms, recover: recoverNatively }),
    pairings: {
      rules: { policy, deadlineSeconds: MAX_DEADLINE / seconds(1), manufacturer },
      propose: (request, networks) => propose(ports, request, networks),
      get: (device, owner) => pairingOf(ports, device, owner),
    },
    step: async () => {
      const didRead = await syncOnce(sync)
      if (forgetting(clock.now())) await proposals.forget(clock.now())
      return (await advance(shared)) > 0 || didRead
    },
  }
}
