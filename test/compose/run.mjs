/**
 * `npm run test:compose`: brings docker-compose.yml up, reads a settled reading back through the published port, checks its proof, takes it
 * all down. Skipped with a plain message where no engine runs.
 */
import { spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))))
const LONGEST_WAIT = 180_000

const answers = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0

/** Debian's engine and another client may both be on a machine: the first that reaches an engine is used. */
const engine = ['docker', '/usr/bin/docker'].find((docker) => answers(docker, 'info'))
const compose = answers(engine ?? 'docker', 'compose', 'version')
  ? [engine, 'compose']
  : answers('docker-compose', 'version')
    ? ['docker-compose']
    : undefined

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

const until = async (what, found) => {
  for (let waited = 0; waited < LONGEST_WAIT; waited += 1_000) {
    const answer = await found().catch(() => undefined)
    if (answer) return answer
    await wait(1_000)
  }
  throw new Error(`${what} did not come within ${LONGEST_WAIT / 1_000} s`)
}

const prove = async () => {
  const ports = { http: await freePort(), mqtt: await freePort(), chain: await freePort() }
  const env = {
    ...process.env,
    CAIRN_PORT: String(ports.http),
    CAIRN_MQTT_PORT: String(ports.mqtt),
    CAIRN_CHAIN_PORT: String(ports.chain),
    // Where containers reach a registry through the host alone.
    CAIRN_BUILD_NETWORK: process.env.CAIRN_BUILD_NETWORK ?? 'host',
  }
  const [command, ...first] = compose
  const run = (args, options = {}) =>
    spawnSync(command, [...first, '-p', `cairn-test-${process.pid}`, ...args], {
      cwd: root,
      env,
      encoding: 'utf8',
      ...options,
    })
  const must = (args) => {
    const { status } = run(args, { stdio: 'inherit' })
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`)
  }
  try {
    must(['up', '-d', '--build'])
    const url = `http://127.0.0.1:${ports.http}`
    const json = async (at, headers = {}) => {
      const answer = await fetch(url + at, { headers })
      return answer.ok ? answer.json() : undefined
    }
    const token = await until('the demo owner’s token', async () => {
      const { status, stdout } = run(['exec', '-T', 'gateway', 'cat', '/keys/demo-owner.token'])
      return status === 0 ? stdout.trim() : undefined
    })
    const owner = { authorization: `Bearer ${token}` }
    for (const model of ['tracker-1', 'pebble-riverrock']) {
      const reading = await until(`a settled reading of a ${model}`, async () => {
        const { devices } = await json('/v1/devices')
        for (const { address } of devices.filter((device) => device.model === model)) {
          const page = await json(`/v1/devices/${address}/readings?limit=1&proof=1`, owner)
          if (page?.readings?.[0]?.proof) return `/v1/devices/${address}/readings?limit=1&proof=1`
        }
        return undefined
      })
      const { registry } = await json('/v1/network')
      const verified = spawnSync(
        process.execPath,
        [
          'sdk/cairn.mjs',
          'verify',
          url + reading,
          '--token',
          token,
          '--rpc',
          `http://127.0.0.1:${ports.chain}`,
          '--network',
          registry,
        ],
        { cwd: root, stdio: 'inherit' },
      )
      if (verified.status !== 0) throw new Error('the reading’s proof does not hold')
    }
    console.log('compose: brought up, settled readings read back through the published port and proven')
  } catch (error) {
    run(['ps'], { stdio: 'inherit' })
    run(['logs', '--tail', '30'], { stdio: 'inherit' })
    throw error
  } finally {
    must(['down', '-v', '--remove-orphans'])
  }
}

if (!engine || !compose) console.log('compose: skipped, since no container engine answers here')
else await prove()
