import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { freePorts, type GatewayProcess, runProgram, startGatewayProcess } from '../support/gateway-process.ts'
import type { Load, Result, Said } from './load/plan.ts'
import { type Network, networkOf, pairFleet } from './pairing.ts'

/*
 * What several benchmarks share: one gateway as `npm start` makes it, with its demo settings and no simulated fleet, and devices paired
 * with it. Started by the first that asks.
 */

/** More than one core can take at the 18 packets a second each that their quota of 20 leaves room for. */
export const FLEET = 360

export type Fleet = { readonly seed: string; readonly devices: number; readonly network: Network }

export type Stand = {
  gateway(): Promise<GatewayProcess>
  fleet(): Promise<Fleet>
  /** Runs a load in a process of its own. `onSaid` hears when its measured span begins and ends. */
  load(
    asked: Pick<Load, 'pace' | 'warmUp' | 'seconds'>,
    onSaid: (said: Said['at'], pid: number) => void,
  ): Promise<Loaded>
  /** Something else that was started: it ends with the stand, whatever happens. */
  keep(stop: () => Promise<unknown>): void
  /** Ends all that was started and removes its data; safe to call twice. */
  end(): Promise<void>
}

export type Loaded = { readonly plan: Load; readonly result: Result }

export type Say = (progress: string) => void

/** Each load starts far above all that the one before can have used. */
const SEQUENCES_PER_LOAD = 1_000_000n

const newFolder = (): string => {
  const dir = mkdtempSync(path.join(tmpdir(), 'cairn-bench-'))
  // PostgreSQL may run as another user; where it can reach the folder, its data lie in it and go with it.
  chmodSync(dir, 0o755)
  return dir
}

export const openStand = (say: Say): Stand => {
  const ends: (() => Promise<unknown>)[] = []
  let gateway: Promise<GatewayProcess> | undefined
  let fleet: Promise<Fleet> | undefined
  let ended: Promise<void> | undefined
  let loads = 0n

  const start = async (): Promise<GatewayProcess> => {
    say('starting a gateway')
    const dir = newFolder()
    ends.push(async () => rmSync(dir, { recursive: true, force: true }))
    const running = await startGatewayProcess(path.join(dir, 'data'), await freePorts())
    ends.push(() => running.stop())
    return running
  }

  const pair = async (): Promise<Fleet> => {
    const { url, dataDir } = await stand.gateway()
    const network = await networkOf(url)
    const ownerKeyFile = path.join(dataDir, 'keys', 'demo-owner.key')
    await pairFleet({ url, network, ownerKeyFile, seed: 'bench', devices: FLEET, say })
    return { seed: 'bench', devices: FLEET, network }
  }

  const load: Stand['load'] = async (asked, onSaid) => {
    const { mqttUrl } = await stand.gateway()
    const { seed, devices, network } = await stand.fleet()
    const firstSequence = String(1n + SEQUENCES_PER_LOAD * loads++)
    const plan: Load = { mqttUrl, networkId: network.networkId, seed, devices, firstSequence, ...asked }
    say('signing the load’s packets ahead')
    const child = runProgram('test/bench/load/main.ts', [JSON.stringify(plan)])
    const exited = once(child, 'exit')
    ends.push(async () => void (child.exitCode === null && child.kill('SIGKILL') && (await exited)))
    let words = ''
    child.stderr?.on('data', (text) => (words += text))
    let result: Result | undefined
    if (!child.stdout) throw new Error('the load has no voice')
    for await (const line of createInterface({ input: child.stdout })) {
      const said = JSON.parse(line) as Said
      if (said.at === 'ready') say(`${said.packets} packets ready, ${devices} devices connected; warming up`)
      if (said.at === 'begin') say(`measuring for ${asked.seconds} s`)
      if (said.at === 'done') result = said
      onSaid(said.at, child.pid ?? 0)
    }
    await exited
    if (!result) throw new Error(words.trim() || 'the load ended without a word')
    return { plan, result }
  }

  const stand: Stand = {
    gateway: () => (gateway ??= start()),
    fleet: () => (fleet ??= pair()),
    load,
    keep: (stop) => void ends.push(stop),
    end: () => {
      ended ??= (async () => {
        await gateway?.catch(() => undefined)
        for (let next = ends.pop(); next; next = ends.pop()) await next()
      })()
      return ended
    },
  }
  return stand
}
