import { readFileSync } from 'node:fs'
import { hexToBytes } from '@noble/hashes/utils.js'
import type { Curve } from '../../devices/identity.ts'
import { readingsOf } from '../../devices/readings.ts'
import { authenticate } from '../../gateway/ingress/session.ts'
import type { Verdict } from '../../gateway/ports.ts'
import { openJudge } from '../../gateway/verify/judge.ts'
import { openQuota } from '../../gateway/verify/quota.ts'
import { openRecent } from '../../gateway/verify/recent.ts'
import { holds } from '../../gateway/verify/signature.ts'
import { verify } from '../../gateway/verify/verify.ts'
import { isDeterministic } from '../support/cbor.ts'
import { incomingOf, knownOf, NETWORK, NOON, registrationOf, testDevice, withOtherS } from '../support/packets.ts'

/*
 * Whether the gateway takes what other people's libraries wrote: packets through all of its checks, tokens through its CONNECT.
 */

export const languages = ['python', 'rust', 'javascript'] as const
export type Language = (typeof languages)[number]

export type Vectors = {
  readonly libraries: readonly string[]
  /** Hexadecimal. The readings of the packet at each place are `readingsAt` of it. */
  readonly packets: readonly string[]
  readonly tokens: readonly string[]
}

export type Checked = {
  /** One line for each packet or token that was not taken as it should be. */
  readonly faults: readonly string[]
  /** How many packets had the larger s, and how many no deterministic CBOR: what used to be lost. */
  readonly highS: number
  readonly notDeterministic: number
}

export const folderOf = (language: Language): URL => new URL(`./${language}/`, import.meta.url)

export const committedVectors = (language: Language): Vectors =>
  JSON.parse(readFileSync(new URL('vectors.json', folderOf(language)), 'utf8'))

/** `input.json` has the same two, for the generators. */
const devices = (['p256', 'secp256k1'] as const).map((curve: Curve) => testDevice(`foreign ${curve}`, curve))
const deviceAt = (at: number) => devices[at % 2] as (typeof devices)[number]
const known = knownOf(devices.map((device) => registrationOf(device)))

/** What every generator writes into its packet at this place. */
const readingsAt = (at: number) => [
  {
    at: NOON - 60_000 + (at % 3 === 0 ? 500 : 0),
    clock: 'device',
    measurements: [
      { name: 'urn:dev:foreign:temperature', unit: 'Cel', value: 20 + at / 100 },
      { name: 'urn:dev:foreign:humidity', unit: '%RH', value: 40 + (at % 4) * 0.25 },
      { name: 'urn:dev:foreign:lat', unit: 'lat', value: 47.37 },
      { name: 'urn:dev:foreign:lon', unit: 'lon', value: 8.54 },
      { name: 'urn:dev:foreign:count', unit: '', value: at * 1_000_003 },
      { name: 'urn:dev:foreign:door', unit: '', value: at % 2 === 0 },
      { name: 'urn:dev:foreign:station', unit: '', value: 'Großmünster' },
    ],
  },
]

export const check = async ({ packets, tokens }: Vectors): Promise<Checked> => {
  const raws = packets.map(hexToBytes)
  const ports = {
    known,
    network: NETWORK,
    otherNetworks: [],
    quota: openQuota(1e9),
    recent: openRecent(),
    judge: openJudge(),
  }
  const verdicts = await verify(
    ports,
    raws.map((raw, at) => incomingOf(deviceAt(at), raw)),
  )
  return {
    faults: [
      ...verdicts.flatMap((verdict, at) => packetFault(verdict, at) ?? []),
      ...tokens.flatMap((token, at) => tokenFault(token, at) ?? []),
    ],
    highS: verdicts.filter((verdict, at) => isHighS(verdict, at)).length,
    notDeterministic: verdicts.filter(isLoose).length,
  }
}

const packetFault = (verdict: Verdict, at: number): string | undefined => {
  if (verdict.status === 'refused') return `packet ${at}: ${verdict.code} ${JSON.stringify(verdict.facts)}`
  const readings = readingsOf(verdict.envelope, NOON)
  const [given, expected] = [readings.ok && readings.value, readingsAt(at)].map((value) => JSON.stringify(value))
  return given === expected ? undefined : `packet ${at}: read as ${given}, written as ${expected}`
}

/** The envelope has the smaller s; the packet's bytes end with the one that the library wrote. */
const isHighS = (verdict: Verdict, at: number): boolean => {
  if (verdict.status === 'refused') return false
  const { raw, signature } = verdict.envelope
  const low = withOtherS(deviceAt(at).key.curve, raw)
  return Buffer.compare(low.slice(-32), signature.slice(-32)) === 0
}

/** Whether our own encoder would have written the frame, the header or the payload in other bytes. */
const isLoose = (verdict: Verdict): boolean => {
  if (verdict.status === 'refused') return false
  const { raw, protectedHeader = new Uint8Array(), payload } = verdict.envelope
  return ![raw, protectedHeader, payload].every(isDeterministic)
}

const tokenFault = (token: string, at: number): string | undefined => {
  const device = deviceAt(at)
  const session = authenticate(
    { known, network: NETWORK, clock: { now: () => NOON }, holds, letsPebblesIn: false },
    {
      clientId: device.device,
      username: 'device',
      password: Buffer.from(token),
      hasWill: false,
      isClean: true,
      keepAlive: 60,
    },
  )
  return 'why' in session ? `token ${at}: code ${session.returnCode}, ${session.why}` : undefined
}
