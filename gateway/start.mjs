#!/usr/bin/env node
/**
 * What `npm start`, `npm test` and their kin run first: installs what is missing, then runs the program named.
 * Node built-ins only, since nothing is installed yet.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const programs = {
  '--gateway': 'gateway/main.ts',
  '--sim': 'firmware-sim/main.ts',
  '--bench': 'test/bench/main.ts',
  '--prove-crash': 'test/crash/main.ts',
  '--prove-hostile': 'test/hostile/main.ts',
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`cairn: needs Node 20.19 or newer; this is ${process.versions.node}`)
  process.exit(1)
}

const run = (command, args, options) =>
  new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'inherit', cwd: root, ...options })
    // The terminal sends Ctrl-C to the whole group; a plain SIGTERM reaches only us.
    const pass = (signal) => child.kill(signal)
    const leaveToChild = () => {}
    process.on('SIGTERM', pass)
    process.on('SIGINT', leaveToChild)
    child.on('error', (error) => {
      console.error(`cairn: ${command} cannot run: ${error.message}`)
      resolve(1)
    })
    child.on('exit', (code, signal) => {
      process.off('SIGTERM', pass)
      process.off('SIGINT', leaveToChild)
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1))
    })
  })

/** Installs exactly what the lock file says, without install scripts (none is needed, and some download engines). Once per lock file. */
export const install = async () => {
  const lock = readFileSync(path.join(root, 'package-lock.json'))
  const stamp = createHash('sha256').update(lock).digest('hex')
  const mark = path.join(root, 'node_modules', '.cairn-installed')
  if (existsSync(mark) && readFileSync(mark, 'utf8') === stamp) return 0
  console.log('cairn: installing what is missing (once)')
  const windows = process.platform === 'win32'
  const code = await run(
    windows ? 'npm.cmd' : 'npm',
    ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    { shell: windows },
  )
  if (code === 0) writeFileSync(mark, stamp)
  else console.error('cairn: npm ci failed; check the network and the disk, then run the same command again')
  return code
}

export const node = (args) => run(process.execPath, args)
export const program = (file, args) => node(['--import', 'tsx', path.join(root, file), ...args])

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [first, ...rest] = process.argv.slice(2)
  const named = first && Object.hasOwn(programs, first)
  const installed = await install()
  process.exitCode =
    installed || (await program(programs[named ? first : '--gateway'], named ? rest : process.argv.slice(2)))
}
