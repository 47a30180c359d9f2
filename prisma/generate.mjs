/**
 * Writes `gateway/store/generated/` from schema.prisma, without a network: Prisma's command line wants a schema engine to be there, though
 * generating does not use it. `--check` writes elsewhere and fails where the committed files are stale.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const committed = path.join(root, 'gateway/store/generated')

/** `/bin/true`: any program that exits with 0 passes for the engine. */
const generate = (schema) => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [path.join(root, 'node_modules/prisma/build/index.js'), 'generate', '--schema', schema],
    {
      cwd: root,
      encoding: 'utf8',
      env: {
        ...process.env,
        PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true',
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
        CHECKPOINT_DISABLE: '1',
      },
    },
  )
  if (status !== 0) throw new Error(stderr)
  dropLinks(path.join(path.dirname(schema), '../gateway/store/generated'))
}

/** Prisma's comments point to its own discussions; what is committed here speaks of this project alone. */
const dropLinks = (folder) => {
  for (const file of filesIn(folder).map((name) => path.join(folder, name))) {
    const text = readFileSync(file, 'utf8')
    const plain = text.replaceAll(/^ *(\/\/|\*) https:\/\/github\.com\/\S+ *\n/gm, '')
    if (plain !== text) writeFileSync(file, plain)
  }
}

const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort()

/** Names of the generated files that differ from what schema.prisma gives now. */
const staleFiles = () => {
  // In node_modules: inside the tree, where Prisma finds its packages, and out of sight of every other tool.
  const scratch = mkdtempSync(path.join(root, 'node_modules', '.cairn-generate-'))
  try {
    cpSync(path.join(root, 'prisma/schema.prisma'), path.join(scratch, 'prisma/schema.prisma'))
    generate(path.join(scratch, 'prisma/schema.prisma'))
    const fresh = path.join(scratch, 'gateway/store/generated')
    const differs = (file) => {
      try {
        return !readFileSync(path.join(fresh, file)).equals(readFileSync(path.join(committed, file)))
      } catch {
        return true
      }
    }
    return [...new Set([...filesIn(fresh), ...filesIn(committed)])].filter(differs)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

if (process.argv.includes('--check')) {
  const stale = staleFiles()
  if (stale.length > 0) console.error(`stale, run npm run generate: ${stale.join(', ')}`)
  process.exitCode = stale.length > 0 ? 1 : 0
} else {
  rmSync(committed, { recursive: true, force: true })
  generate(path.join(root, 'prisma/schema.prisma'))
}
