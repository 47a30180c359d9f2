import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { type Millis, seconds } from '../devices/units.ts'
import { accountLine } from './account.ts'
import { type Arguments, help, parseArguments } from './arguments.ts'
import { type Fleet, startFleet } from './fleet.ts'
import { type Owner, readOwner } from './owner.ts'
import { pause, type Scheduler } from './time.ts'

/*
 * `npm run sim`: the only file here that knows the real clock and real chance.
 */

const scheduler: Scheduler = {
  now: () => Date.now(),
  after: (delay, work) => {
    const timer = setTimeout(work, delay)
    return () => clearTimeout(timer)
  },
}

const ACCOUNT_EVERY: Millis = seconds(3)
/** A gateway that is just starting gets this long. */
const GATEWAY_WITHIN: Millis = seconds(30)
const GATEWAY_AGAIN: Millis = seconds(1)
/** Asked to end, it says goodbye to the gateway; one that does not answer gets no longer. */
const END_WITHIN: Millis = seconds(4)

const say = (line: string) => console.log(`sim: ${line}`)
const complain = (line: string) => console.error(`sim: ${line}`)

const ownerOf = async ({ ownerKeyFile, stateDir }: Arguments): Promise<Owner> => {
  await mkdir(stateDir, { recursive: true, mode: 0o700 })
  return readOwner(ownerKeyFile ?? path.join(stateDir, 'owner.key'), () => Uint8Array.from(randomBytes(32)))
}

const start = async (options: Arguments, signal: AbortSignal): Promise<Fleet | undefined> => {
  const owner = await ownerOf(options)
  const { url, mqttUrl, seed, faults, stateDir, model, devices, curve, rate, qos } = options
  const groups = [{ model, devices, curve: model === 'pebble' ? 'secp256k1' : curve, rate, qos }] as const
  const until = scheduler.now() + GATEWAY_WITHIN
  while (!signal.aborted) {
    try {
      return await startFleet({ url, mqttUrl, seed, faults, stateDir, groups, owner, scheduler, onTrouble: complain })
    } catch (error) {
      const cause = (error as { cause?: { code?: string } }).cause?.code ?? (error as Error).message
      if (scheduler.now() >= until) throw new Error(`no gateway at ${url} (${cause}); start it, or give its --url`)
      await pause(scheduler, GATEWAY_AGAIN, signal)
    }
  }
  return undefined
}

/** Prints the account until the duration is over or someone presses Ctrl-C. */
const watch = async (fleet: Fleet, duration: number | undefined, signal: AbortSignal): Promise<void> => {
  const end = duration === undefined ? Number.POSITIVE_INFINITY : scheduler.now() + seconds(duration)
  while (!signal.aborted && scheduler.now() < end) {
    await pause(scheduler, Math.min(ACCOUNT_EVERY, end - scheduler.now()), signal)
    say(accountLine(fleet.counts, fleet.identities.length))
  }
}

const run = async (options: Arguments): Promise<void> => {
  const ending = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ending.abort())
  // A terminal that was closed takes no more words; that is no reason to end without order.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  // Whoever started it with a channel is gone: two fleets of one seed would use each sequence number twice.
  process.once('disconnect', () => ending.abort())
  // It may have gone while we were still loading.
  if (process.connected === false) return
  process.channel?.unref()
  ending.signal.addEventListener('abort', () => setTimeout(() => process.exit(1), END_WITHIN).unref())
  const fleet = await start(options, ending.signal)
  if (!fleet) return
  say(`${options.devices} × ${options.model}, seed ${options.seed}, ${options.rate} packets/s each; Ctrl-C ends it`)
  await watch(fleet, options.duration, ending.signal)
  await fleet.stop()
  say(`ended: ${accountLine(fleet.counts, fleet.identities.length)}`)
}

const parsed = parseArguments(process.argv.slice(2))
switch (parsed.kind) {
  case 'help':
    console.log(help())
    break
  case 'wrong':
    for (const mistake of parsed.mistakes) complain(mistake)
    complain('npm run sim -- --help shows every option')
    process.exitCode = 1
    break
  case 'run':
    await run(parsed.arguments).catch((error: Error) => {
      complain(error.message)
      process.exitCode = 1
    })
}
