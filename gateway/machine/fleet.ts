import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { apart } from './guard.ts'

export type FleetSettings = {
  readonly devices: number
  readonly model: 'pebble' | 'tracker'
  readonly httpUrl: string
  readonly mqttUrl: string
  readonly ownerKeyFile: string
  readonly stateDir: string
  /** Told of its last words when it ends by itself. */
  readonly onEnd: (detail: string) => void
}

/** The same kind of file as this one: `.ts` from a clone, `.js` in an image. */
const program = (): string => {
  const here = fileURLToPath(import.meta.url)
  return path.join(path.dirname(here), '..', '..', 'firmware-sim', `main${path.extname(here)}`)
}

/** A simulated fleet in a process of its own: it meets the gateway on the wire alone. */
export const startFleet = (settings: FleetSettings): { stop(): Promise<void> } => {
  const { devices, model, httpUrl, mqttUrl, ownerKeyFile, stateDir, onEnd } = settings
  const args = ['--devices', devices, '--model', model, '--rate', 0.2, '--url', httpUrl, '--mqtt', mqttUrl]
  const child = spawn(
    process.execPath,
    [...process.execArgv, program(), ...args.map(String), '--owner-key', ownerKeyFile, '--state', stateDir],
    // Detached from the terminal's Ctrl-C: the gateway ends it first, while it can still be answered.
    // The channel carries nothing: its end tells the fleet that we were killed.
    { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], detached: apart },
  )
  let words = ''
  let isStopping = false
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-2_000)
  })
  const ended = once(child, 'exit').then(([code]) => {
    if (!isStopping) onEnd(`${model} fleet ended with code ${code}: ${words.trim().split('\n').at(-1) ?? ''}`)
  })
  return {
    stop: async () => {
      isStopping = true
      child.kill('SIGTERM')
      const impatience = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await ended
      clearTimeout(impatience)
    },
  }
}
