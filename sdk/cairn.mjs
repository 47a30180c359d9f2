#!/usr/bin/env node
/** `npx cairn`: runs the sources of a clone, or what `npm run build` made of them. */
import { existsSync } from 'node:fs'

const start = async () => {
  if (!existsSync(new URL('./cli.ts', import.meta.url))) return import('../dist/sdk/cli.js')
  const tsx = await import('tsx/esm/api').catch(() => undefined)
  if (tsx) {
    tsx.register()
    return import('./cli.ts')
  }
  console.error('cairn: its packages are not installed yet; run npm ci --ignore-scripts in its folder')
  return undefined
}

const cli = await start()
process.exitCode = cli ? await cli.main(process.argv.slice(2)) : 1
