import path from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import type { Hex, Millis } from '../devices/units.ts'
import { type EarningGrade, maskOf } from '../sdk/reward.ts'
import { Failure } from './errors.ts'
import type { PairingPolicy } from './ports.ts'

/*
 * Settings are parsed once, wholly, before anything opens; every mistake is told together. This is the only file that reads the environment.
 */

type Setting = {
  readonly help: string
  readonly flag?: string
  /** Default for the demo, and, where it differs, for an operator's own gateway (CAIRN_DEMO=0). */
  readonly demo: string | undefined
  /** Null: none, it follows from other settings. */
  readonly operate?: string | null
  readonly schema: z.ZodType<unknown, string>
}

const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/, 'a whole number')
    .transform(Number)
    .pipe(z.number().min(least, `at least ${least}`).max(most, `at most ${most}`))
const flag = z.enum(['0', '1'], '0 or 1').transform((text) => text === '1')
const url = (...schemes: string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && schemes.includes(new URL(text).protocol),
      `a URL with ${schemes.join(' or ')}`,
    )
/** CairnToken's, in base units. */
const SUPPLY = 10n ** 27n
const tokens = z
  .string()
  .regex(/^\d{1,12}$/, 'whole tokens, at most 12 digits')
  .transform((text) => BigInt(text) * 10n ** 18n)

const fund = tokens.refine((amount) => amount <= SUPPLY, 'at most 1000000000, all that there are')
const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/, '0x and 40 hex digits')

/** One line each for `npm start -- --help`. Ports may be 0 for any free one. */
const settings = {
  CAIRN_DATA: {
    flag: 'data',
    help: 'folder for everything kept: database, sub-chain, keys, published files',
    demo: 'data',
    schema: z.string().min(1),
  },
  CAIRN_KEYS: {
    help: 'folder of the keys (operator, log, demo owner), made there where missing; unset = keys in the data folder',
    demo: undefined,
    schema: z.string().min(1),
  },
  CAIRN_HOST: {
    help: 'address that HTTP and MQTT listen on',
    demo: '127.0.0.1',
    schema: z.string().min(1),
  },
  CAIRN_CHAIN_HOST: {
    help: 'address that the embedded sub-chain’s JSON-RPC listens on; beyond this machine only when you say so here',
    demo: '127.0.0.1',
    schema: z.string().min(1),
  },
  CAIRN_PUBLIC_HOSTS: {
    help: 'names (comma-separated) that HTTP and the sub-chain may be asked by, besides IP addresses and localhost; other Hosts are refused',
    demo: undefined,
    schema: z
      .string()
      .regex(/^[A-Za-z0-9.-]{1,253}(,[A-Za-z0-9.-]{1,253}){0,31}$/, 'up to 32 host names without ports')
      .transform((text) => text.toLowerCase().split(',')),
  },
  CAIRN_PORT: { flag: 'port', help: 'HTTP port', demo: '8080', schema: whole(0, 65_535) },
  CAIRN_MQTT_PORT: { flag: 'mqtt-port', help: 'MQTT port', demo: '1883', schema: whole(0, 65_535) },
  CAIRN_CHAIN_PORT: {
    flag: 'chain-port',
    help: 'JSON-RPC port of the embedded sub-chain',
    demo: '8545',
    schema: whole(0, 65_535),
  },
  DATABASE_URL: {
    help: 'your PostgreSQL; unset = an embedded one',
    demo: undefined,
    schema: url('postgresql:', 'postgres:'),
  },
  CHAIN_RPC_URL: {
    help: 'your EVM chain; unset = an embedded sub-chain',
    demo: undefined,
    schema: url('http:', 'https:'),
  },
  CHAIN_ID: {
    help: 'id the chain must have; needed with CHAIN_RPC_URL',
    demo: '246900',
    schema: whole(1, Number.MAX_SAFE_INTEGER),
  },
  CAIRN_PUBLIC_RPC_URL: {
    help: 'chain address told to readers, where it differs from the gateway’s own',
    demo: undefined,
    schema: url('http:', 'https:'),
  },
  CAIRN_ROLES: {
    help: 'what this process does: gateway, chain (the sub-chain alone)',
    demo: 'gateway',
    schema: z.enum(['gateway', 'chain'], 'gateway or chain'),
  },
  CAIRN_DEMO: {
    help: '1 = demo owner, simulated fleet, short batches and epochs; 0 = an operator’s own gateway',
    demo: '1',
    schema: flag,
  },
  CAIRN_SIM_PEBBLES: { help: 'simulated Pebbles', demo: '3', operate: '0', schema: whole(0, 1_000) },
  CAIRN_SIM_TRACKERS: { help: 'simulated native trackers', demo: '3', operate: '0', schema: whole(0, 1_000) },
  CAIRN_BATCH_SECONDS: {
    help: 'a batch is cut when its oldest record is this old',
    demo: '5',
    operate: '10',
    schema: whole(1, 3_600),
  },
  CAIRN_BATCH_RECORDS: { help: 'a batch is cut at this many records', demo: '4096', schema: whole(1, 65_536) },
  CAIRN_EPOCH_SECONDS: {
    help: 'reward period; fixed at deployment',
    demo: '60',
    operate: '3600',
    schema: whole(10, 86_400),
  },
  CAIRN_CHALLENGE_SECONDS: {
    help: 'time to challenge an epoch before it is paid; fixed at deployment',
    demo: '15',
    operate: '86400',
    schema: whole(1, 2_592_000),
  },
  CAIRN_EPOCH_BUDGET: { help: 'tokens paid per epoch; fixed at deployment', demo: '100', schema: tokens },
  CAIRN_REWARD_FUND: { help: 'tokens put into the RewardLedger at deployment', demo: '10000000', schema: fund },
  CAIRN_CONFIRMATIONS: {
    help: 'blocks on top before a transaction counts as final',
    demo: '0',
    operate: '2',
    schema: whole(0, 1_000),
  },
  CAIRN_EARNING_GRADES: {
    help: 'grades of registration that earn, comma-separated: full, legacy, attested; fixed at deployment',
    demo: 'full,legacy,attested',
    schema: z
      .string()
      .regex(
        /^(full|legacy|attested)(,(full|legacy|attested)){0,2}$/,
        'full, legacy or attested, or some of them with commas',
      )
      .transform((text) => maskOf([...new Set(text.split(','))] as EarningGrade[])),
  },
  CAIRN_TREASURY: {
    help: 'address that gets the token supply not funded into the RewardLedger at deployment; unset = the operator',
    demo: undefined,
    schema: address.refine((text) => !/^0x0+$/.test(text), 'another than the zero address'),
  },
  CAIRN_AUTO_CLAIM: {
    help: '1 = send claims for every holder, at the operator’s cost; 0 = holders claim themselves',
    demo: '1',
    schema: flag,
  },
  CAIRN_PEBBLES: {
    help: 'stock Pebbles without a client certificate: 1 = let in (each packet’s signature is the proof), 0 = refuse',
    demo: '1',
    operate: '0',
    schema: flag,
  },
  CAIRN_OWNER_MB_PER_DAY: {
    help: 'megabytes of accepted packets that all devices of one owner may have stored in a day of UTC; 0 = no limit',
    demo: '1024',
    schema: whole(0, 1_000_000_000),
  },
  CAIRN_PAIRING: {
    help: 'whose devices pair and are served: open, listed (CAIRN_IMEI_LIST), attested (CAIRN_MANUFACTURER’s signature); operators: listed with a list, else attested',
    demo: 'open',
    operate: null,
    schema: z.enum(['open', 'listed', 'attested'], 'open, listed or attested'),
  },
  CAIRN_MANUFACTURER: {
    help: 'address whose attestations pair old units; fixed at deployment; unset = a key made in the data folder / nobody’s',
    demo: undefined,
    schema: address,
  },
  CAIRN_IMEI_LIST: {
    help: 'file of lines “imei,device address”, or a device address alone, from the manufacturer',
    demo: undefined,
    schema: z.string().min(1),
  },
  CAIRN_OTHER_NETWORKS: {
    help: 'network ids (0x…, comma-separated) whose packets are named WRONG_NETWORK instead of BAD_SIGNATURE',
    demo: undefined,
    schema: z.string().regex(/^0x[0-9a-f]{64}(,0x[0-9a-f]{64}){0,7}$/, 'up to eight 0x ids of 64 hex digits'),
  },
  CAIRN_EVIDENCE_MB: {
    help: 'MB of disk (1 to 1024) that an hour’s refused packets may take, for 7 days; the same for all gateways of a database',
    demo: '4',
    operate: '16',
    schema: whole(1, 1_024),
  },
  CAIRN_LOG_LEVEL: {
    help: 'error, warn, info or debug',
    demo: 'warn',
    operate: 'info',
    schema: z.enum(['error', 'warn', 'info', 'debug'], 'error, warn, info or debug'),
  },
} as const satisfies Record<string, Setting>

type Name = keyof typeof settings

export type Config = {
  readonly dataDir: string
  readonly keysDir: string
  readonly host: string
  /** Where the embedded sub-chain listens. */
  readonly chainHost: string
  readonly publicHosts: readonly string[]
  readonly ports: { readonly http: number; readonly mqtt: number; readonly chain: number }
  readonly role: 'gateway' | 'chain'
  readonly databaseUrl: string | undefined
  readonly chain: {
    readonly rpcUrl: string | undefined
    readonly publicRpcUrl: string | undefined
    readonly id: number
    readonly confirmations: number
    readonly manufacturer: Hex | undefined
    readonly treasury: Hex | undefined
  }
  readonly demo: boolean
  readonly sim: { readonly pebbles: number; readonly trackers: number }
  readonly batch: { readonly maxAge: Millis; readonly maxRecords: number }
  readonly reward: {
    readonly epochSeconds: number
    readonly challengeSeconds: number
    readonly budget: bigint
    readonly fund: bigint
    /** Bit g for grade g. */
    readonly earningGrades: number
    readonly autoClaim: boolean
  }
  readonly ingress: {
    readonly pebbles: boolean
    /** Of one owner's devices; 0 = no limit. */
    readonly ownerBytesPerDay: number
    readonly imeiList: string | undefined
    readonly pairing: PairingPolicy
    readonly otherNetworks: readonly Hex[]
  }
  /** Bytes of disk that an hour's refusals may take. */
  readonly evidencePerHour: number
  readonly logLevel: 'error' | 'warn' | 'info' | 'debug'
}

export const help = (): string =>
  [
    'npm start -- [--data DIR] [--port N] [--mqtt-port N] [--chain-port N] [--no-sim] [--help]',
    '',
    'Starts the whole gateway: database, sub-chain, MQTT, HTTP and a simulated fleet. Ctrl-C ends all of it.',
    '',
    'Settings, by environment (and flag); where two defaults stand, the second is with CAIRN_DEMO=0:',
    ...Object.entries(settings).map(([name, setting]: [string, Setting]) => {
      const defaults = [setting.demo ?? 'unset', ...(setting.operate ? [setting.operate] : [])].join(' / ')
      return `  ${name.padEnd(25)} ${setting.flag ? `--${setting.flag}: ` : ''}${setting.help} [${defaults}]`
    }),
  ].join('\n')

const readFlags = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      options: {
        data: { type: 'string' },
        port: { type: 'string' },
        'mqtt-port': { type: 'string' },
        'chain-port': { type: 'string' },
        'no-sim': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (cause) {
    throw new Failure('BAD_SETTING', (cause as Error).message, { cause })
  }
}

/**
 * Reads flags and environment; a flag wins. Throws one BAD_SETTING that names every wrong setting with what it must be.
 * `undefined` = only help was asked for.
 */
export const readConfig = (
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): Config | undefined => {
  const flags: Readonly<Record<string, string | boolean | undefined>> = readFlags(args)
  if (flags.help) return undefined
  const wrong: string[] = []
  const isDemo = (env.CAIRN_DEMO || '1') === '1'
  const read = (name: Name): unknown => {
    const setting: Setting = settings[name]
    const given = (setting.flag ? flags[setting.flag] : undefined) ?? (env[name] || undefined)
    const text = given ?? (isDemo || setting.operate === undefined ? setting.demo : (setting.operate ?? undefined))
    if (text === undefined) return undefined
    const parsed = setting.schema.safeParse(text)
    if (parsed.success) return parsed.data
    wrong.push(`${name} is “${text}”, must be ${parsed.error.issues.map((issue) => issue.message).join(', ')}`)
    return undefined
  }
  const values = Object.fromEntries((Object.keys(settings) as Name[]).map((name) => [name, read(name)])) as {
    [N in Name]: z.output<(typeof settings)[N]['schema']>
  }
  if (values.CAIRN_PAIRING === 'listed' && !values.CAIRN_IMEI_LIST)
    wrong.push('CAIRN_IMEI_LIST is unset, must be the list that CAIRN_PAIRING=listed goes by')
  if (values.CHAIN_RPC_URL && !env.CHAIN_ID)
    wrong.push('CHAIN_ID is unset, must be the id of the chain at CHAIN_RPC_URL')
  if (wrong.length > 0) throw new Failure('BAD_SETTING', wrong.join('; '))
  const hasSim = !flags['no-sim']
  // npm runs us in the project's folder; INIT_CWD is where the person typed.
  const typedIn = env.INIT_CWD ?? '.'
  const dataDir = path.resolve(flags.data || env.CAIRN_DATA ? typedIn : '.', values.CAIRN_DATA)
  return deepFreeze({
    dataDir,
    keysDir: values.CAIRN_KEYS ? path.resolve(typedIn, values.CAIRN_KEYS) : path.join(dataDir, 'keys'),
    host: values.CAIRN_HOST,
    chainHost: values.CAIRN_CHAIN_HOST,
    publicHosts: values.CAIRN_PUBLIC_HOSTS ?? [],
    ports: { http: values.CAIRN_PORT, mqtt: values.CAIRN_MQTT_PORT, chain: values.CAIRN_CHAIN_PORT },
    role: values.CAIRN_ROLES,
    databaseUrl: values.DATABASE_URL,
    chain: {
      rpcUrl: values.CHAIN_RPC_URL,
      publicRpcUrl: values.CAIRN_PUBLIC_RPC_URL,
      id: values.CHAIN_ID,
      confirmations: values.CAIRN_CONFIRMATIONS,
      manufacturer: values.CAIRN_MANUFACTURER?.toLowerCase() as Hex | undefined,
      treasury: values.CAIRN_TREASURY?.toLowerCase() as Hex | undefined,
    },
    demo: values.CAIRN_DEMO,
    sim: { pebbles: hasSim ? values.CAIRN_SIM_PEBBLES : 0, trackers: hasSim ? values.CAIRN_SIM_TRACKERS : 0 },
    batch: { maxAge: values.CAIRN_BATCH_SECONDS * 1_000, maxRecords: values.CAIRN_BATCH_RECORDS },
    reward: {
      epochSeconds: values.CAIRN_EPOCH_SECONDS,
      challengeSeconds: values.CAIRN_CHALLENGE_SECONDS,
      budget: values.CAIRN_EPOCH_BUDGET,
      fund: values.CAIRN_REWARD_FUND,
      earningGrades: values.CAIRN_EARNING_GRADES,
      autoClaim: values.CAIRN_AUTO_CLAIM,
    },
    ingress: {
      pebbles: values.CAIRN_PEBBLES,
      ownerBytesPerDay: values.CAIRN_OWNER_MB_PER_DAY * 1_000_000,
      imeiList: values.CAIRN_IMEI_LIST ? path.resolve(typedIn, values.CAIRN_IMEI_LIST) : undefined,
      pairing: values.CAIRN_PAIRING ?? (values.CAIRN_IMEI_LIST ? 'listed' : 'attested'),
      otherNetworks: (values.CAIRN_OTHER_NETWORKS?.split(',') ?? []) as Hex[],
    },
    evidencePerHour: values.CAIRN_EVIDENCE_MB * 1_024 * 1_024,
    logLevel: values.CAIRN_LOG_LEVEL,
  })
}

const deepFreeze = <T extends object>(value: T): T => {
  for (const inner of Object.values(value)) if (inner && typeof inner === 'object') deepFreeze(inner)
  return Object.freeze(value)
}
