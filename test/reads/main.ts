import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { startPostgres } from '../../gateway/machine/postgres.ts'
import { migrate } from '../../gateway/store/migrate.ts'
import { isMeasurable } from './cpu.ts'
import { BUDGET_MS, type Cost, measureReads, tooDear } from './measure.ts'
import { fullSize, smallSize } from './seed.ts'

/*
 * `npm run prove:reads`: 10,000 devices, 1,000 epochs, a million refusal counts; then every question that anyone may ask, in its dearest form,
 * and the CPU that each answer cost the gateway and its database together.
 */

const usage = 'npm run prove:reads -- [--small]'

const say = (text: string): void => void process.stdout.write(`${text}\n`)

const line = ({ question, cpu, first, bytes, statuses }: Cost): string =>
  [
    cpu.toFixed(1).padStart(6),
    first.toFixed(0).padStart(6),
    String(Math.ceil(bytes / 1_024)).padStart(6),
    Object.keys(statuses).join(',').padStart(7),
    question.length > 90 ? `${question.slice(0, 87)}…` : question,
  ].join('  ')

const prove = async (isSmall: boolean): Promise<number> => {
  if (!isMeasurable()) {
    say('prove:reads: this kernel does not tell what CPU a process used; nothing is measured')
    return 0
  }
  const size = isSmall ? smallSize : fullSize
  const dataDir = mkdtempSync(path.join(tmpdir(), 'cairn-prove-reads-'))
  // For root: PostgreSQL's user must be able to enter.
  chmodSync(dataDir, 0o755)
  const postgres = await startPostgres({ dataDir, log: { info: () => {}, warn: () => {} } })
  try {
    await migrate(postgres.url)
    say(`seeding ${size.devices} devices × ${size.epochs} epochs, ${size.refusalCounts} refusal counts …`)
    say(`\n    ms  first      KB   status  question`)
    const failed = tooDear(await measureReads(postgres.url, size, { tell: (cost) => say(line(cost)) }))
    say(failed.length === 0 ? `\neach within ${BUDGET_MS} ms of CPU` : `\ntoo dear:\n${failed.join('\n')}`)
    return failed.length === 0 ? 0 : 1
  } finally {
    await postgres.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

try {
  const { values } = parseArgs({ options: { small: { type: 'boolean', default: false } } })
  process.exitCode = await prove(values.small)
} catch (error) {
  process.stderr.write(`${(error as Error).stack}\n${usage}\n`)
  process.exitCode = 1
}
