import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Hex } from '../../devices/units.ts'
import { Failure } from '../errors.ts'

/** Reads a secret of 32 bytes as `0x` hex. The file must hold nothing else. */
export const readSecret = (file: string): Hex => {
  const text = readFileSync(file, 'utf8').trim()
  if (!/^0x[0-9a-f]{64}$/.test(text))
    throw new Failure('BAD_SETTING', `${file} must hold one key: 0x and 64 hex digits`)
  return text as Hex
}

/**
 * The secret of that name in the folder of keys, made at the first start. Readable by this user alone; never logged.
 *
 * `wx`: where two starts race, one makes it and the other reads what was made.
 */
export const secretOf = (keysDir: string, name: string): Hex => {
  const file = secretFile(keysDir, name)
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  try {
    writeFileSync(file, `0x${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx', flush: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return readSecret(file)
}

export const secretFile = (keysDir: string, name: string): string => path.join(keysDir, `${name}.key`)
