import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { openNative, sealNative } from '../../devices/cose.ts'
import { type Address, addressOf, type Curve, type DeviceKey } from '../../devices/identity.ts'
import { networkId } from '../../devices/network.ts'
import type { Envelope, Reading, Result } from '../../devices/packet.ts'
import { openPebble, sealPebble } from '../../devices/pebble/packet.ts'
import { encodeSensor } from '../../devices/pebble/sensor.ts'
import { readingsOf } from '../../devices/readings.ts'
import { encodeSenml } from '../../devices/senml.ts'
import { type PrivateKey, publicKeyOf, recoverKeys } from '../../devices/signature.ts'
import { type Hex, type Millis, minutes, seconds } from '../../devices/units.ts'
import { cutBatch } from '../../gateway/log/batch.ts'
import { memoryFiles } from '../../gateway/log/files.ts'
import type {
  Accepted,
  Files,
  Inbox,
  LogStore,
  ReadStore,
  Registration,
  RegistryStore,
  RewardStore,
  SettleStore,
  Verdict,
} from '../../gateway/ports.ts'
import { computeEpoch } from '../../gateway/reward/epoch.ts'
import { checkpointKeyOf } from '../../sdk/log/checkpoint.ts'
import { maskOf, type RewardParameters } from '../../sdk/reward.ts'

/*
 * A small gateway's history, made by the real seal, cut and reward functions and put through the ports of any store: six devices, one of
 * them sold, one real Pebble capture, batches in each state, two epochs, a claim, and refusals.
 */

export type SeededStore = {
  readonly inbox: Inbox
  readonly log: LogStore
  readonly settle: SettleStore
  readonly rewards: RewardStore
  readonly registry: RegistryStore
  readonly read: ReadStore
}

export const EPOCH: Millis = minutes(1)
/** A whole minute, so that an epoch begins here. */
export const START: Millis = Date.UTC(2026, 0, 31, 12, 0, 0)
export const END: Millis = START + minutes(3)

const addressFor = (name: string): Address => addressOf(publicKeyOf(keyFor(name)).publicKey)
const keyFor = (name: string, curve: Curve = 'secp256k1'): PrivateKey => ({ curve, secret: sha256(utf8ToBytes(name)) })
const hashFor = (name: string): Hex => `0x${Buffer.from(sha256(utf8ToBytes(name))).toString('hex')}`

export const contracts = {
  chainId: 246_900,
  registry: addressFor('registry'),
  ledger: addressFor('ledger'),
  rewards: addressFor('rewards'),
  token: addressFor('token'),
}
export const network = networkId(contracts.chainId, contracts.registry)
export const parameters: RewardParameters = { budget: 100n * 10n ** 18n, scoreCap: 60_000n, shareCap: 4_000 }
export const earningGrades = maskOf(['full', 'legacy', 'attested'])
const rules = { ...parameters, earningGrades }

export const alice = addressFor('alice')
export const bob = addressFor('bob')
export const carol = addressFor('carol')

/** reference/pebble.md: Riverrock 1.0.14, 2024. */
const CAPTURE = Buffer.from(
  'CAASRAjMCBDkAhiAwIncAyC/kfCeByj0l6ABMLogOID+BUD+JUgAUJ0QWgMsDwZiBTXmf+ICahA1ZGEwOTk3NDE0OTIyYThiGLbUyLMGIkC4zqnDST/KDHLihv8Nbks5gu6/XZ8kB/ytvF0YUA0bQoL7QbuPbmNeROcBKNj4ePkKihnjI373E8NaybO0wmte',
  'base64',
)
const CAPTURED_SIGNER: Address = '0x7c6d376b125b43ea5ba5dd0f84e00a4f0c3ad63f'

const must = <T>(result: Result<T>): T => {
  if (!result.ok) throw new RangeError(JSON.stringify(result.refusal))
  return result.value
}

type Seeded = { readonly key: DeviceKey; readonly secret: PrivateKey | undefined; readonly address: Address }
const seeded = (name: string, curve: Curve = 'secp256k1'): Seeded => {
  const secret = keyFor(name, curve)
  const key = publicKeyOf(secret)
  return { key, secret, address: addressOf(key.publicKey) }
}

const captured = (): Seeded => {
  const { digest, signature } = must(openPebble(CAPTURE, CAPTURED_SIGNER))
  const key = recoverKeys(digest, signature).find(({ publicKey }) => addressOf(publicKey) === CAPTURED_SIGNER)
  if (!key) throw new RangeError('the capture does not recover its signer')
  return { key, secret: undefined, address: CAPTURED_SIGNER }
}

export const devices = {
  /** Alice's, on secp256k1. */
  tracker: seeded('tracker'),
  /** Alice's, on P-256. */
  curious: seeded('curious', 'p256'),
  /** Alice's, over Pebble's protocol. */
  pebble: seeded('pebble'),
  /** Alice's, paired by its manufacturer; its one packet is real. */
  captured: captured(),
  /** Alice's in term 1, Bob's in term 2. */
  sold: seeded('sold'),
  /** Bob's; its model and its readings try to be HTML. */
  hostile: seeded('hostile'),
}
export const HOSTILE = '<img/src=x/onerror=alert(1)>'
/** Block in which `sold` changed hands, and its time. */
export const SALE = { block: 21n, at: START + minutes(1) }

const registrationOf = (
  device: Seeded,
  rest: Partial<Registration> & Pick<Registration, 'model' | 'owner'>,
): Registration => ({
  device: device.address,
  key: device.key,
  cell: 0x8a2a1072b59ffffn,
  term: 1,
  grade: 'full',
  revoked: false,
  block: 7n,
  ...rest,
})

export const registrations: readonly Registration[] = [
  registrationOf(devices.tracker, { model: 'tracker-1', owner: alice }),
  registrationOf(devices.curious, { model: 'tracker-1', owner: alice, cell: 0n }),
  registrationOf(devices.pebble, { model: 'pebble-riverrock', owner: alice, grade: 'legacy' }),
  registrationOf(devices.captured, { model: 'pebble-riverrock', owner: alice, grade: 'attested' }),
  registrationOf(devices.sold, { model: 'tracker-1', owner: bob, term: 2, block: SALE.block }),
  registrationOf(devices.hostile, { model: HOSTILE, owner: bob, grade: 'legacy' }),
]
const PEBBLE_IMEI = '350916067070001'

const weather = (at: Millis): Reading['measurements'] => [
  { name: 'temperature', unit: 'Cel', value: 18 + Math.round(300 * Math.sin(at / 600_000)) / 100 },
  { name: 'humidity', unit: '%RH', value: 55.25 },
  { name: 'pressure', unit: 'hPa', value: 1_013.2 },
  { name: 'lat', unit: 'lat', value: 49.92 },
  { name: 'lon', unit: 'lon', value: -97.19 },
]

const native = ({ secret }: Seeded, sequence: bigint, readings: readonly Reading[]): Uint8Array => {
  if (!secret) throw new RangeError('nobody has this key')
  const salt = sha256(utf8ToBytes(`salt ${sequence}`)).subarray(0, 16)
  return sealNative({ key: secret, network, sequence, salt, payload: encodeSenml(readings) })
}

/** A valid packet that no seed holds yet. */
export const freshPacket = (sequence: bigint, at: Millis): Uint8Array =>
  native(devices.tracker, sequence, [{ at, clock: 'device', measurements: weather(at) }])

/** What verify would say of a valid packet. */
export const accepted = (envelope: Envelope, receivedAt: Millis, term: number): Accepted => {
  const times = must(readingsOf(envelope, receivedAt)).map(({ at }) => at)
  const isLate = times.some((at) => receivedAt - at > minutes(60))
  return {
    status: 'accepted',
    envelope,
    term,
    receivedAt,
    readings: times.length,
    from: Math.min(...times),
    to: Math.max(...times),
    flags: isLate ? ['CLOCK_SKEWED'] : [],
    quality: isLate ? 9_000 : 10_000,
  }
}

const nativeVerdict = (
  device: Seeded,
  sent: { at: Millis; sequence: bigint; term?: number; name?: string },
): Accepted => {
  const readings = [sent.at - seconds(20), sent.at - seconds(10)].map((at) => ({
    at,
    clock: 'device' as const,
    measurements: sent.name ? [{ name: 'note', unit: '', value: sent.name }] : weather(at),
  }))
  return accepted(must(openNative(native(device, sent.sequence, readings), network)), sent.at, sent.term ?? 1)
}

const pebbleVerdict = (at: Millis): Accepted => {
  const message = encodeSensor(weather(at), { temperature: 'zigzag', random: '5da0997414922a8b' })
  const { secret, address } = devices.pebble
  if (!secret) throw new RangeError('nobody has this key')
  const raw = sealPebble({ key: secret, kind: 'data', message, timestamp: Math.floor(at / 1_000) })
  return accepted(must(openPebble(raw, address)), at, 1)
}

const refused = (source: string, code: Extract<Verdict, { status: 'refused' }>['code'], at: Millis): Verdict => ({
  status: 'refused',
  code,
  facts: { reason: `seeded at ${at - START}` },
  source,
  standing: 'device',
  digest: undefined,
  raw: Uint8Array.of(1, 2, 3),
  receivedAt: at,
})

/** What arrives in the 20 s up to `at`; sequences rise by the step. */
const arrivals = (at: Millis, step: number): readonly Verdict[] => [
  ...[0, 1, 2].map((n) =>
    nativeVerdict(devices.tracker, { at: at - seconds(6) + n * 1_000, sequence: BigInt(100 * step + n + 1) }),
  ),
  nativeVerdict(devices.curious, { at, sequence: BigInt(step + 1) }),
  pebbleVerdict(at),
  nativeVerdict(devices.sold, { at, sequence: BigInt(step + 1), term: at <= SALE.at ? 1 : 2 }),
  nativeVerdict(devices.hostile, { at, sequence: BigInt(step + 1), name: HOSTILE }),
  ...(step === 0 ? [accepted(must(openPebble(CAPTURE, CAPTURED_SIGNER)), at, 1)] : []),
  refused(devices.tracker.address, 'SEQUENCE_SEEN', at),
  ...(step % 3 === 0 ? [refused(devices.tracker.address, 'BAD_SIGNATURE', at)] : []),
  refused(devices.sold.address, 'QUOTA_EXCEEDED', at),
]

/** Puts the epoch of what was settled since the one before, as the reward stage does. */
const putEpoch = async (store: SeededStore, number: bigint, height: bigint): Promise<void> => {
  const before = await store.rewards.latest()
  const heights = [height]
  const added = await store.rewards.added(before?.heights ?? [0n], heights)
  const epoch = await computeEpoch({ epoch: number, heights, added, earnedBefore: before?.totalEarned ?? 0n }, rules)
  const state = number === BigInt(START / EPOCH) ? 'final' : 'proposed'
  await store.rewards.put({ ...epoch, state, transaction: hashFor(`epoch ${number}`) })
}

/** Three batches in each of two whole epochs, all settled; then one that is sent, and packets that wait. */
export const seed = async (store: SeededStore): Promise<{ readonly files: Files }> => {
  const files = memoryFiles()
  let now = START
  const log = {
    store: store.log,
    files,
    clock: { now: () => now },
    checkpointKey: { ...checkpointKeyOf(sha256(utf8ToBytes('checkpoint'))), network },
  }
  const sold = registrationOf(devices.sold, { model: 'tracker-1', owner: alice })
  await store.registry.learn({ registrations: [sold, ...registrations], block: 30n, blockHash: hashFor('block 30') })
  await store.registry.putImei(PEBBLE_IMEI, devices.pebble.address)
  for (let step = 0; step < 7; step++) {
    now = START + step * seconds(20) + seconds(15)
    const arrived = arrivals(now, step)
    await store.inbox.append(arrived)
    now += seconds(2)
    const header = await cutBatch(log, { lane: 0, maxRecords: 4_096, maxAge: 1 })
    if (!header) throw new RangeError('nothing was cut')
    const transaction = hashFor(`settle ${header.height}`)
    await store.settle.move(0, header.height, { state: 'sent', transaction })
    if (step === 6) break
    const block = 10n + header.height * 2n
    await store.settle.move(0, header.height, { state: 'settled', transaction, block, settledAt: now + seconds(1) })
    if (step % 3 !== 2) continue
    await putEpoch(store, BigInt(Math.floor(now / EPOCH)), header.height)
  }
  await claimFirst(store)
  await store.inbox.append(arrivals(START + minutes(2) + seconds(40), 7))
  return { files }
}

const claimFirst = async (store: SeededStore): Promise<void> => {
  const epoch = BigInt(START / EPOCH)
  const lines = await store.rewards.earnings(epoch)
  const paid = { transaction: hashFor('claim'), block: 40n }
  await store.rewards.putClaims(
    lines.map(({ device, term, amount, cumulative, holder }) => ({
      ...{ epoch, device, term, amount, cumulative, holder, ...paid },
    })),
  )
}
