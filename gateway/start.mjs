#!/usr/bin/env node
/**
 * What `npm start`, `npm test` and their kin run first: installs what is missing, then runs the program named.
 * Node built-ins only, since nothing is installed yet.
 */
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const programs = {
  '--gateway': 'gateway/main.ts',
  '--sim': 'firmware-sim/main.ts',
  '--bench': 'test/bench/main.ts',
  '--prove-reads': 'test/reads/main.ts',
  '--prove-crash': 'test/crash/main.ts',
  '--prove-hostile': 'test/hostile/main.ts',
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`cairn: needs Node 20.19 or newer; this is ${process.versions.node}`)
  process.exit(1)
}

/** The parent of a process, or 0 where it has ended. */
const parentOf = (pid) => {
  try {
    if (process.platform !== 'linux')
      return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }))
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')[1])
  } catch {
    return 0
  }
}

/**
 * Calls back when npm above us is gone. npm passes SIGTERM to its shell alone, and a SIGHUP or kill -9 to nobody: we notice by our parent, the shell,
 * and by its parent, npm. Run by a person or a service we look at nobody: a shell may end and leave in the background what it started.
 */
const onceNpmIsGone = (callback) => {
  if (!process.env.npm_lifecycle_event || process.platform === 'win32') return
  const shell = process.ppid
  const npm = parentOf(shell)
  const timer = setInterval(() => {
    if (process.ppid === shell && parentOf(shell) === npm) return
    clearInterval(timer)
    callback()
  }, 1_000)
  timer.unref()
}

/** What runs now; a signal and the end of npm are for it. */
let running
let isEnding = false
/** The terminal sends Ctrl-C to the whole group; these may reach only us. Twice is once for every program here. */
const end = (signal) => {
  isEnding = true
  running?.kill(signal)
}
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, end)
process.on('SIGINT', () => {})
onceNpmIsGone(() => end('SIGTERM'))
// Whoever read our output is gone as well: that is no reason to leave the gateway without its end.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

const run = (command, args, options) =>
  new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'inherit', cwd: root, ...options })
    running = child
    if (isEnding) end('SIGTERM')
    child.on('error', (error) => {
      console.error(`cairn: ${command} cannot run: ${error.message}`)
      resolve(1)
    })
    child.on('exit', (code, signal) => {
      if (running === child) running = undefined
      // Nobody else says so: it had no time to, and the shell looks at us alone.
      if (signal === 'SIGKILL') console.error(`cairn: process ${child.pid} was killed (SIGKILL); was memory short?`)
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

export const node = (args, options) => run(process.execPath, args, options)
/** The channel carries nothing: its end tells the program that we were killed. */
const program = (file, args) =>
  node(['--import', 'tsx', path.join(root, file), ...args], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [first, ...rest] = process.argv.slice(2)
  const named = first && Object.hasOwn(programs, first)
  const installed = await install()
  process.exitCode =
    installed || (await program(programs[named ? first : '--gateway'], named ? rest : process.argv.slice(2)))
}
