import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Address } from '../../devices/identity.ts'
import type { Facts, Result } from '../../devices/packet.ts'
import type { Hex, Millis } from '../../devices/units.ts'
import type { RewardParameters } from '../../sdk/reward.ts'
import type { Code } from '../errors.ts'
import type { Clock, Daily, Files, Known, Log, PairingPolicy, Path, Proposal, ReadStore, Rng } from '../ports.ts'
import type { Auth } from './auth.ts'
import type { Metrics } from './metrics.ts'

/** Fastify, whose routes take their types from the zod schemas that validate them. */
export type Api = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>

/** What a device or a verifier has to know of this network; all of it public. */
export type NetworkInfo = {
  readonly version: string
  readonly chainId: number
  /** See `devices/network.ts`. */
  readonly networkId: Hex
  readonly registry: Address
  readonly ledger: Address
  readonly rewards: Address
  readonly token: Address
  readonly rpcUrl: string
  readonly mqttPort: number
  readonly lanes: number
  readonly epochSeconds: number
  readonly batchSeconds: number
  /** With the grades that earn: bit g for grade g. */
  readonly reward: RewardParameters & { readonly earningGrades: number }
}

export type Health = {
  readonly database: { readonly ok: boolean; readonly detail?: string }
  readonly chain: { readonly ok: boolean; readonly detail?: string; readonly block?: bigint }
  /** Age of the oldest thing that waits in each queue, 0 for an empty one: records to be cut, batches to be settled, calls to be mined. */
  readonly queues: Readonly<Record<'cut' | 'settle' | 'calls', Millis>>
}

/** `POST /v1/pairings`, as parsed JSON of the right shape; whether it holds is the registry's to say. */
type PairingRequest = {
  readonly device: string
  readonly imei?: string | undefined
  readonly owner: string
  readonly curve: 'secp256k1' | 'p256'
  readonly publicKey?: string | undefined
  readonly model: string
  readonly cell: string
  readonly nonce: string
  readonly deadline: string
  readonly ownerSignature: string
  readonly deviceSignature?: string | undefined
  readonly manufacturerSignature?: string | undefined
  readonly releaseDeadline?: string | undefined
  readonly releaseSignature?: string | undefined
}

export type PairingStatus = Pick<Proposal, 'device' | 'state' | 'detail'>

/** Who may pair here. */
export type PairingRules = {
  readonly policy: PairingPolicy
  readonly deadlineSeconds: number
  /** Whose attestation the registry takes. */
  readonly manufacturer: Address | undefined
}

export type Pairings = {
  readonly rules: PairingRules
  /** `networks`: where it comes from, by `networksOf`. */
  propose(
    request: PairingRequest,
    networks: readonly string[],
  ): Promise<Result<PairingStatus, { readonly code: Code; readonly facts: Facts }>>
  /** By that owner, or by whichever came furthest. */
  get(device: Address, owner?: Address): PairingStatus | undefined | Promise<PairingStatus | undefined>
}

/** All that the routes need of the world. */
export type ReadPorts = {
  readonly store: ReadStore
  readonly files: Files
  readonly clock: Clock
  readonly rng: Rng
  readonly known: Known
  readonly network: NetworkInfo
  readonly auth: Auth
  readonly submit: Path['submit']
  /** Which devices' owners have had enough stored today; nobody's, where it is missing. */
  readonly daily?: Daily
  readonly pairings: Pairings
  readonly health: () => Promise<Health>
  readonly metrics: Metrics
  /** When a block was sealed: tells when a term after a device's first one began. Undefined = unknown, then nothing is shown of before. */
  readonly blockTime: (block: bigint) => Promise<Millis | undefined>
  readonly log: Pick<Log, 'error'>
}
