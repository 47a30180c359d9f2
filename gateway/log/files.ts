import { mkdir, open, readFile, rename } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import type { Files } from '../ports.ts'

/** Plain segments of lower-case letters, digits, dots and dashes, none of them starting with a dot: nothing leads out of the root. */
const isPath = (name: string): boolean => /^[a-z0-9][a-z0-9.-]*(\/[a-z0-9][a-z0-9.-]*)*$/.test(name)

const checkPath = (name: string): void => {
  if (!isPath(name)) throw new RangeError(`not a path of published files: ${JSON.stringify(name.slice(0, 100))}`)
}

const hasCode = (error: unknown, ...codes: readonly string[]): boolean =>
  codes.includes((error as NodeJS.ErrnoException).code ?? '')

/** A file's name lasts only once its folder is on disk too (POSIX says so of rename and of mkdir). */
const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const makeFolder = async (folder: string): Promise<void> => {
  try {
    await mkdir(folder)
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return
    if (!hasCode(error, 'ENOENT')) throw error
    await makeFolder(path.dirname(folder))
    return makeFolder(folder)
  }
  await syncFolder(path.dirname(folder))
}

/** `wx` refuses a name that exists, so two writers of one path never share a file, nor does one take a dead writer's leavings for its own. */
const writePartial = async (file: string, bytes: Uint8Array): Promise<string> => {
  for (let attempt = 0; ; attempt++) {
    const partial = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.${attempt}`)
    try {
      const handle = await open(partial, 'wx')
      try {
        await handle.writeFile(bytes)
        await handle.sync()
      } finally {
        await handle.close()
      }
      return partial
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error
    }
  }
}

/** Files under a folder of this machine, made where it is missing. A killed writer leaves at most a dot file, which no path names. */
export const folderFiles = (root: string): Files => ({
  put: async (name, bytes) => {
    checkPath(name)
    const file = path.join(root, name)
    await makeFolder(path.dirname(file))
    const partial = await writePartial(file, bytes)
    await rename(partial, file)
    await syncFolder(path.dirname(file))
  },
  get: async (name) => {
    if (!isPath(name)) return undefined
    try {
      return new Uint8Array(await readFile(path.join(root, name)))
    } catch (error) {
      if (hasCode(error, 'ENOENT', 'EISDIR', 'ENOTDIR', 'ENAMETOOLONG')) return undefined
      throw error
    }
  },
  open: async (name) => {
    if (!isPath(name)) return undefined
    try {
      const handle = await open(path.join(root, name), 'r')
      const { size } = await handle.stat()
      // Written whole under another name and then renamed: what is open stays as it is.
      return { bytes: size, stream: handle.createReadStream() }
    } catch (error) {
      if (hasCode(error, 'ENOENT', 'EISDIR', 'ENOTDIR', 'ENAMETOOLONG')) return undefined
      throw error
    }
  },
})

/** For tests of what stands before the port. */
export const memoryFiles = (): Files => {
  const files = new Map<string, Uint8Array>()
  return {
    put: async (name, bytes) => {
      checkPath(name)
      files.set(name, bytes.slice())
    },
    get: async (name) => files.get(name)?.slice(),
    open: async (name) => {
      const bytes = files.get(name)
      return bytes && { bytes: bytes.length, stream: Readable.from([Buffer.from(bytes)]) }
    },
  }
}
