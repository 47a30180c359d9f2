import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Hex } from '../../devices/units.ts'
import { Failure } from '../errors.ts'

/** What lies in the folder of keys: 32 random bytes each, as `0x` hex. */
export type SecretFile = 'operator.key' | 'log.key' | 'manufacturer.key' | 'demo-owner.key' | 'demo-owner.token'

const readSecret = (file: string): Hex => {
  const text = readFileSync(file, 'utf8').trim()
  if (!/^0x[0-9a-f]{64}$/.test(text)) throw new Failure('BAD_SETTING', `${file} must hold 0x and 64 hex digits`)
  return text as Hex
}

/**
 * The secret of that name, made at the first start. Readable by this user alone; never logged.
 *
 * `wx`: where two starts race, one makes it and the other reads what was made.
 */
export const secretOf = (keysDir: string, name: SecretFile): Hex => {
  const file = path.join(keysDir, name)
  try {
    mkdirSync(keysDir, { recursive: true, mode: 0o700 })
    writeFileSync(file, `0x${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx', flush: true })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'EEXIST') throw new Failure('DATA_UNUSABLE', message, { cause: error })
  }
  return readSecret(file)
}
