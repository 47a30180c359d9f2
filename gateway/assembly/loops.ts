import { hexToBytes } from '@noble/hashes/utils.js'
import type { Deployment } from '../../chain/deploy.ts'
import { checkpointKeyOf } from '../../sdk/log/checkpoint.ts'
import type { Account } from '../account.ts'
import { cutBatch } from '../log/batch.ts'
import { republish } from '../log/publish.ts'
import { every } from '../loop.ts'
import { secretOf } from '../machine/keys.ts'
import { newsSince } from '../news.ts'
import type { Files } from '../ports.ts'
import type { Metrics } from '../read/metrics.ts'
import { openClaimRuns } from '../reward/claim-runs.ts'
import { ClaimWatch } from '../reward/claims.ts'
import { evmRewards } from '../reward/evm.ts'
import type { Rules } from '../reward/ledger-port.ts'
import { rewardOnce } from '../reward/reward.ts'
import type { NonceOwner } from '../settle/caller.ts'
import { evmLanes } from '../settle/ledger.ts'
import { settleOnce } from '../settle/settle.ts'
import type { Store } from '../store/store.ts'
import { type Chain, clock, exclusively, type Ground, LANE, LANES } from './ground.ts'
import type { Registry } from './registry.ts'

/** How soon each looks again when it found nothing to do. */
const PAUSE = {
  calls: 250,
  registry: 500,
  log: 250,
  settle: 250,
  reward: 1_000,
  claims: 1_000,
  news: 500,
  evidence: 60_000,
} as const

export type LoopNeeds = {
  readonly chain: Chain
  readonly deployment: Deployment
  readonly network: Uint8Array
  readonly rules: Rules
  readonly caller: NonceOwner
  readonly registry: Registry
  readonly files: Files
  readonly metrics: Metrics
  readonly account: Account
}

/** Everything after PUBACK: each loop reads the store and the chain, does one step, and looks again. */
export const startLoops = async ({ config, log, ending }: Ground, store: Store, needs: LoopNeeds): Promise<void> => {
  const { caller, chain, deployment, files, network, registry, rules } = needs
  const publishing = {
    store: store.log,
    files,
    clock,
    checkpointKey: { ...checkpointKeyOf(hexToBytes(secretOf(config.keysDir, 'log.key').slice(2))), network },
  }
  await republish(publishing, LANE)
  const settling = {
    log: store.log,
    settle: store.settle,
    caller,
    ledger: evmLanes(chain.client, deployment.ledger),
    clock,
    events: log,
    exclusively: exclusively(store, 'settle'),
  }
  const rewarding = {
    store: store.rewards,
    caller,
    ledger: evmRewards(chain.client, deployment.rewards),
    rules,
    lanes: LANES,
    autoClaim: config.reward.autoClaim,
    runs: openClaimRuns(store.rewards),
    clock,
    events: log,
    exclusively: exclusively(store, 'reward'),
  }
  const claims = new ClaimWatch({
    client: chain.client,
    store: store.rewards,
    rewards: deployment.rewards,
    from: deployment.block,
    confirmations: config.chain.confirmations,
  })
  const steps: Readonly<Record<keyof typeof PAUSE, () => Promise<boolean>>> = {
    calls: () => caller.step(),
    registry: () => registry.step(),
    log: async () => (await cutBatch(publishing, { lane: LANE, ...config.batch })) !== undefined,
    settle: () => settleOnce(settling, LANE),
    reward: () => rewardOnce(rewarding),
    claims: () => claims.step(),
    news: newsTeller(store, needs),
    evidence: () => store.evidence.sweep(clock.now()),
  }
  for (const [name, step] of Object.entries(steps)) {
    const loop = every(PAUSE[name as keyof typeof PAUSE], step, (error) =>
      log.warn({ err: error, loop: name }, 'will be tried again'),
    )
    ending.add(name, () => loop.stop())
  }
}

/** Tells the account and the metrics what the store says has happened. */
const newsTeller = (store: Store, { account, metrics }: LoopNeeds): (() => Promise<boolean>) => {
  let told: Awaited<ReturnType<typeof newsSince>>['told'] | undefined
  return async () => {
    const news = await newsSince(store.read, LANE, told)
    told = news.told
    for (const { header, settledAt } of news.settled) metrics.settled((settledAt ?? header.closedAt) - header.closedAt)
    for (const line of news.lines) account.tell(line)
    return false
  }
}
