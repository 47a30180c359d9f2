import { parseArgs } from 'node:util'
import { measureEvidence } from './evidence.ts'
import { measureGas } from './gas.ts'
import { measureIngest } from './ingest.ts'
import { describeMachine } from './machine.ts'
import { measureMemory } from './memory.ts'
import { measurePuback } from './puback.ts'
import { isMissed, type Measured, table } from './report.ts'
import { measureSettleLatency } from './settle-latency.ts'
import { openStand, type Say, type Stand } from './stand.ts'
import { measureVerify } from './verify.ts'

/*
 * `npm run bench`: measures this machine, each line beside its target.
 */

type Bench = { readonly help: string; readonly measure: (stand: Stand, say: Say) => Promise<readonly Measured[]> }

/** In the order in which they run: at rest before any load, and the heaviest load last, since it leaves the fullest lane. */
const benches: Readonly<Record<string, Bench>> = {
  verify: { help: 'signatures and whole packets that one core verifies', measure: (_, say) => measureVerify(say) },
  gas: { help: 'settle and claim on a real chain', measure: measureGas },
  memory: { help: 'a gateway at rest', measure: measureMemory },
  evidence: { help: 'bytes that a flood of refusals leaves, and its commits', measure: measureEvidence },
  puback: { help: 'PUBACK latency at 500 packets/s', measure: measurePuback },
  'settle-latency': { help: 'from publishing to the chain', measure: measureSettleLatency },
  ingest: { help: 'durable verified packets/s over MQTT QoS 1', measure: measureIngest },
}

const help = (): string =>
  [
    'npm run bench -- [all | NAME…] [--strict]',
    '',
    'Measures this machine with real parts: a gateway as npm start makes it, its PostgreSQL and sub-chain, and a load generator in a process of',
    'its own. Prints a table, each line beside its target. Takes about five minutes; whatever else runs here makes the numbers worse.',
    '',
    ...Object.entries(benches).map(([name, bench]) => `  ${name.padEnd(16)} ${bench.help}`),
    '',
    '  --strict         a missed target is a failure (exit code 1); by default only what could not be measured is',
    '',
    'The gateway reads CAIRN_* and DATABASE_URL as always: npm start -- --help',
  ].join('\n')

let told = ''
const say: Say = (progress) => {
  if (progress === told) return
  told = progress
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[2K  ${progress}` : `  ${progress}\n`)
}
const clear = (): void => void (process.stderr.isTTY && process.stderr.write('\r\x1b[2K'))

const run = async (
  names: readonly string[],
  stand: Stand,
  interruption: AbortSignal,
): Promise<{ lines: readonly Measured[]; failures: number }> => {
  const lines: Measured[] = []
  let failures = 0
  for (const name of names) {
    if (interruption.aborted) break
    try {
      lines.push(...((await benches[name]?.measure(stand, (progress) => say(`${name}: ${progress}`))) ?? []))
    } catch (error) {
      // Whoever interrupts takes away what is being measured.
      if (interruption.aborted) break
      failures++
      clear()
      process.stderr.write(`bench: ${name} could not be measured: ${(error as Error).message}\n`)
    }
  }
  clear()
  return { lines, failures }
}

const measure = async (names: readonly string[], isStrict: boolean): Promise<number> => {
  const machine = describeMachine(new Date())
  const stand = openStand(say)
  // Ctrl-C reaches what was started too; its data are still ours to remove.
  const interruption = new AbortController()
  const interrupt = (): void => {
    interruption.abort()
    void stand.end().finally(() => process.exit(130))
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt)
  // Whoever started us was killed.
  process.once('disconnect', interrupt)
  if (process.connected === false) interrupt()
  process.channel?.unref()
  try {
    const { lines, failures } = await run(names, stand, interruption.signal)
    if (interruption.signal.aborted) return 130
    console.log(`${machine}\n\n${table(lines)}`)
    return failures > 0 || (isStrict && lines.some(isMissed)) ? 1 : 0
  } finally {
    await stand.end()
  }
}

const read = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { strict: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
    })
  } catch (error) {
    return (error as Error).message
  }
}

const parsed = read()
if (typeof parsed === 'string') {
  console.error(`bench: ${parsed}; npm run bench -- --help`)
  process.exitCode = 1
} else if (parsed.values.help) console.log(help())
else {
  const asked = parsed.positionals
  const unknown = asked.filter((name) => name !== 'all' && !Object.hasOwn(benches, name))
  const isAll = asked.length === 0 || asked.includes('all')
  if (unknown.length > 0) {
    console.error(`bench: there is no ${unknown.join(', ')}; npm run bench -- --help`)
    process.exitCode = 1
  } else
    process.exitCode = await measure(
      Object.keys(benches).filter((name) => isAll || asked.includes(name)),
      parsed.values.strict,
    )
}
