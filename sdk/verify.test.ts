import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { type Abi, decodeFunctionData, encodeFunctionResult, type Hex } from 'viem'
import { describe, expect, test } from 'vitest'
import { deviceRegistry } from '../chain/generated/device-registry.ts'
import { laneLedger } from '../chain/generated/lane-ledger.ts'
import { sealNative } from '../devices/cose.ts'
import { type Address, addressOf, type Curve, type DeviceKey } from '../devices/identity.ts'
import { networkId } from '../devices/network.ts'
import type { Envelope, Reading } from '../devices/packet.ts'
import { openPebble, sealPebble } from '../devices/pebble/packet.ts'
import { readingsOf } from '../devices/readings.ts'
import { encodeSenml } from '../devices/senml.ts'
import { publicKeyOf, recoverKeys } from '../devices/signature.ts'
import { withOtherS } from '../test/support/packets.ts'
import { openPacket } from './check-packet.ts'
import { type Header, headerHash } from './log/header.ts'
import { inclusionProof, leafHash, rootOf } from './log/merkle.ts'
import { encodeRecord } from './log/record.ts'
import { makeProof, type Proof } from './proof.ts'
import type { ChainReader } from './rpc.ts'
import { provenIn } from './served.ts'
import { isProven, type VerifyOptions, verifyProof } from './verify.ts'

/*
 * The chain here answers through the contracts' own ABI, encoded by viem, so that the verifier's hand-written encoding is held to it.
 */

const chainId = 4690
const registry: Address = `0x${'11'.repeat(20)}`
const ledger: Address = `0x${'22'.repeat(20)}`
const owner: Address = `0x${'44'.repeat(20)}`
const stranger: Address = `0x${'99'.repeat(20)}`

type World = {
  readonly chainId: number
  readonly ledger: Address
  readonly key: DeviceKey
  readonly term: number
  /** As the contract numbers it. */
  readonly grade: number
  readonly revokedFrom: bigint
  readonly model: string
  readonly holders: readonly Address[]
  readonly headerHash: Hex
  readonly size: bigint
}

const wordOf = (bytes: Uint8Array): Hex => `0x${bytesToHex(bytes)}`
const modelWord = (model: string): Hex => `0x${bytesToHex(new TextEncoder().encode(model)).padEnd(64, '0')}`

const answersOf = (world: World, device: Address): Readonly<Record<string, (args: readonly unknown[]) => unknown>> => ({
  ledger: () => world.ledger,
  holderOf: ([asked, term]) =>
    asked === device ? (world.holders[Number(term) - 1] ?? `0x${'0'.repeat(40)}`) : stranger,
  registrationOf: () => ({
    owner: world.holders[world.term - 1] ?? `0x${'0'.repeat(40)}`,
    term: world.term,
    curve: world.key.curve === 'secp256k1' ? 1 : 2,
    grade: world.grade,
    cell: 0n,
    revokedFrom: world.revokedFrom,
    model: modelWord(world.model),
    x: wordOf(world.key.publicKey.subarray(0, 32)),
    y: wordOf(world.key.publicKey.subarray(32)),
  }),
  headerHashOf: ([lane, height]) => (lane === 0 && height === 2n ? world.headerHash : `0x${'0'.repeat(64)}`),
  laneOf: () => [world.size, 2n, 1_800_000_005_000n, `0x${'77'.repeat(32)}`],
})

const openChain = (world: World, device: Address): ChainReader => ({
  chainId: async () => world.chainId,
  call: async (to, data) => {
    const abi = ({ [registry]: deviceRegistry.abi, [ledger]: laneLedger.abi } as Record<Address, Abi>)[to]
    if (!abi) return new Uint8Array(0)
    const { functionName, args = [] } = decodeFunctionData({ abi, data: wordOf(data) })
    const result = answersOf(world, device)[functionName]?.(
      args.map((arg) => (typeof arg === 'string' ? arg.toLowerCase() : arg)),
    )
    return hexToBytes(encodeFunctionResult({ abi, functionName, result }).slice(2))
  },
})

const readings: readonly Reading[] = [
  { at: 1_800_000_000_000, clock: 'device', measurements: [{ name: 'temperature', unit: 'Cel', value: 20.5 }] },
  { at: 1_800_000_060_000, clock: 'device', measurements: [{ name: 'temperature', unit: 'Cel', value: 20.75 }] },
]

const nativePacket = (curve: Curve, registryOf = registry): { raw: Uint8Array; key: DeviceKey } => {
  const key = { curve, secret: new Uint8Array(32).fill(5) }
  const network = networkId(chainId, registryOf)
  const payload = encodeSenml(readings)
  return {
    raw: sealNative({ key, network, sequence: 9n, salt: new Uint8Array(16).fill(6), payload }),
    key: publicKeyOf(key),
  }
}

/** reference/pebble.md: sent by a Riverrock in 2024, high-S. */
const capture = Uint8Array.from(
  Buffer.from(
    'CAASRAjMCBDkAhiAwIncAyC/kfCeByj0l6ABMLogOID+BUD+JUgAUJ0QWgMsDwZiBTXmf+ICahA1ZGEwOTk3NDE0OTIyYThiGLbUyLMGIkC4zqnDST/KDHLihv8Nbks5gu6/XZ8kB/ytvF0YUA0bQoL7QbuPbmNeROcBKNj4ePkKihnjI373E8NaybO0wmte',
    'base64',
  ),
)

const pebblePacket = (): { raw: Uint8Array; key: DeviceKey } => {
  const device: Address = '0x7c6d376b125b43ea5ba5dd0f84e00a4f0c3ad63f'
  const opened = openPebble(capture, device)
  if (!opened.ok) throw new Error('the capture does not open')
  const { digest, signature } = opened.value
  const key = recoverKeys(digest, signature).find(({ publicKey }) => addressOf(publicKey) === device)
  if (!key) throw new Error('the capture is not its device’s')
  return { raw: capture, key }
}

type Scene = { readonly proof: Proof; readonly world: World }

/** A packet on its way to the chain, all of it as it should be: third of five records, in the second batch of lane 0. */
const sceneOf = (framing: 'native' | 'pebble', { raw, key }: { raw: Uint8Array; key: DeviceKey }): Scene => {
  const address = addressOf(key.publicKey)
  const model = framing === 'pebble' ? 'pebble-riverrock' : 'tracker-1'
  const grade = framing === 'pebble' ? 'attested' : 'full'
  const network = { chainId, registry, ledger }
  const device = { address, ...key, model, grade, term: 1, owner } as const
  const opened = openPacket({ network, packet: { framing, raw }, device } as Proof)
  if (!opened.ok) throw new Error(JSON.stringify(opened.refusal))
  const envelope: Envelope = opened.value
  const acceptedAt = 1_800_000_000_500
  const said = readingsOf(envelope, acceptedAt)
  if (!said.ok) throw new Error(JSON.stringify(said.refusal))
  const { format, sequence, digest } = envelope
  const record = { format, quality: 9_500, readings: said.value.length, sequence, acceptedAt, device: address, digest }
  const leaves = [1, 2, 0, 3, 4].map((fill) =>
    leafHash(fill === 0 ? encodeRecord(record) : new Uint8Array(76).fill(fill)),
  )
  const hash = (fill: number) => new Uint8Array(32).fill(fill)
  const header: Header = {
    lane: 0,
    height: 2n,
    from: 1n,
    size: 5n,
    root: rootOf(leaves),
    witnessRoot: hash(1),
    summaryRoot: hash(2),
    dataHash: hash(3),
    layoutVersion: 1,
    closedAt: 1_800_000_005_000,
  }
  const proof: Proof = {
    network,
    packet: { framing, raw },
    device,
    record,
    index: 2n,
    inclusion: inclusionProof(leaves, 2),
    header,
    settlement: { transaction: `0x${'ab'.repeat(32)}`, block: 17n },
    readings: said.value,
  }
  const world: World = {
    chainId,
    ledger,
    key,
    term: 1,
    grade: grade === 'attested' ? 3 : 1,
    revokedFrom: 0n,
    model,
    holders: [owner],
    headerHash: wordOf(headerHash(header)),
    size: 5n,
  }
  return { proof, world }
}

const verify = async ({ proof, world }: Scene, options: VerifyOptions = {}) => {
  const document: unknown = JSON.parse(JSON.stringify(makeProof(proof)))
  return verifyProof(document, openChain(world, proof.device.address), options)
}

/** The step that failed, and how it said so. */
const failure = async (scene: Scene, options: VerifyOptions = {}): Promise<string> => {
  const steps = await verify(scene, options)
  expect(steps.slice(0, -1).every(({ ok }) => ok)).toBe(true)
  const last = steps.at(-1)
  return last && !last.ok ? `${last.name}: ${last.detail}` : 'proven'
}

const native = sceneOf('native', nativePacket('secp256k1'))
const pebble = sceneOf('pebble', pebblePacket())
const flipped = (bytes: Uint8Array, at: number): Uint8Array => bytes.with(at, (bytes[at] as number) ^ 1)

const names = [
  'document',
  'packet',
  'signature',
  'chain',
  'network',
  'device',
  'readings',
  'record',
  'inclusion',
  'settlement',
  'lane',
]

describe('a good proof', () => {
  test.each([
    ['of a native packet on secp256k1', native],
    ['of a native packet on P-256', sceneOf('native', nativePacket('p256'))],
    ['of the real Pebble capture, high-S', pebble],
  ])('%s holds, step by step', async (_, scene) => {
    const steps = await verify(scene)
    expect(steps.map(({ name, ok }) => `${name} ${ok}`)).toEqual(names.map((name) => `${name} true`))
    expect(isProven(steps)).toBe(true)
  })

  test('says what the signed bytes measured', async () => {
    const step = (await verify(pebble)).find(({ name }) => name === 'readings')
    expect(step?.detail).toContain('2024-06-19T00:45:42.000Z')
    expect(step?.detail).toContain('temperature 20.77 Cel')
    expect(step?.detail).toContain('pressure 980.48 hPa')
  })

  test('warns that a Pebble’s signature names no network, until the reader pins it', async () => {
    const warnings = async (scene: Scene, options: VerifyOptions) =>
      (await verify(scene, options)).flatMap(({ warning }) => warning ?? [])
    expect(await warnings(pebble, {})).toEqual([expect.stringContaining('--network ADDRESS')])
    expect(await warnings(pebble, { network: registry })).toEqual([])
    expect(await warnings(native, {})).toEqual([])
  })

  test('holds after the device was transferred, its key rotated or revoked, and says so', async () => {
    const { proof, world } = native
    const later = { ...world, term: 2, holders: [owner, stranger], model: 'other' }
    expect(await failure({ proof, world: later })).toBe('proven')
    const rotated = { ...world, key: nativePacket('p256').key }
    const said = async (world: World) => (await verify({ proof, world })).find(({ name }) => name === 'device')?.detail
    expect(await said(rotated)).toContain('its first key, rotated since')
    expect(await said({ ...world, revokedFrom: 99n })).toContain('revoked the key from block 99')
  })

  test('a packet with the larger s is the same packet: what is logged has the smaller one', async () => {
    const raw = withOtherS('secp256k1', native.proof.packet.raw)
    const packet = { framing: 'native', raw } as const
    expect(await failure({ ...native, proof: { ...native.proof, packet } })).toBe('proven')
  })

  test('holds with no readings, or some of them, beside it', async () => {
    expect(await failure({ ...native, proof: { ...native.proof, readings: undefined } })).toBe('proven')
    expect(await failure({ ...native, proof: { ...native.proof, readings: readings.slice(1) } })).toBe('proven')
    expect(await failure(native, { served: readings })).toBe('proven')
  })
})

type Spoil = (scene: Scene) => { readonly proof?: Partial<Proof>; readonly world?: Partial<World> }

const device = (change: Partial<Proof['device']>) => (scene: Scene) => ({
  proof: { device: { ...scene.proof.device, ...change } },
})
const record = (change: Partial<Proof['record']>) => (scene: Scene) => ({
  proof: { record: { ...scene.proof.record, ...change } },
})
const header = (change: Partial<Header>) => (scene: Scene) => ({
  proof: { header: { ...scene.proof.header, ...change } },
})
const network = (change: Partial<Proof['network']>) => (scene: Scene) => ({
  proof: { network: { ...scene.proof.network, ...change } },
})
const world = (change: Partial<World>) => () => ({ world: change })

const otherKey = publicKeyOf({ curve: 'secp256k1', secret: new Uint8Array(32).fill(8) })

describe('a proof spoilt in one place fails where it is spoilt', () => {
  const cases: readonly (readonly [what: string, failing: string, Spoil])[] = [
    [
      'packet cut short',
      'packet',
      ({ proof }) => ({ proof: { packet: { ...proof.packet, raw: proof.packet.raw.slice(1) } } }),
    ],
    [
      'packet read as a Pebble’s',
      'packet',
      ({ proof }) => ({ proof: { packet: { ...proof.packet, framing: 'pebble' } } }),
    ],
    [
      'last bit of the signature',
      'signature',
      ({ proof }) => ({
        proof: { packet: { ...proof.packet, raw: flipped(proof.packet.raw, proof.packet.raw.length - 1) } },
      }),
    ],
    ['another device', 'signature', device({ address: stranger })],
    ['another key', 'signature', device({ publicKey: otherKey.publicKey })],
    ['another curve', 'signature', device({ curve: 'p256' })],
    ['another registry, which the device did not sign for', 'signature', network({ registry: stranger })],
    ['another chain, which the device did not sign for', 'signature', network({ chainId: 1 })],
    ['RPC of another chain', 'chain', world({ chainId: 1 })],
    ['another ledger', 'network', network({ ledger: stranger })],
    ['registry that names another ledger', 'network', world({ ledger: stranger })],
    ['device never paired', 'device', world({ term: 0 })],
    ['another owner', 'device', device({ owner: stranger })],
    ['term that never was', 'device', device({ term: 2 })],
    ['another model', 'device', device({ model: 'pebble-gravel' })],
    ['better grade', 'device', world({ grade: 3 })],
    ['grade that its model suggests, and its pairing does not', 'device', world({ grade: 2 })],
    ['grade that this verifier does not know', 'device', world({ grade: 4 })],
    [
      'reading with another value',
      'readings',
      () => ({
        proof: {
          readings: [{ ...readings[0], measurements: [{ name: 'temperature', unit: 'Cel', value: 21 }] } as Reading],
        },
      }),
    ],
    ['reading at another time', 'readings', () => ({ proof: { readings: [{ ...readings[0], at: 1 } as Reading] } })],
    [
      'reading with a measurement left out',
      'readings',
      () => ({ proof: { readings: [{ ...readings[0], measurements: [] } as unknown as Reading] } }),
    ],
    ['record of another device', 'record', record({ device: stranger })],
    ['record of another sequence', 'record', record({ sequence: 10n })],
    ['record of another digest', 'record', record({ digest: new Uint8Array(32) })],
    ['record of another format', 'record', record({ format: 'cose-es256' })],
    ['record that counts more readings', 'record', record({ readings: 3 })],
    ['record of another quality', 'inclusion', record({ quality: 10_000 })],
    ['record accepted at another time', 'inclusion', record({ acceptedAt: 1 })],
    ['another index', 'inclusion', () => ({ proof: { index: 3n } })],
    ['index beyond the log', 'inclusion', () => ({ proof: { index: 5n } })],
    [
      'path without its last hash',
      'inclusion',
      ({ proof }) => ({ proof: { inclusion: proof.inclusion.slice(0, -1) } }),
    ],
    ['another root', 'inclusion', header({ root: new Uint8Array(32) })],
    ['another size', 'inclusion', header({ size: 1_000n })],
    ['height that is not settled', 'settlement', header({ height: 3n })],
    ['lane that does not exist', 'settlement', header({ lane: 1 })],
    ['another closing time', 'settlement', header({ closedAt: 1_800_000_005_001 })],
    ['another witness root', 'settlement', header({ witnessRoot: new Uint8Array(32) })],
    ['lane settled short of it', 'lane', world({ size: 4n })],
  ]

  test.each(cases)('%s: %s', async (_, failing, spoil) => {
    const change = spoil(native)
    const scene = { proof: { ...native.proof, ...change.proof } as Proof, world: { ...native.world, ...change.world } }
    expect((await failure(scene)).split(':')[0]).toBe(failing)
  })

  test('the network that the reader pinned is the only one', async () => {
    expect(await failure(pebble, { network: stranger })).toContain(
      `network: the proof is of the network of ${registry}`,
    )
  })

  test('every bit of the capture counts', async () => {
    for (let at = 0; at < capture.length; at++) {
      const packet = { framing: 'pebble', raw: flipped(capture, at) } as const
      expect(['packet', 'signature']).toContain(
        (await failure({ ...pebble, proof: { ...pebble.proof, packet } })).split(':')[0],
      )
    }
  })

  test('a packet whose r is below 2^129, which no contract may be able to check', async () => {
    const { raw } = native.proof.packet
    const small = new Uint8Array([...raw.subarray(0, -64), ...new Uint8Array(15), 1, ...raw.subarray(-48)])
    const packet = { framing: 'native', raw: small } as const
    expect(await failure({ ...native, proof: { ...native.proof, packet } })).toContain('below 2^129')
  })

  test('a packet that a stranger signed in a Pebble’s name', async () => {
    const secret = new Uint8Array(32).fill(8)
    const opened = openPebble(capture, pebble.proof.device.address)
    const message = opened.ok ? opened.value.payload : new Uint8Array(0)
    const raw = sealPebble({ key: { curve: 'secp256k1', secret }, kind: 'data', message, timestamp: 1_718_757_943 })
    const packet = { framing: 'pebble', raw } as const
    const device = { ...pebble.proof.device, publicKey: otherKey.publicKey }
    expect(await failure({ ...pebble, proof: { ...pebble.proof, packet, device } })).toContain(
      'device: the key in the proof is not',
    )
  })
})

describe('what cannot be asked', () => {
  test('no JSON is a proof by accident', async () => {
    const chain = openChain(native.world, native.proof.device.address)
    for (const json of [null, [], 'proof', 1, {}, { version: 'cairn-proof/1' }, { version: 'cairn-proof/2' }]) {
      const steps = await verifyProof(json, chain)
      expect(steps).toEqual([{ name: 'document', ok: false, detail: expect.stringContaining('is no cairn-proof/1') }])
    }
  })

  test('a chain that does not answer is a step that fails', async () => {
    const away: ChainReader = {
      chainId: async () => Promise.reject(new Error('the RPC at http://x cannot be reached')),
      call: async () => new Uint8Array(0),
    }
    const steps = await verifyProof(JSON.parse(JSON.stringify(makeProof(native.proof))), away)
    expect(steps.at(-1)).toEqual({ name: 'chain', ok: false, detail: 'the RPC at http://x cannot be reached' })
  })

  test('an address without a contract, or with another one, is told as that', async () => {
    const answering = (bytes: Uint8Array): ChainReader => ({ chainId: async () => chainId, call: async () => bytes })
    const document = JSON.parse(JSON.stringify(makeProof(native.proof)))
    const said = async (bytes: Uint8Array) => (await verifyProof(document, answering(bytes))).at(-1)?.detail
    expect(await said(new Uint8Array(0))).toContain(`there is no such contract at ${registry}`)
    expect(await said(new Uint8Array(31))).toContain('in another form')
  })
})

describe('answers of the gateway', () => {
  const document = makeProof(native.proof)
  const [first, second] = readings as [Reading, Reading]

  test('hold their proofs with what stood beside each', () => {
    expect(provenIn(document)).toMatchObject([{ document, served: [] }])
    expect(provenIn({ device: 'x', sequence: '9', proof: document, readings })).toMatchObject([
      { document, served: readings },
    ])
    expect(
      provenIn({
        readings: [
          { ...first, index: 0, proof: document },
          { ...second, index: 1, proof: null },
        ],
        next: null,
      }),
    ).toMatchObject([
      { document, served: [first] },
      { document: null, served: [second] },
    ])
    expect(provenIn({ readings: [] })).toEqual([])
    expect(provenIn(17)).toMatchObject([{ document: 17, served: [] }])
  })

  test('fail when what stood beside a proof is not what was signed', async () => {
    const served = async (item: object, page: object = {}) => {
      const [found] = provenIn({ ...page, readings: [{ ...item, proof: document }] })
      return failure(native, { served: found?.served ?? [], said: found?.said ?? {} })
    }
    expect(await served(first)).toBe('proven')
    expect(await served({ ...first, at: 0 })).toContain('readings: served, but not signed')
    expect(await served({ ...first, measurements: 'none' })).toContain('readings: served, but not signed')
    expect(await served({ ...first, quality: 10_001 })).toContain('record: served with quality 10001')
    expect(await served({ ...first, sequence: '0' })).toContain('record: served with sequence 0')
    expect(await served({ ...first, acceptedAt: {} })).toContain('record: served with acceptedAt')
    expect(await served({ ...first, grade: 'legacy' })).toContain('record: served with grade legacy')
    expect(await served({ ...first, grade: 'full' }, { device: native.proof.device.address })).toBe('proven')
    // A page of one device with the readings of another.
    expect(await served(first, { device: registry })).toContain(`record: served with device ${registry}`)
    expect(await served({})).toContain('readings: served, but not signed')
  })
})
