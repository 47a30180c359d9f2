import { mkdir, open, readFile, rename } from 'node:fs/promises'
import path from 'node:path'

/** A number that only rises, across restarts and power cuts. */
export type Counter = {
  /** The smallest number never given before that is at least `least`. Resolves once no restart can give it again. */
  next(least?: bigint): Promise<bigint>
}

/**
 * Counts over a file that holds a number not yet given, from `first` where there is no file. `ahead` numbers are reserved at once, so that
 * flash is worn (and fsync waited for) once in `ahead`; a restart skips what was reserved and not used.
 *
 * An unreadable file throws: a device that guessed would use a number twice.
 */
export const openCounter = async (
  file: string,
  { first, ahead }: { readonly first: bigint; readonly ahead: bigint },
): Promise<Counter> => {
  await mkdir(path.dirname(file), { recursive: true })
  let free = (await readCounter(file)) ?? first
  let reserved = free
  let turn: Promise<unknown> = Promise.resolve()
  const give = async (least: bigint): Promise<bigint> => {
    const given = least > free ? least : free
    if (given >= reserved) {
      await writeDurably(file, `${given + ahead}\n`)
      reserved = given + ahead
    }
    free = given + 1n
    return given
  }
  return {
    next: (least = 0n) => {
      const result = turn.then(() => give(least))
      turn = result.catch(() => {})
      return result
    },
  }
}

const readCounter = async (file: string): Promise<bigint | undefined> => {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  if (!/^[0-9]{1,19}$/.test(text.trim())) throw new Error(`${file} must hold one decimal number`)
  return BigInt(text.trim())
}

/** The old bytes or the new ones, whenever the power goes. */
export const writeDurably = async (file: string, text: string): Promise<void> => {
  const fresh = `${file}.new`
  const handle = await open(fresh, 'w', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(fresh, file)
  const folder = await open(path.dirname(file), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
