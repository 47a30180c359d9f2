import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Published conformance vectors, beside the repository and never in it. Tests that need them are skipped where the folder is absent. */
const folder = new URL('../../../shared/vectors/', import.meta.url)

export const hasVectors = existsSync(fileURLToPath(folder))

/** Said in the name of a skipped suite. */
export const vectorsNote = hasVectors ? '' : ' (skipped: no ../shared/vectors beside the repository)'

export const readVectors = <T>(file: string): T => JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
