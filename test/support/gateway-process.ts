import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/*
 * A real gateway in a process of its own, as `npm start` runs it.
 */

const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))))

export type Ports = { readonly http: number; readonly mqtt: number; readonly chain: number }

export type GatewayProcess = {
  readonly pid: number
  readonly dataDir: string
  readonly url: string
  readonly mqttUrl: string
  readonly rpcUrl: string
  /** All that it has printed so far, both streams. */
  output(): string
  /** Ctrl-C; resolves with the exit code. */
  stop(): Promise<number | null>
  /** kill -9 of the gateway alone: what it started lives on. */
  kill(): Promise<void>
}

/** Free when asked. Kept over restarts, so that devices find the gateway again. */
export const freePorts = async (): Promise<Ports> => {
  const free = async (): Promise<number> => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    server.close()
    await once(server, 'close')
    return typeof address === 'object' && address ? address.port : 0
  }
  return { http: await free(), mqtt: await free(), chain: await free() }
}

export const runProgram = (
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess =>
  spawn(process.execPath, ['--import', 'tsx', path.join(root, file), ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    // The channel carries nothing: its end tells the program that whoever started it was killed.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })

/** Longer than the slowest recovery seen here, so that only one that never ends is told. */
const START_WITHIN = 120_000

/** Starts a gateway without fleet on the folder; resolves once it serves. Rejects with its last words if it ends instead. */
export const startGatewayProcess = async (
  dataDir: string,
  ports: Ports,
  env: Readonly<Record<string, string>> = {},
  args: readonly string[] = ['--no-sim'],
): Promise<GatewayProcess> => {
  const flags = ['--data', dataDir, '--port', ports.http, '--mqtt-port', ports.mqtt, '--chain-port', ports.chain]
  const child = runProgram('gateway/main.ts', [...flags.map(String), ...args], env)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += text))
  const exited = once(child, 'exit')
  const places = await ready(child, dataDir, () => output)
  return {
    pid: child.pid ?? 0,
    dataDir,
    ...places,
    output: () => output,
    stop: async () => {
      child.kill('SIGINT')
      await exited
      return child.exitCode
    },
    kill: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

type Running = { readonly pid: number; readonly url: string; readonly mqttUrl: string; readonly rpcUrl: string }

const ready = async (child: ChildProcess, dataDir: string, output: () => string): Promise<Omit<Running, 'pid'>> => {
  const file = path.join(dataDir, 'running.json')
  for (let waited = 0; waited < START_WITHIN; waited += 50) {
    if (child.exitCode !== null || child.signalCode) throw new Error(`the gateway ended: ${output().slice(-2_000)}`)
    const running = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8') || '{}') as Partial<Running>) : {}
    if (running.pid === child.pid) return running as Running
    await wait(50)
  }
  child.kill('SIGKILL')
  throw new Error(`the gateway did not start: ${output().slice(-2_000)}`)
}

/** Process ids of that name among the descendants of `pid`, nearest first. Read from /proc: none where there is no such folder. */
export const descendantsNamed = (pid: number, name: string): number[] => {
  if (!existsSync('/proc')) return []
  const children = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        const stat = readFileSync(`/proc/${entry}/stat`, 'utf8')
        const [, parent] = (stat.split(') ').at(-1) ?? '').split(' ')
        return [
          {
            pid: Number(entry),
            parent: Number(parent),
            name: stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
          },
        ]
      } catch {
        return []
      }
    })
  const found: number[] = []
  for (let parents = [pid]; parents.length > 0; ) {
    const next = children.filter(({ parent }) => parents.includes(parent))
    found.push(...next.filter((child) => child.name === name).map((child) => child.pid))
    parents = next.map((child) => child.pid)
  }
  return found
}

/** Removes a data folder, and its database where that lies elsewhere because PostgreSQL's user may not enter the folder. */
export const removeData = (dataDir: string): void => {
  const pointer = path.join(dataDir, 'postgres.location')
  if (existsSync(pointer)) rmSync(readFileSync(pointer, 'utf8').trim(), { recursive: true, force: true })
  rmSync(dataDir, { recursive: true, force: true })
}
