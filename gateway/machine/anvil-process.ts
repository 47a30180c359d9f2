import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Millis } from '../../devices/units.ts'
import { Failure } from '../errors.ts'
import { apart, endWithUs } from './guard.ts'

/** Reloading 10,000 blocks takes about a second; a busy machine may take ten times that. */
const START_LIMIT: Millis = 60_000
/** Saving takes less than reloading; what it does not save comes back from the journal. */
const STOP_LIMIT: Millis = 10_000
/** Seconds between dumps. Rare, since what is newer is replayed at over a thousand transactions a second. */
const DUMP_EVERY = 60
/** Long before any block, so that replayed blocks may have any time that a real one had. */
const GENESIS_TIME = 1

/**
 * The binary inside the platform's own package. Not through the package's `bin.mjs`: that is one more process between us and anvil, and
 * relies on an install script that offline or careful installs never run.
 */
const anvilBinary = (): string => {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  const name = `@foundry-rs/anvil-${process.platform}-${arch}`
  const file = process.platform === 'win32' ? 'anvil.exe' : 'anvil'
  try {
    const resolve = createRequire(import.meta.url).resolve
    const beside = createRequire(resolve('@foundry-rs/anvil/package.json')).resolve
    return path.join(path.dirname(beside(`${name}/package.json`)), 'bin', file)
  } catch (error) {
    throw new Failure('CHAIN_UNREACHABLE', `no sub-chain binary for this platform: the package ${name} is missing`, {
      cause: error,
    })
  }
}

export type Anvil = {
  readonly pid: number
  /** The private port: whoever reaches it owns the chain. Loopback only, at an address that changes with every start. */
  readonly url: string
  /** Resolves when the process has ended, however it came to that. */
  readonly ended: Promise<unknown>
  /** SIGTERM: it saves and ends; SIGKILL if it takes too long. */
  stop(): Promise<void>
  /** SIGKILL: loses what it mined since the last dump. */
  kill(): void
}

const pidFile = (dir: string): string => path.join(dir, 'anvil.pid')
export const stateFile = (dir: string): string => path.join(dir, 'state.json')

const commandOf = (pid: number): string => {
  try {
    return process.platform === 'linux'
      ? readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      : execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  } catch {
    return ''
  }
}

/** Ends the anvil of a gateway that was killed: it would write over the state file of the one we start. It may be saving already. */
const endOrphan = async (dir: string): Promise<void> => {
  let pid: number
  try {
    pid = Number(readFileSync(pidFile(dir), 'utf8'))
  } catch {
    return
  }
  // By its state file: the number may belong to a stranger by now.
  const isOurs = (): boolean => pid > 0 && commandOf(pid).includes(stateFile(dir))
  const end = (signal: NodeJS.Signals): void => {
    try {
      process.kill(pid, signal)
    } catch {
      // It ended by itself.
    }
  }
  if (isOurs()) end('SIGTERM')
  for (let waited = 0; isOurs(); waited += 20) {
    if (waited >= STOP_LIMIT) end('SIGKILL')
    await wait(20)
  }
  rmSync(pidFile(dir), { force: true })
}

/**
 * Any web page may open a WebSocket to any port of 127.0.0.1, and anvil asks nobody's origin: from there a page owned the chain. Linux has the
 * whole of 127.0.0.0/8, where a page would have to try 2^23 addresses times 28,000 ports; other systems have 127.0.0.1 alone.
 */
const privateHost = (): string =>
  process.platform === 'linux' ? `127.${randomInt(128, 256)}.${randomInt(256)}.${randomInt(1, 255)}` : '127.0.0.1'

const flags = (dir: string, chainId: number): string[] => [
  ...['--host', privateHost(), '--port', '0', '--no-cors', '--chain-id', String(chainId), '--hardfork', 'cancun'],
  // Blocks only when the sealer asks, and transactions in them in the order they came.
  ...['--no-mining', '--order', 'fifo', '--prune-history', '--timestamp', String(GENESIS_TIME)],
  // No account that anyone else knows the key of.
  ...['--accounts', '0', '--mnemonic-random'],
  ...['--state', stateFile(dir), '--state-interval', String(DUMP_EVERY), '--cache-path', path.join(dir, 'cache')],
]

const placeOf = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    let said = ''
    let wrong = ''
    child.stderr?.on('data', (chunk) => {
      wrong += chunk
    })
    child.stdout?.on('data', (chunk) => {
      // It tells every request; only the first lines are of use, the rest is drained.
      if (said.length < 10_000) said += chunk
      const place = /Listening on (127\.[\d.]+:\d+)/.exec(said)?.[1]
      if (place) resolve(place)
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => reject(new Error(`anvil ended with ${signal ?? code}: ${wrong.trim()}`)))
    setTimeout(() => reject(new Error('anvil did not start in time')), START_LIMIT).unref()
  })

/** A process of its own group, so that a Ctrl-C meant for the gateway does not end the chain before the gateway is done with it. */
export const spawnAnvil = async (home: string, flags: readonly string[]): Promise<Anvil> => {
  await mkdir(home, { recursive: true })
  const child = spawn(anvilBinary(), flags, {
    cwd: home,
    // Nothing in the person's home folder.
    env: { HOME: home, USERPROFILE: home, RUST_BACKTRACE: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: apart,
    windowsHide: true,
  })
  // SIGTERM: it saves. What it does not save comes back from the journal.
  endWithUs(child, { ask: 'TERM', force: 'KILL' })
  const ended = once(child, 'exit').catch(() => {})
  const kill = (): void => {
    child.kill('SIGKILL')
  }
  const place = await placeOf(child).catch((error) => {
    kill()
    throw error
  })
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    const late = setTimeout(kill, STOP_LIMIT)
    await ended
    clearTimeout(late)
  }
  return { pid: child.pid ?? 0, url: `http://${place}`, ended, stop, kill }
}

/** Starts anvil on `dir`, whose state it goes on from. Rejects when it ends before it listens, as it does on a torn state file. */
export const startAnvil = async (dir: string, chainId: number): Promise<Anvil> => {
  await endOrphan(dir)
  const anvil = await spawnAnvil(path.join(dir, 'home'), flags(dir, chainId))
  writeFileSync(pidFile(dir), String(anvil.pid))
  return anvil
}
