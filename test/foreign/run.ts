import { type ExecFileSyncOptions, execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { check, folderOf, type Language, languages, type Vectors } from './check.ts'

/*
 * `npm run test:foreign`: other people's libraries write packets and tokens, and the gateway must take each. `-- --write` commits what they
 * wrote to vectors.json. A language whose tools or libraries this machine cannot get is skipped, and said to be.
 */

const input = fileURLToPath(new URL('./input.json', import.meta.url))
const cache = fileURLToPath(new URL('../../node_modules/.cache/foreign/', import.meta.url))

type Toolchain = {
  readonly command: string
  /** Gets the libraries, at their exact versions. */
  readonly prepare: (source: string, work: string) => void
  /** Writes the vectors to its standard output. */
  readonly generate: (source: string, work: string) => string
}

const run = (command: string, args: readonly string[], options: ExecFileSyncOptions = {}): string =>
  String(
    execFileSync(command, args, {
      encoding: 'utf8',
      maxBuffer: 64 * 1_024 * 1_024,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
    }),
  )

const python = (work: string) => path.join(work, 'bin', 'python')

const toolchains: Readonly<Record<Language, Toolchain>> = {
  python: {
    command: 'python3',
    prepare: (source, work) => {
      if (!existsSync(python(work))) run('python3', ['-m', 'venv', work])
      run(python(work), ['-m', 'pip', 'install', '--quiet', '-r', path.join(source, 'requirements.txt')])
    },
    generate: (source, work) => run(python(work), [path.join(source, 'generate.py'), input]),
  },
  rust: {
    command: 'cargo',
    prepare: (source, work) =>
      run('cargo', ['build', '--release', '--quiet'], {
        cwd: source,
        env: { ...process.env, CARGO_TARGET_DIR: work },
      }),
    generate: (_, work) => run(path.join(work, 'release', 'cairn-foreign'), [input]),
  },
  javascript: {
    command: 'npm',
    prepare: (source, work) => {
      copyFileSync(path.join(source, 'package.json'), path.join(work, 'package.json'))
      run('npm', ['install', '--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund'], { cwd: work })
    },
    generate: (source, work) => run('node', [path.join(source, 'generate.mjs'), input], { cwd: work }),
  },
}

const firstLine = (error: unknown): string => {
  const { stderr, message } = error as { readonly stderr?: string; readonly message: string }
  const lines = String(stderr || message).split('\n')
  return lines.find((line) => line.trim() !== '') ?? 'no reason given'
}

/** Why the toolchain cannot be used here; undefined when it stands ready. */
const missing = ({ command, prepare }: Toolchain, source: string, work: string): string | undefined => {
  try {
    run(command, ['--version'])
  } catch {
    return `no ${command} on this machine`
  }
  try {
    mkdirSync(work, { recursive: true })
    prepare(source, work)
    return undefined
  } catch (error) {
    return `its libraries could not be had: ${firstLine(error)}`
  }
}

const runLanguage = async (language: Language): Promise<'taken' | 'skipped' | 'failed'> => {
  const [source, work] = [fileURLToPath(folderOf(language)), path.join(cache, language)]
  const why = missing(toolchains[language], source, work)
  if (why) {
    console.log(`- ${language}: SKIPPED, ${why}`)
    return 'skipped'
  }
  const vectors: Vectors = JSON.parse(toolchains[language].generate(source, work))
  if (process.argv.includes('--write'))
    writeFileSync(path.join(source, 'vectors.json'), `${JSON.stringify(vectors, null, 2)}\n`)
  const { faults, highS, notDeterministic } = await check(vectors)
  const { libraries, packets, tokens } = vectors
  const isTaken = faults.length === 0 && packets.length > 0 && tokens.length > 0
  console.log(
    `${isTaken ? '✓' : '✗'} ${language} (${libraries.join(', ')}): ${packets.length} packets, ${highS} of them with the larger s, ${notDeterministic} not in deterministic CBOR; ${tokens.length} tokens`,
  )
  for (const fault of faults) console.log(`    ${fault}`)
  return isTaken ? 'taken' : 'failed'
}

const results: string[] = []
for (const language of languages) results.push(await runLanguage(language))
const count = (result: string) => results.filter((it) => it === result).length
console.log(`${count('taken')} taken, ${count('failed')} failed, ${count('skipped')} skipped`)
process.exitCode = count('failed') > 0 ? 1 : 0
