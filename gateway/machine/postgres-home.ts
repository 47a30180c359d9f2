import { createHash } from 'node:crypto'
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Failure } from '../errors.ts'
import { type Account, canReach } from './account.ts'

/** Where a data folder's database lies when PostgreSQL's user cannot enter the data folder. */
const ELSEWHERE = '/var/lib/cairn'

export type Home = {
  /** Who PostgreSQL runs as; undefined is our own user. */
  readonly account: Account | undefined
  readonly dataDir: string
  /** Holds the cluster, and a copy of the binaries where the installed ones cannot be reached. */
  readonly dir: string
}

/** Says in the data folder where the database went. */
const pointerIn = (dataDir: string): string => path.join(dataDir, 'postgres.location')
/** Says beside the database whose it is. */
const ownerIn = (home: string): string => path.join(home, 'data-folder')

const textOf = (file: string): string | undefined =>
  existsSync(file) ? readFileSync(file, 'utf8').trimEnd() : undefined

/**
 * The place of a data folder's database: in the data folder, or where a home that nobody else may enter keeps PostgreSQL's user out of it,
 * under /var/lib/cairn, named by a hash of the data folder's real path.
 *
 * Both places name each other: a data folder that was moved finds its database again, one that was copied is refused, since two gateways
 * would share one database.
 */
export const homeOf = (data: string, account: Account | undefined, elsewhere = ELSEWHERE): Home => {
  mkdirSync(data, { recursive: true })
  const dataDir = realpathSync(data)
  const inside = path.join(dataDir, 'postgres')
  const pointer = textOf(pointerIn(dataDir))
  if (!pointer && canReach(account, inside)) {
    makeEnterable(inside, account)
    return { account, dataDir, dir: inside }
  }
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 16)
  const dir = pointer ?? path.join(elsewhere, hash)
  makeEnterable(path.dirname(dir), account)
  makeEnterable(dir, account)
  claim(dir, dataDir)
  writeFileSync(pointerIn(dataDir), `${dir}\n`)
  return { account, dataDir, dir }
}

/** Whatever our umask is. */
const makeEnterable = (dir: string, account: Account | undefined): void => {
  mkdirSync(dir, { recursive: true })
  if (account) chmodSync(dir, 0o755)
}

const claim = (home: string, dataDir: string): void => {
  const owner = textOf(ownerIn(home))
  if (owner !== undefined && owner !== dataDir && existsSync(pointerIn(owner))) {
    throw new Failure(
      'DATA_UNUSABLE',
      `${dataDir} is a copy of ${owner}, whose database is in ${home}; a copied folder has no database of its own`,
    )
  }
  writeFileSync(ownerIn(home), `${dataDir}\n`)
}

/** Gives a file or folder to PostgreSQL's user. */
export const giveTo = (account: Account | undefined, file: string): void => {
  if (account) chownSync(file, account.uid, account.gid)
}
