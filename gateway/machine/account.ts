import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { Failure } from '../errors.ts'

/** A user of this machine that a program is started as. */
export type Account = { readonly name: string; readonly uid: number; readonly gid: number }

/** Debian's own server user first; `nobody` is in every image. A gateway never makes a user. */
const candidates = ['postgres', 'nobody']

/**
 * Who PostgreSQL runs as: undefined is this process's own user.
 *
 * PostgreSQL refuses to run as root, and initdb looks its user up in the password file: so root lends it an account that is there already.
 */
export const databaseAccount = (
  uid = process.getuid?.(),
  passwd = () => readFileSync('/etc/passwd', 'utf8'),
): Account | undefined => {
  if (uid !== 0) return undefined
  const rows = passwd()
    .split('\n')
    .map((line) => line.split(':'))
  for (const name of candidates) {
    const row = rows.find(([first]) => first === name)
    if (row && Number(row[2]) > 0) return { name, uid: Number(row[2]), gid: Number(row[3]) }
  }
  throw new Failure(
    'DATABASE_UNREACHABLE',
    'PostgreSQL does not run as root, and there is neither a user postgres nor nobody: start the gateway as an ordinary user, or set DATABASE_URL',
  )
}

type Mode = { readonly mode: number; readonly uid: number; readonly gid: number }

const may = (account: Account, { mode, uid, gid }: Mode, bits: number): boolean => {
  const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0
  return ((mode >> shift) & bits) === bits
}

const ENTER = 1
const READ = 4

/** Whether the account can walk to the folder (made or not yet made) and, where it is there, read it. Access lists are not looked at. */
export const canReach = (account: Account | undefined, folder: string): boolean => {
  if (!account) return true
  const stat = statSync(folder, { throwIfNoEntry: false })
  if (stat && !may(account, stat, stat.isDirectory() ? ENTER : READ | ENTER)) return false
  const parent = path.dirname(folder)
  return parent === folder || canReach(account, parent)
}
