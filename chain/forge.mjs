// Compiles and tests the contracts with the forge binary of its npm package and npm's compiler; needs no network and no install script.
//
//   node chain/forge.mjs test [forge's own options]   unit, fuzz and invariant tests, and the gas snapshot
//   node chain/forge.mjs snapshot                     the same, and writes the gas snapshot anew
//   node chain/forge.mjs generate [--check]           writes chain/generated/*.ts; with --check says what is stale, and exits 1
//   node chain/forge.mjs fmt                          formats the Solidity
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const chain = dirname(fileURLToPath(import.meta.url))
const root = dirname(chain)
const contracts = ['DeviceRegistry', 'LaneLedger', 'RewardLedger', 'CairnToken']

/** npm picks the platform's package; the wrapper package's own script needs its postinstall, which may never have run. */
const binary = () => {
  const name = `@foundry-rs/forge-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`
  const require = createRequire(import.meta.url)
  const file = process.platform === 'win32' ? 'forge.exe' : 'forge'
  return join(dirname(require.resolve(`${name}/package.json`)), 'bin', file)
}

const run = (command, args, env = {}) => {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}

const forge = (args, env = {}) =>
  run(binary(), args, {
    FOUNDRY_CONFIG: join(chain, 'foundry.toml'),
    FOUNDRY_SOLC: fileURLToPath(new URL('./solc.mjs', import.meta.url)),
    FOUNDRY_DISABLE_NIGHTLY_WARNING: '1',
    ...env,
  })

const test = (options, env = {}) => {
  run(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('./fixtures.ts', import.meta.url))])
  forge(['test', '--root', root, ...options], env)
}

const fileNameOf = (contract) => `${contract.replace(/\B[A-Z]/g, '-$&').toLowerCase()}.ts`

const moduleOf = (contract) => {
  const artifact = JSON.parse(readFileSync(join(chain, 'out', `${contract}.sol`, `${contract}.json`), 'utf8'))
  const constant = contract[0].toLowerCase() + contract.slice(1)
  const abi = JSON.stringify(artifact.abi, null, 2)
  return [
    `// Written by \`node chain/forge.mjs generate\` from src/${contract}.sol. Not edited by hand.`,
    `export const ${constant} = {`,
    `  abi: ${abi.replaceAll('\n', '\n  ')},`,
    `  bytecode: '${artifact.bytecode.object}',`,
    '} as const',
    '',
  ].join('\n')
}

const isStale = (path, text) => {
  try {
    return readFileSync(path, 'utf8') !== text
  } catch {
    return true
  }
}

const generate = (check) => {
  forge(['build', '--root', root, '--quiet', '--skip', 'test'])
  mkdirSync(join(chain, 'generated'), { recursive: true })
  const stale = contracts
    .map((contract) => ({ path: join(chain, 'generated', fileNameOf(contract)), text: moduleOf(contract) }))
    .filter(({ path, text }) => isStale(path, text))
  if (!check) for (const { path, text } of stale) writeFileSync(path, text)
  for (const { path } of stale) console.log(`${check ? 'stale' : 'written'}: ${path}`)
  if (check && stale.length > 0) process.exit(1)
}

const [command, ...options] = process.argv.slice(2)
switch (command) {
  case 'test':
    test(options, { FORGE_SNAPSHOT_CHECK: 'true' })
    break
  case 'snapshot':
    test(options)
    break
  case 'generate':
    generate(options.includes('--check'))
    break
  case 'fmt':
    forge(['fmt', '--root', root, ...options, join(chain, 'src'), join(chain, 'test')])
    break
  default:
    console.error('usage: node chain/forge.mjs test | snapshot | generate [--check] | fmt')
    process.exit(2)
}
