import { openNative, sigStructure } from '../../devices/cose.ts'
import type { Curve } from '../../devices/identity.ts'
import { verifySignature } from '../../devices/signature.ts'
import type { Incoming, Known } from '../../gateway/ports.ts'
import { openJudge } from '../../gateway/verify/judge.ts'
import { openQuota } from '../../gateway/verify/quota.ts'
import { openRecent } from '../../gateway/verify/recent.ts'
import { type SignatureJob, verifySignatures } from '../../gateway/verify/signature.ts'
import { verify } from '../../gateway/verify/verify.ts'
import {
  incomingOf,
  measurement,
  NETWORK,
  NOON,
  nativePacket,
  place,
  reading,
  registrationOf,
  type TestDevice,
  testDevice,
} from '../support/packets.ts'
import { type Measured, median } from './report.ts'
import type { Say } from './stand.ts'

/*
 * How many signatures, and how many whole packets, one core of this machine verifies in a second.
 */

const DEVICES = 32
const PACKETS = 256
const ROUNDS = 7
/** ms that each measure runs in each round. They take turns, so that what else the machine does falls on all of them. */
const ROUND = 300
/** As the pipeline hands them to `verify`. */
const SLICE = 64

type Sample = { readonly incoming: Incoming; readonly job: SignatureJob }

const sampleOf = (device: TestDevice, index: number): Sample => {
  const air = [
    measurement('temperature', 'Cel', 20 + index / 100),
    measurement('humidity', '%RH', 40),
    measurement('battery', 'V', 3.9),
  ]
  const raw = nativePacket(device, {
    sequence: BigInt(index + 1),
    readings: [reading(NOON, ...place(49.92, -97.19), ...air)],
  })
  const opened = openNative(raw, NETWORK)
  if (!opened.ok) throw new Error('the benchmark made a bad packet')
  const { digest, signature, payload, protectedHeader = new Uint8Array() } = opened.value
  const job: SignatureJob = {
    key: device.publicKey,
    digest,
    message: sigStructure(protectedHeader, NETWORK, payload),
    signature,
  }
  return { incoming: incomingOf(device, raw), job }
}

const devicesOn = (curve: Curve): readonly TestDevice[] =>
  Array.from({ length: DEVICES }, (_, at) => testDevice(`bench ${curve} ${at}`, curve))

const samplesOf = (devices: readonly TestDevice[]): readonly Sample[] =>
  Array.from({ length: PACKETS }, (_, at) => sampleOf(devices[at % DEVICES] as TestDevice, at))

/** Runs `work`, which answers how many it did, for a while; the rate is per second of CPU, so that others' load does not count. */
const ratePerCore = async (work: () => Promise<number> | number): Promise<number> => {
  const [start, cpu] = [performance.now(), process.cpuUsage()]
  let done = 0
  while (performance.now() - start < ROUND) done += await work()
  const { user, system } = process.cpuUsage(cpu)
  return done / ((user + system) / 1e6)
}

const native = (samples: readonly Sample[]) => async (): Promise<number> => {
  const answers = await verifySignatures(samples.map(({ job }) => job))
  if (answers.includes(false)) throw new Error('a good signature was refused')
  return answers.length
}

/** The reference that a browser runs. A few at a time: one takes milliseconds. */
const noble = (samples: readonly Sample[]) => {
  let at = 0
  return (): number => {
    const { job } = samples[at++ % samples.length] as Sample
    if (!verifySignature(job.key, job.digest, job.signature, 'any-s')) throw new Error('a good signature was refused')
    return 1
  }
}

/** The whole of `verify`, which never meets a packet that it has stored: nothing is added to `recent`. */
const whole = (devices: readonly TestDevice[], samples: readonly Sample[]) => {
  const registrations = new Map(devices.map((device) => [device.device, registrationOf(device)]))
  const known: Known = {
    byAddress: (device) => registrations.get(device),
    byImei: () => [],
    isProposed: () => false,
  }
  const ports = {
    known,
    network: NETWORK,
    otherNetworks: [],
    quota: openQuota(1e9),
    recent: openRecent(),
    judge: openJudge(),
  }
  let at = 0
  return async (): Promise<number> => {
    const slice = samples.slice(at, at + SLICE).map(({ incoming }) => incoming)
    at = (at + SLICE) % samples.length
    const verdicts = await verify(ports, slice)
    if (verdicts.some(({ status }) => status !== 'accepted')) throw new Error('a good packet was refused')
    return verdicts.length
  }
}

export const measureVerify = async (say: Say): Promise<readonly Measured[]> => {
  const [k1, p256] = [devicesOn('secp256k1'), devicesOn('p256')]
  say('signing packets')
  const [onK1, onP256] = [samplesOf(k1), samplesOf(p256)]
  const works = [native(onK1), native(onP256), noble(onK1), noble(onP256), whole(k1, onK1), whole(p256, onP256)]
  const rates: number[][] = works.map(() => [])
  // The first round warms up.
  for (let round = 0; round <= ROUNDS; round++) {
    say(`round ${round} of ${ROUNDS}`)
    for (const [at, work] of works.entries()) {
      const rate = await ratePerCore(work)
      if (round > 0) rates[at]?.push(rate)
    }
  }
  const [es256k = 0, es256 = 0, nobleK1 = 1, nobleP256 = 1, packetsK1 = 0, packetsP256 = 0] = rates.map(median)
  const unit = '/s per core'
  const times = (one: number, other: number): string => `${(one / other).toFixed(0)} × @noble/curves in the same run`
  return [
    { what: 'verify: ES256K signatures (libsecp256k1)', value: es256k, unit, note: times(es256k, nobleK1) },
    { what: 'verify: ES256 signatures (OpenSSL)', value: es256, unit, note: times(es256, nobleP256) },
    { what: 'verify: whole ES256K packets', value: packetsK1, unit, note: 'all checks, one reading of 5 measurements' },
    { what: 'verify: whole ES256 packets', value: packetsP256, unit, note: 'the same' },
  ]
}
