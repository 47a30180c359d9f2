#!/usr/bin/env node
// forge wants a native compiler; this gives npm's WebAssembly one that face: `--version`, and `--standard-json` from standard input.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

if (process.argv.includes('--version')) {
  // From the package, not from the compiler: loading 9 MB of WebAssembly to ask its name takes a second, and forge asks often.
  const { version } = require('solc/package.json')
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${version}+commit.00000000.Linux.g++`)
} else {
  process.stdout.write(require('solc').compile(readFileSync(0, 'utf8')))
}
