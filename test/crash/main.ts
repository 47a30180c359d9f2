import { once } from 'node:events'
import { chmodSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import {
  descendantsNamed,
  freePorts,
  type GatewayProcess,
  removeData,
  runProgram,
  startGatewayProcess,
} from '../support/gateway-process.ts'
import { audit, type Findings } from './audit.ts'

/*
 * `npm run prove:crash -- --cycles 20`: kills the gateway, PostgreSQL, the sub-chain, and all three at once, in turn and under load. What the
 * devices saw acknowledged is remembered in a process that nobody kills, and compared with what the world can see at the end.
 */

const usage = 'npm run prove:crash -- [--cycles N] [--devices N] [--rate PER_SECOND] [--seed TEXT]'
const DEFAULTS = { cycles: '20', devices: '12', rate: '10', seed: 'crash' } as const

/** Short ones, so that every cycle falls into another place of a batch, a settlement, an epoch and a claim. */
const settings = {
  CAIRN_BATCH_SECONDS: '1',
  CAIRN_EPOCH_SECONDS: '10',
  CAIRN_CHALLENGE_SECONDS: '2',
  CAIRN_LOG_LEVEL: 'error',
}

const victims = ['gateway', 'PostgreSQL', 'sub-chain', 'all three'] as const
type Victim = (typeof victims)[number]

const kill = (pids: readonly number[]): void => {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // Gone by itself meanwhile.
    }
  }
}

/** The postmaster alone, as the kernel's OOM killer would: its children notice and end. */
const postgresOf = (gateway: GatewayProcess): number[] => descendantsNamed(gateway.pid, 'postgres').slice(0, 1)
const anvilOf = (gateway: GatewayProcess): number[] => descendantsNamed(gateway.pid, 'anvil')

const strike = async (gateway: GatewayProcess, victim: Victim): Promise<void> => {
  const postgres = postgresOf(gateway)
  const anvil = anvilOf(gateway)
  if (postgres.length === 0 || anvil.length === 0)
    throw new Error('PostgreSQL or the sub-chain was not running when it was to be killed')
  switch (victim) {
    case 'gateway':
      return gateway.kill()
    case 'PostgreSQL':
      return kill(postgres)
    case 'sub-chain':
      return kill(anvil)
    case 'all three':
      kill([...postgres, ...anvil])
      return gateway.kill()
  }
}

const isWhole = async (url: string): Promise<boolean> => {
  const answer = await fetch(`${url}/v1/health`).catch(() => undefined)
  return answer?.ok ?? false
}

const until = async (what: string, within: number, holds: () => Promise<boolean> | boolean): Promise<void> => {
  for (let waited = 0; waited < within; waited += 100) {
    if (await holds()) return
    await wait(100)
  }
  throw new Error(`${what} did not come within ${within / 1_000} s`)
}

const startOracle = (gateway: GatewayProcess, dir: string, devices: string, rate: string, seed: string) => {
  const ownerKey = path.join(gateway.dataDir, 'keys', 'demo-owner.key')
  const { url, mqttUrl } = gateway
  const child = runProgram('test/crash/oracle.ts', [
    url,
    mqttUrl,
    ownerKey,
    path.join(dir, 'fleet'),
    devices,
    rate,
    seed,
  ])
  const acknowledged = new Map<string, string>()
  if (!child.stdout || !child.stderr) throw new Error('the oracle has no voice')
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [device, sequence, digest = ''] = line.split(' ')
    acknowledged.set(`${device} ${sequence}`, digest)
  })
  child.stderr.pipe(process.stderr)
  const ended = once(child, 'exit')
  return {
    acknowledged,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

type Queues = { queues?: { cutMs: number; settleMs: number; callsMs: number } }
const isSettled = async (url: string): Promise<boolean> => {
  const { queues } = (await (await fetch(`${url}/v1/health`)).json()) as Queues
  return queues !== undefined && queues.cutMs === 0 && queues.settleMs === 0
}

const print = (findings: Findings): void => {
  const lines: readonly [string, number][] = [
    ['acknowledged', findings.acknowledged],
    ['records in the log', findings.records],
    ['batches settled', findings.batches],
    ['claims paid', findings.claims],
    ['lost', findings.lost],
    ['doubled', findings.doubled],
    ['settled twice', findings.settledTwice],
    ['paid twice', findings.paidTwice],
  ]
  for (const [name, count] of lines) console.log(`${name.padEnd(20)} ${String(count).padStart(8)}`)
}

/** Zeros alone prove nothing: something must have been acknowledged, settled and paid. */
const holds = ({ acknowledged, batches, claims, lost, doubled, settledTwice, paidTwice }: Findings): boolean =>
  acknowledged > 0 && batches > 0 && claims > 0 && lost + doubled + settledTwice + paidTwice === 0

const prove = async (cycles: number, devices: string, rate: string, seed: string): Promise<boolean> => {
  const dir = mkdtempSync(path.join(tmpdir(), 'cairn-crash-'))
  // Under root, PostgreSQL's own user must reach its folder; else it would be kept elsewhere, and stay there.
  chmodSync(dir, 0o755)
  const dataDir = path.join(dir, 'data')
  const ports = await freePorts()
  let gateway = await startGatewayProcess(dataDir, ports, settings)
  const oracle = startOracle(gateway, dir, devices, rate, seed)
  try {
    await until('the first acknowledgement', 60_000, () => oracle.acknowledged.size > Number(devices))
    for (let cycle = 1; cycle <= cycles; cycle++) {
      const victim = victims[(cycle - 1) % victims.length] ?? 'gateway'
      // Another moment each time, the same in every run.
      await wait(400 + ((cycle * 617) % 1_500))
      const before = oracle.acknowledged.size
      const from = performance.now()
      await strike(gateway, victim)
      if (victim === 'gateway' || victim === 'all three') gateway = await startGatewayProcess(dataDir, ports, settings)
      await until('recovery', 60_000, () => isWhole(gateway.url))
      await until(
        'an acknowledgement after recovery',
        90_000,
        () => oracle.acknowledged.size > before + Number(devices),
      )
      const took = ((performance.now() - from) / 1_000).toFixed(1)
      console.log(
        `cycle ${cycle}/${cycles}: killed ${victim}; ${oracle.acknowledged.size} acknowledged; acknowledging again after ${took} s`,
      )
    }
    await oracle.stop()
    await until('the last settlement', 120_000, () => isSettled(gateway.url))
    // Two epochs and the challenge window: what was earned last is paid by then.
    await wait(25_000)
    await until('the last settlement', 60_000, () => isSettled(gateway.url))
    const findings = await audit(gateway.url, gateway.rpcUrl, oracle.acknowledged)
    print(findings)
    return holds(findings)
  } finally {
    await oracle.stop()
    await gateway.stop()
    removeData(dir)
  }
}

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: DEFAULTS.cycles },
    devices: { type: 'string', default: DEFAULTS.devices },
    rate: { type: 'string', default: DEFAULTS.rate },
    seed: { type: 'string', default: DEFAULTS.seed },
    help: { type: 'boolean', default: false },
  },
})
// Whoever started us was killed: what we started hears of it the same way.
process.once('disconnect', () => process.exit(1))
if (process.connected === false) process.exit(1)
process.channel?.unref()
if (values.help) console.log(usage)
else if (await prove(Number(values.cycles), values.devices, values.rate, values.seed)) console.log('proved')
else {
  console.error('NOT PROVED')
  process.exitCode = 1
}
