import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { descendantsNamed } from '../../test/support/gateway-process.ts'

/** A process that starts one child, has it guarded, and says both numbers, and that of its guard each time it has another. */
const PROGRAM = `
import { spawn } from 'node:child_process'
import { endWithUs } from ${JSON.stringify(new URL('./guard.ts', import.meta.url).href)}
const start = (command, args, will) => {
  const child = spawn(command, args, { detached: true, stdio: 'ignore' })
  endWithUs(child, will)
  return child
}
const polite = start('sleep', ['1000'], { ask: 'TERM', force: 'KILL' })
const ended = start('true', [], { ask: 'TERM', force: 'KILL' })
ended.once('exit', () => console.log(JSON.stringify({ child: polite.pid })))
setInterval(() => {}, 1000)
`

const isAlive = (pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

const guardOf = (pid: number): number | undefined => descendantsNamed(pid, 'sh')[0]

const run = async () => {
  const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', PROGRAM], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface({ input: parent.stdout }), 'line')
  return { parent, pid: parent.pid ?? 0, child: (JSON.parse(line) as { child: number }).child }
}

describe.skipIf(process.platform !== 'linux')('a child that is guarded', () => {
  test('ends soon after its parent was killed, and so does the guard', async () => {
    const { parent, pid, child } = await run()
    const guard = guardOf(pid) ?? 0
    expect([child, guard].map(isAlive)).toEqual([true, true])
    parent.kill('SIGKILL')
    await expect.poll(() => [child, guard].map(isAlive), { timeout: 30_000 }).toEqual([false, false])
  })

  test('has another guard when that one was killed', async () => {
    const { parent, pid, child } = await run()
    const first = guardOf(pid) ?? 0
    process.kill(first, 'SIGKILL')
    await expect.poll(() => guardOf(pid) ?? first, { timeout: 30_000 }).not.toBe(first)
    parent.kill('SIGKILL')
    await expect.poll(() => isAlive(child), { timeout: 30_000 }).toBe(false)
  })
})
