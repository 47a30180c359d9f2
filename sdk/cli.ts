import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { isAddress } from '../devices/identity.ts'
import { type ChainReader, openRpc } from './rpc.ts'
import { provenIn, type ServedProof } from './served.ts'
import { isProven, type Step, type VerifyOptions, verifyProof } from './verify.ts'

const HELP = `cairn verify FILE|URL --rpc URL [--network ADDRESS] [--index N] [--token TOKEN]

  Checks readings from the device's signature to the chain, step by step. It trusts what the RPC says of the chain, and nothing else.

  FILE|URL           one proof, one packet or a page of readings, as the gateway serves them with proof=1; - reads standard input
  --rpc URL          JSON-RPC of the chain, best a node of your own
  --network ADDRESS  the DeviceRegistry that you trust; without it the proof's word is taken for which contracts to ask
  --index N          only the Nth reading of a page, counted from 0
  --token TOKEN      sent to the URL as Authorization: Bearer, where values are not public

  Ends with 0 if every reading is proven, with 1 otherwise.

Example
  cairn verify proof.json --rpc http://127.0.0.1:8545
`

/** Told in one line; the stack would help nobody. */
class Told extends Error {}

type Wish = VerifyOptions & {
  readonly source: string
  readonly rpc: string
  readonly index: number | undefined
  readonly token: string | undefined
}

const options = {
  rpc: { type: 'string' },
  network: { type: 'string' },
  index: { type: 'string' },
  token: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    throw new Told(`${(error as Error).message.split('\n')[0]}; cairn --help shows all`)
  }
}

const isUrl = (text: string): boolean => /^https?:\/\//.test(text) && URL.canParse(text)

/** Undefined: help is wanted. */
const wishOf = (args: readonly string[]): Wish | undefined => {
  const { values, positionals } = parse(args)
  const [command, source, ...rest] = positionals
  if (values.help || command === undefined || command === 'help') return undefined
  if (command !== 'verify') throw new Told(`there is no command ${command}; cairn --help shows all`)
  if (source === undefined || rest.length > 0) throw new Told('name one FILE or URL: cairn verify FILE|URL --rpc URL')
  if (values.rpc === undefined || !isUrl(values.rpc))
    throw new Told('--rpc must be the http(s) URL of the chain’s JSON-RPC: it is what the proof is checked against')
  const network = values.network?.toLowerCase()
  if (network !== undefined && !isAddress(network)) throw new Told('--network must be an address: 0x and 40 hex digits')
  if (values.index !== undefined && !/^\d{1,6}$/.test(values.index))
    throw new Told('--index must be a number from 0 on')
  const index = values.index === undefined ? undefined : Number(values.index)
  return { source, rpc: values.rpc, network, index, token: values.token }
}

const download = async (url: string, token: string | undefined): Promise<string> => {
  const headers = { accept: 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) }
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(30_000) }).catch((error: Error) => {
    throw new Told(`${url} cannot be reached: ${error.cause instanceof Error ? error.cause.message : error.message}`)
  })
  const text = await response.text()
  if (!response.ok) throw new Told(`${url} answers HTTP ${response.status}: ${text.slice(0, 300)}`)
  return text
}

const load = async ({ source, token }: Wish): Promise<string> => {
  if (isUrl(source)) return download(source, token)
  try {
    return readFileSync(source === '-' ? 0 : source, 'utf8')
  } catch (error) {
    throw new Told(`${source} cannot be read: ${(error as Error).message}`)
  }
}

const proofsIn = (text: string, { source, index }: Wish): readonly ServedProof[] => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new Told(`${source} is not JSON: it begins ${JSON.stringify(text.slice(0, 40))}`)
  }
  const proofs = provenIn(json)
  if (proofs.length === 0) throw new Told(`${source} holds no readings`)
  const chosen = index === undefined ? proofs : proofs.slice(index, index + 1)
  if (chosen.length === 0) throw new Told(`${source} holds ${proofs.length} readings; --index ${index} is none of them`)
  return chosen
}

/** The readings of a page lean on the same few contracts' answers; each question is asked once. */
const askingOnce = (chain: ChainReader): ChainReader => {
  const answers = new Map<string, Promise<Uint8Array>>()
  const id = { answer: undefined as Promise<number> | undefined }
  return {
    chainId: () => {
      id.answer ??= chain.chainId()
      return id.answer
    },
    call: (to, data) => {
      const question = `${to} ${data.join()}`
      const answer = answers.get(question) ?? chain.call(to, data)
      answers.set(question, answer)
      return answer
    },
  }
}

/** Names and texts come from devices and strangers: none of their control characters reaches the terminal. */
const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}')

const lineOf = ({ name, ok, detail, warning }: Step): string =>
  [`  ${ok ? '✓' : '✗'} ${name.padEnd(10)} ${printable(detail)}`, ...(warning ? [`  ! ${warning}`] : [])].join('\n')

const verifyEach = async (proofs: readonly ServedProof[], { rpc, network }: Wish): Promise<number> => {
  const chain = askingOnce(openRpc(rpc))
  let proven = 0
  for (const [at, { document, served, said }] of proofs.entries()) {
    if (proofs.length > 1) console.log(`reading ${at + 1} of ${proofs.length}`)
    if (document === undefined || document === null) {
      console.log('  ✗ document   carries no proof: ask with proof=1, and again once its batch is settled')
      continue
    }
    const steps = await verifyProof(document, chain, { network, served, said })
    for (const step of steps) console.log(lineOf(step))
    if (isProven(steps)) proven++
  }
  return proven
}

/** Answers the exit code. */
export const main = async (args: readonly string[]): Promise<number> => {
  try {
    const wish = wishOf(args)
    if (!wish) {
      console.log(HELP)
      return 0
    }
    const proofs = proofsIn(await load(wish), wish)
    const proven = await verifyEach(proofs, wish)
    const isWhole = proven === proofs.length
    console.log(
      isWhole
        ? `proven${proofs.length > 1 ? `: all ${proven}` : ''}`
        : `not proven: ${proofs.length - proven} of ${proofs.length}`,
    )
    return isWhole ? 0 : 1
  } catch (error) {
    if (!(error instanceof Told)) throw error
    console.error(`cairn: ${printable(error.message)}`)
    return 1
  }
}
