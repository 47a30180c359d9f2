/** `npm test`: installs what is missing, then every check and every test, cheapest first; stops at the first that fails. */
import { install, node } from '../gateway/start.mjs'

const bin = (name) => `node_modules/${name}`
const vitest = (...projects) => [bin('vitest/vitest.mjs'), 'run', ...projects.flatMap((name) => ['--project', name])]

/** Each line runs side by side: a journey mostly waits, and leaves a core to the contracts' compiler. */
const steps = [
  { types: [bin('typescript/bin/tsc'), '--noEmit'] },
  { lint: [bin('@biomejs/biome/bin/biome'), 'check', '.'] },
  { 'dead code': [bin('knip/bin/knip.js')] },
  { 'generated files': ['chain/forge.mjs', 'generate', '--check'] },
  { 'unit and contract tests': vitest('unit', 'contract') },
  { journeys: vitest('journey'), contracts: ['chain/forge.mjs', 'test'] },
]

const seconds = (from) => Number((process.hrtime.bigint() - from) / 1_000_000_000n)

const step = async ([name, args]) => {
  const from = process.hrtime.bigint()
  console.log(`\n=== ${name}`)
  const code = await node(args)
  console.log(`=== ${name}: ${code ? 'FAILED' : 'passed'} in ${seconds(from)} s`)
  return code
}

const from = process.hrtime.bigint()
const codes = [await install()]
for (const together of steps) {
  if (codes.some((code) => code !== 0)) break
  codes.push(...(await Promise.all(Object.entries(together).map(step))))
}
const failed = codes.filter((code) => code !== 0)
console.log(`\n=== ${failed.length > 0 ? 'FAILED' : 'all passed'} in ${seconds(from)} s`)
console.log(`steps: ${codes.length - failed.length} passed, ${failed.length} failed`)
process.exitCode = failed[0] ?? 0
