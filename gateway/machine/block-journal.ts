import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises'
import path from 'node:path'
import type { Address } from '../../devices/identity.ts'
import type { Hex } from '../../devices/units.ts'

/** What a block of the embedded sub-chain was made of. Made again from this, it gives the same state: contracts see the same time and order. */
export type SealedBlock = {
  readonly number: number
  /** Unix seconds. */
  readonly timestamp: number
  readonly transactions: readonly Hex[]
  /** Covers the state that it left, so a block made again from other state is found out. Blocks of earlier versions have none until they are made again. */
  readonly hash?: Hex
}

/** Money that came from nowhere, after that block. It is part of the state, so it has its place in the order. */
type Funding = { readonly funded: readonly Address[]; readonly after: number }

type Line = SealedBlock | Funding | { readonly refused: Hex } | { readonly taken: Hex }

/** A line that a kill or a power cut left half written is the newest: it and what follows count as never written. */
const linesOf = (text: string): Line[] => {
  const lines: Line[] = []
  for (const line of text.split('\n').slice(0, -1)) {
    try {
      lines.push(JSON.parse(line) as Line)
    } catch {
      break
    }
  }
  return lines
}

const readOrEmpty = async (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })

/**
 * Which transactions became which block, and when. The raw transactions are in the `Journal`; this adds what only the sealer knows.
 *
 * Losing it loses no transaction: those then come again in the order of the journal, in new blocks with new times.
 */
export class BlockJournal {
  readonly #file: string
  #handle: FileHandle
  #blocks: SealedBlock[] = []
  #fundings: Funding[] = []
  #sealed = new Set<Hex>()
  /** Of earlier versions: today a refused transaction is forgotten. */
  #refused = new Set<Hex>()

  private constructor(file: string, handle: FileHandle) {
    this.#file = file
    this.#handle = handle
  }

  static async open(file: string): Promise<BlockJournal> {
    await mkdir(path.dirname(file), { recursive: true })
    const lines = linesOf(await readOrEmpty(file))
    const journal = new BlockJournal(file, await open(file, 'a'))
    for (const line of lines) journal.#learn(line)
    // Written anew, so that a torn last line cannot swallow the next one.
    await journal.#rewrite()
    return journal
  }

  /** Without gaps, lowest first. */
  get blocks(): readonly SealedBlock[] {
    return this.#blocks
  }

  isSealed = (hash: Hex): boolean => this.#sealed.has(hash)
  isRefused = (hash: Hex): boolean => this.#refused.has(hash)

  /** Who got money after that block; no number = after any. */
  fundedAfter(number?: number): readonly Address[] {
    return this.#fundings
      .filter(({ after }) => number === undefined || after === number)
      .flatMap(({ funded }) => funded)
  }

  /** Durable when it resolves. A number it has already is no error and changes nothing. */
  async seal(block: SealedBlock): Promise<void> {
    if (block.number !== this.#blocks.length + 1) return
    await this.#append(block)
  }

  async fund(funded: readonly Address[], after: number): Promise<void> {
    await this.#append({ funded, after })
  }

  /** The same blocks, made again: their hashes are known from now on. */
  async remade(blocks: readonly SealedBlock[]): Promise<void> {
    this.#blocks = [...blocks]
    await this.#rewrite()
  }

  /** Forgets all blocks: the chain was made anew in another shape. Who was ever given money has it from the beginning. */
  async restart(): Promise<void> {
    const funded = [...new Set(this.fundedAfter())]
    this.#blocks = []
    this.#sealed = new Set()
    this.#fundings = funded.length > 0 ? [{ funded, after: 0 }] : []
    await this.#rewrite()
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }

  #learn(line: Line): void {
    if ('refused' in line) this.#refused.add(line.refused)
    else if ('taken' in line) this.#refused.delete(line.taken)
    else if ('funded' in line) this.#fundings.push(line)
    else if (line.number === this.#blocks.length + 1) {
      this.#blocks.push(line)
      for (const hash of line.transactions) this.#sealed.add(hash)
    }
  }

  async #append(line: Line): Promise<void> {
    this.#learn(line)
    await this.#handle.appendFile(`${JSON.stringify(line)}\n`)
    await this.#handle.datasync()
  }

  async #rewrite(): Promise<void> {
    const refused = [...this.#refused].map((hash) => ({ refused: hash }))
    const lines = [...this.#fundings, ...this.#blocks, ...refused]
    const next = await open(`${this.#file}.new`, 'w')
    await next.appendFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    await next.datasync()
    await next.close()
    await rename(`${this.#file}.new`, this.#file)
    await this.#handle.close()
    this.#handle = await open(this.#file, 'a')
  }
}
