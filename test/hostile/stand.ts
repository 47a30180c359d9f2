import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import type { Address } from '../../devices/identity.ts'
import { benchDevice } from '../bench/load/packets.ts'
import { networkOf, pairFleet } from '../bench/pairing.ts'
import {
  freePorts,
  type GatewayProcess,
  removeData,
  runProgram,
  startGatewayProcess,
} from '../support/gateway-process.ts'
import { honestPebble, pairPebble } from './fleet/pebble.ts'
import type { AttackPlan, AttackTold, FleetPlan, Target, Told } from './plan.ts'
import { type Inside, isIn, type Window } from './verdict.ts'

/*
 * What every round needs: a gateway as `npm start` makes it, without its simulated fleet; the honest fleet; and, for its time, an attacker.
 */

export const TRACKERS = 19
/** What runs here is a test's: batches and epochs come often, so that an attack meets them. */
const settings = { CAIRN_BATCH_SECONDS: '2', CAIRN_EPOCH_SECONDS: '10', CAIRN_CHALLENGE_SECONDS: '2' }
const probe = new URL('./probe.mjs', import.meta.url)

export type Say = (progress: string) => void

export type Stand = {
  readonly gateway: GatewayProcess
  readonly hasEnded: () => boolean
  /** All that the fleet has told so far, in its order. */
  readonly told: readonly Told[]
  readonly target: () => Target
  /** The most that the gateway's own process told in a window. */
  inside(window: Window): Inside
  /** Resolves once the attacker is ready and begins; `ended` resolves with what it did. */
  attack(name: string, seconds: number): Promise<{ readonly ended: Promise<Readonly<Record<string, number>>> }>
  /** Ends all that was started and removes its data; safe to call twice. */
  end(): Promise<void>
}

type Network = Awaited<ReturnType<typeof networkOf>> & Pick<Target, 'token'>

const linesOf = <T>(child: ChildProcess, hear: (said: T) => void): void => {
  if (!child.stdout) throw new Error('the process has no voice')
  createInterface({ input: child.stdout }).on('line', (line) => hear(JSON.parse(line) as T))
  child.stderr?.pipe(process.stderr)
}

const endProcess = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

/** An attacker that does not end in time is ended. */
const GRACE = 10_000

export const openStand = async (seed: string, say: Say): Promise<Stand> => {
  const dir = mkdtempSync(path.join(tmpdir(), 'cairn-hostile-'))
  // PostgreSQL may run as another user; where it can reach the folder, its data lie in it and go with it.
  chmodSync(dir, 0o755)
  const dataDir = path.join(dir, 'data')
  const probeFile = path.join(dir, 'probe')
  const ends: (() => Promise<unknown> | unknown)[] = [() => removeData(dir)]
  const end = async (): Promise<void> => {
    for (let next = ends.pop(); next; next = ends.pop()) await next()
  }
  try {
    say('starting a gateway')
    const env = { ...settings, CAIRN_PROBE: probeFile, NODE_OPTIONS: `--import=${probe.href}` }
    const gateway = await startGatewayProcess(dataDir, await freePorts(), env)
    ends.push(() => gateway.stop())
    const network = (await networkOf(gateway.url)) as Network
    const ownerKeyFile = path.join(dataDir, 'keys', 'demo-owner.key')
    await pairFleet({ url: gateway.url, network, ownerKeyFile, seed, devices: TRACKERS, say })
    await pairPebble({ url: gateway.url, mqttUrl: gateway.mqttUrl, network, ownerKeyFile, seed })
    const told = startFleet(gateway, network, seed, (child) => ends.push(() => endProcess(child)))
    await untilAllSend(told)
    return {
      gateway,
      told,
      hasEnded: () => !isAlive(gateway.pid),
      target: () => targetOf(gateway, network, seed, told),
      inside: (window) => insideOf(probeFile, window),
      attack: (attack, seconds) => {
        const target = targetOf(gateway, network, seed, told)
        const plan: AttackPlan = { attack, target, seed, seconds }
        const planFile = path.join(dir, 'attack.json')
        writeFileSync(planFile, JSON.stringify(plan))
        return startAttack(plan, planFile, (child) => ends.push(() => endProcess(child)))
      },
      end,
    }
  } catch (error) {
    await end()
    throw error
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const startFleet = (
  { url, mqttUrl }: GatewayProcess,
  { networkId }: Network,
  seed: string,
  keep: (child: ChildProcess) => void,
): readonly Told[] => {
  const plan: FleetPlan = { url, mqttUrl, networkId: networkId as FleetPlan['networkId'], seed, trackers: TRACKERS }
  const child = runProgram('test/hostile/fleet/main.ts', [JSON.stringify(plan)])
  keep(child)
  const told: Told[] = []
  linesOf<Told>(child, (one) => void told.push(one))
  return told
}

const ALL_SEND_WITHIN = 60_000

const untilAllSend = async (told: readonly Told[]): Promise<void> => {
  const senders = () => new Set(told.flatMap((one) => (one.kind === 'acknowledged' ? [one.device] : [])))
  for (let waited = 0; senders().size <= TRACKERS; waited += 100) {
    if (waited >= ALL_SEND_WITHIN) throw new Error(`only ${senders().size} devices of the fleet were acknowledged`)
    await wait(100)
  }
}

const targetOf = (gateway: GatewayProcess, network: Network, seed: string, told: readonly Told[]): Target => {
  const captured = told.flatMap((one) => (one.kind === 'captured' ? [one] : []))
  const of = (isPebble: boolean) =>
    captured.filter(({ device }) => (device === TRACKERS) === isPebble).map(({ raw }) => raw)
  return {
    url: gateway.url,
    mqttUrl: gateway.mqttUrl,
    rpcUrl: gateway.rpcUrl,
    networkId: network.networkId as Target['networkId'],
    chainId: network.chainId,
    registry: network.registry,
    ledger: network.ledger,
    token: network.token,
    devices: Array.from({ length: TRACKERS }, (_, index): Address => benchDevice(seed, index).address),
    imei: honestPebble(seed).imei,
    captured: { trackers: of(false), pebble: of(true) },
  }
}

const startAttack = async (plan: AttackPlan, planFile: string, keep: (child: ChildProcess) => void) => {
  const child = runProgram('test/hostile/attacker/main.ts', [planFile])
  keep(child)
  const exited = once(child, 'exit')
  let counts: Readonly<Record<string, number>> = {}
  await new Promise<void>((begins, fails) => {
    linesOf<AttackTold>(child, (said) => {
      if (said.kind === 'begins') begins()
      else counts = said.counts
    })
    void exited.then(() => fails(new Error(`the attacker “${plan.attack}” ended before it began`)))
  })
  const impatience = setTimeout(() => child.kill('SIGKILL'), plan.seconds * 1_000 + GRACE)
  return {
    ended: exited.then(() => {
      clearTimeout(impatience)
      return counts
    }),
  }
}

const insideOf = (probeFile: string, window: Window): Inside => {
  const samples = readFileSync(probeFile, 'utf8')
    .split('\n')
    // The last line may be half written.
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Inside & { readonly at: number })
    .filter(({ at }) => isIn(window, at))
  const most = (values: readonly number[]): number => (values.length > 0 ? Math.max(...values) : Number.NaN)
  return { rss: most(samples.map(({ rss }) => rss)), lag: most(samples.map(({ lag }) => lag)) }
}
