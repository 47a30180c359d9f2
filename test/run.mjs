/** `npm test`: installs what is missing, then every check and every test, cheapest first; stops at the first that fails. */
import { install, node } from '../gateway/start.mjs'

const bin = (name) => `node_modules/${name}`
const steps = [
  ['types', [bin('typescript/bin/tsc'), '--noEmit']],
  ['lint', [bin('@biomejs/biome/bin/biome'), 'check', '.']],
  ['dead code', [bin('knip/bin/knip.js')]],
  ['generated files', ['chain/forge.mjs', 'generate', '--check']],
  ['unit, contract and journey tests', [bin('vitest/vitest.mjs'), 'run']],
  ['contracts', ['chain/forge.mjs', 'test']],
]

let failed = await install()
for (const [name, args] of steps) {
  if (failed) break
  const from = process.hrtime.bigint()
  console.log(`\n=== ${name}`)
  failed = await node(args)
  console.log(
    `=== ${name}: ${failed ? 'FAILED' : 'passed'} in ${Number((process.hrtime.bigint() - from) / 1_000_000_000n)} s`,
  )
}
process.exitCode = failed
