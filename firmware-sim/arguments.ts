import { parseArgs } from 'node:util'
import type { Curve } from '../devices/identity.ts'
import { MAX_PACKETS_PER_SECOND } from '../devices/limits.ts'
import { type FaultName, type FaultRates, faults, isFaultName } from './faults.ts'
import type { SimModel } from './identity.ts'

export type Arguments = {
  readonly devices: number
  readonly model: SimModel
  readonly curve: Curve
  readonly rate: number
  readonly qos: 0 | 1
  readonly faults: FaultRates
  readonly seed: string
  readonly url: string
  readonly mqttUrl: string
  readonly ownerKeyFile: string | undefined
  readonly stateDir: string
  /** Seconds; undefined: until Ctrl-C. */
  readonly duration: number | undefined
}

export type Parsed =
  | { readonly kind: 'run'; readonly arguments: Arguments }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly mistakes: readonly string[] }

/** One line each for `--help`; the text is the default. */
const options = {
  devices: { default: '3', help: 'how many devices, 1 to 10000' },
  model: { default: 'tracker', help: 'pebble or tracker' },
  rate: { default: '0.2', help: `packets a second of each device: 0.001 to ${MAX_PACKETS_PER_SECOND}, Pebbles to 1` },
  faults: { default: '', help: 'faults by name, each with its rate if you like: replay,loss:0.2' },
  seed: { default: '1', help: 'same seed, same keys, same day of weather, same route' },
  url: { default: 'http://127.0.0.1:8080', help: 'the gateway’s REST' },
  mqtt: { default: 'mqtt://127.0.0.1:1883', help: 'the gateway’s MQTT' },
  'owner-key': { default: '', help: 'file with the owner’s key, made where missing [STATE/owner.key]' },
  state: {
    default: 'data/firmware-sim',
    help: 'folder of the devices’ flash: delete it and sequences start from the clock',
  },
  curve: { default: 'secp256k1', help: 'secp256k1 or p256; Pebbles are secp256k1' },
  qos: { default: '', help: 'what Pebbles publish at, 0 or 1 [0, as the firmware does]; trackers publish at 1' },
  duration: { default: '', help: 'seconds to run [until Ctrl-C]' },
} as const

type Name = keyof typeof options
type Texts = Readonly<Record<Name, string>>

export const help = (): string =>
  [
    'npm run sim -- [--devices N] [--model pebble|tracker] [--rate R] [--faults NAME,…] …',
    '',
    'A fleet of simulated devices: they pair with a gateway, then send signed packets over MQTT. Ctrl-C ends it.',
    '',
    ...Object.entries(options).map(([name, option]) => {
      const standard = option.default === '' ? '' : ` [${option.default}]`
      return `  --${name.padEnd(10)} ${option.help}${standard}`
    }),
    '',
    'Faults, with their rate per packet, and what a right gateway makes of them:',
    ...Object.entries(faults).map(
      ([name, { rate, does, outcome }]) => `  ${name.padEnd(14)} ${rate}: ${does} → ${outcome}`,
    ),
  ].join('\n')

/** Every mistake at once. */
export const parseArguments = (args: readonly string[]): Parsed => {
  const texts = readTexts(args)
  if (texts === 'help') return { kind: 'help' }
  if (typeof texts === 'string') return { kind: 'wrong', mistakes: [texts] }
  const faultRates = parseFaults(texts.faults)
  const mistakes = [...mistakesIn(texts), ...(Array.isArray(faultRates) ? faultRates : [])]
  if (mistakes.length > 0 || Array.isArray(faultRates)) return { kind: 'wrong', mistakes }
  return { kind: 'run', arguments: argumentsOf(texts, faultRates as FaultRates) }
}

const readTexts = (args: readonly string[]): Texts | 'help' | string => {
  const names = Object.keys(options) as Name[]
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
        help: { type: 'boolean', short: 'h' },
      },
    })
    const given: Readonly<Record<string, string | boolean | undefined>> = values
    if (given.help) return 'help'
    return Object.fromEntries(names.map((name) => [name, String(given[name] ?? options[name].default)])) as Texts
  } catch (error) {
    return (error as Error).message
  }
}

const isNumber = (text: string, least: number, most: number): boolean =>
  /^\d+(\.\d+)?$/.test(text) && Number(text) >= least && Number(text) <= most

const isWhole = (text: string, least: number, most: number): boolean =>
  /^\d+$/.test(text) && isNumber(text, least, most)

const isUrl = (text: string, ...schemes: readonly string[]): boolean =>
  URL.canParse(text) && schemes.includes(new URL(text).protocol)

const mistakesIn = (texts: Texts): readonly string[] => {
  // A Pebble's sequence is its clock in seconds, so it cannot send faster.
  const fastest = texts.model === 'pebble' ? 1 : MAX_PACKETS_PER_SECOND
  const rules: readonly [Name, boolean, string][] = [
    ['devices', isWhole(texts.devices, 1, 10_000), 'a whole number from 1 to 10000'],
    ['model', ['pebble', 'tracker'].includes(texts.model), 'pebble or tracker'],
    ['rate', isNumber(texts.rate, 0.001, fastest), `a number from 0.001 to ${fastest}`],
    ['seed', texts.seed.length > 0 && texts.seed.length <= 100, '1 to 100 characters'],
    ['url', isUrl(texts.url, 'http:', 'https:'), 'an http:// or https:// URL'],
    ['mqtt', isUrl(texts.mqtt, 'mqtt:', 'mqtts:'), 'an mqtt:// or mqtts:// URL'],
    ['state', texts.state.length > 0, 'a folder'],
    ['curve', ['secp256k1', 'p256'].includes(texts.curve), 'secp256k1 or p256'],
    ['curve', texts.model !== 'pebble' || texts.curve !== 'p256', 'secp256k1 for Pebbles'],
    ['qos', ['', '0', '1'].includes(texts.qos), '0 or 1'],
    ['qos', texts.model !== 'tracker' || texts.qos !== '0', '1 for trackers'],
    ['duration', texts.duration === '' || isNumber(texts.duration, 1, 31_536_000), 'seconds from 1 to 31536000'],
  ]
  return rules.filter(([, holds]) => !holds).map(([name, , must]) => `--${name} is “${texts[name]}”, must be ${must}`)
}

/** `name` or `name:rate`, comma-separated; mistakes as texts. */
const parseFaults = (text: string): FaultRates | readonly string[] => {
  const rates: Partial<Record<FaultName, number>> = {}
  const mistakes: string[] = []
  for (const entry of text.split(',').filter(Boolean)) {
    const [name = '', rate, ...rest] = entry.trim().split(':')
    if (!isFaultName(name)) mistakes.push(`--faults knows no “${name}”, only ${Object.keys(faults).join(', ')}`)
    else if (rest.length > 0 || (rate !== undefined && !isNumber(rate, 0, 1)))
      mistakes.push(`--faults has “${entry}”, must be a name, or a name and a rate from 0 to 1 such as ${name}:0.2`)
    else rates[name] = rate === undefined ? faults[name].rate : Number(rate)
  }
  return mistakes.length > 0 ? mistakes : rates
}

const argumentsOf = (texts: Texts, rates: FaultRates): Arguments => ({
  devices: Number(texts.devices),
  model: texts.model as SimModel,
  curve: texts.curve as Curve,
  rate: Number(texts.rate),
  qos: texts.model === 'tracker' || texts.qos === '1' ? 1 : 0,
  faults: rates,
  seed: texts.seed,
  url: texts.url,
  mqttUrl: texts.mqtt,
  ownerKeyFile: texts['owner-key'] || undefined,
  stateDir: texts.state,
  duration: texts.duration === '' ? undefined : Number(texts.duration),
})
