import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encode } from '../chain/client.ts'
import { sealNative } from '../devices/cose.ts'
import { type Address, addressOf, type DeviceKey } from '../devices/identity.ts'
import { networkId } from '../devices/network.ts'
import type { Reading } from '../devices/packet.ts'
import { attestationDigest, type Pairing, pairingDigest } from '../devices/pairing.ts'
import { openPebble } from '../devices/pebble/packet.ts'
import { readingsOf } from '../devices/readings.ts'
import { encodeSenml } from '../devices/senml.ts'
import { publicKeyOf, recoverKeys, sign } from '../devices/signature.ts'
import type { Hex } from '../devices/units.ts'
import { startTestChain, type TestChain } from '../test/support/chain.ts'
import { openPacket } from './check-packet.ts'
import { headerHash } from './log/header.ts'
import { inclusionProof, leafHash, rootOf } from './log/merkle.ts'
import { encodeRecord, type LogRecord } from './log/record.ts'
import { makeProof, type Proof, type ProofDocument } from './proof.ts'

/*
 * The command as a stranger runs it, in a process of its own, against the real contracts on a real chain.
 */

const program = fileURLToPath(new URL('./cairn.mjs', import.meta.url))
const folder = mkdtempSync(path.join(tmpdir(), 'cairn proofs '))

const cairn = (...args: readonly string[]): Promise<{ code: number; out: string; err: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { cwd: folder }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    )
  })

const save = (name: string, json: unknown): string => {
  const file = path.join(folder, name)
  writeFileSync(file, typeof json === 'string' ? json : JSON.stringify(json))
  return file
}

const capture = Uint8Array.from(
  Buffer.from(
    'CAASRAjMCBDkAhiAwIncAyC/kfCeByj0l6ABMLogOID+BUD+JUgAUJ0QWgMsDwZiBTXmf+ICahA1ZGEwOTk3NDE0OTIyYThiGLbUyLMGIkC4zqnDST/KDHLihv8Nbks5gu6/XZ8kB/ytvF0YUA0bQoL7QbuPbmNeROcBKNj4ePkKihnjI373E8NaybO0wmte',
    'base64',
  ),
)
const pebble: Address = '0x7c6d376b125b43ea5ba5dd0f84e00a4f0c3ad63f'

const keyOfCapture = (): DeviceKey => {
  const opened = openPebble(capture, pebble)
  const keys = opened.ok ? recoverKeys(opened.value.digest, opened.value.signature) : []
  return keys.find(({ publicKey }) => addressOf(publicKey) === pebble) as DeviceKey
}

const tracker = { curve: 'p256', secret: new Uint8Array(32).fill(5) } as const
const trackerKey = publicKeyOf(tracker)
const readings: readonly Reading[] = [20.5, 20.75].map((value, minute) => ({
  at: 1_700_000_000_000 + 60_000 * minute,
  clock: 'device',
  measurements: [{ name: 'temperature', unit: 'Cel', value }],
}))

type Parts = Pick<Proof, 'packet' | 'device' | 'record'>

/** A device paired on the chain as its owner would, and one packet of it. */
const partsOf = (
  chain: TestChain,
  packet: Proof['packet'],
  who: Pick<Proof['device'], 'model' | 'grade'> & { key: DeviceKey },
): Parts => {
  const { chainId, registry, ledger } = chain.deployment
  const { key, ...rest } = who
  const device = { address: addressOf(key.publicKey), ...key, ...rest, term: 1, owner: chain.keys.owner.address }
  const opened = openPacket({ network: { chainId, registry, ledger }, packet, device } as Proof)
  if (!opened.ok) throw new Error(JSON.stringify(opened.refusal))
  const acceptedAt = 1_700_000_100_000
  const said = readingsOf(opened.value, acceptedAt)
  const { format, sequence, digest } = opened.value
  const counted = said.ok ? said.value.length : 0
  const record: LogRecord = {
    format,
    quality: 10_000,
    readings: counted,
    sequence,
    acceptedAt,
    device: device.address,
    digest,
  }
  return { packet, device, record }
}

const pairBoth = async (chain: TestChain): Promise<void> => {
  const { owner, manufacturer } = chain.keys
  const domain = chain.deployment
  const terms = (device: Address, curve: Pairing['curve'], model: string): Pairing => ({
    owner: owner.address,
    device,
    curve,
    model,
    cell: 0n,
    nonce: 0n,
    deadline: 10_000_000_000n,
  })
  const hex = (bytes: Uint8Array): Hex => `0x${bytesToHex(bytes)}`
  const native = terms(addressOf(trackerKey.publicKey), 'p256', 'tracker-1')
  const pairing = pairingDigest(domain, native)
  const paired = encode.pair(native, {
    publicKey: trackerKey.publicKey,
    deviceSignature: sign(tracker, pairing),
    ownerSignature: await owner.account.sign({ hash: hex(pairing) }),
  })
  await chain.send(owner, { to: domain.registry, data: paired })
  const old = terms(pebble, 'secp256k1', 'pebble-riverrock')
  const attested = encode.pairAttested(old, {
    publicKey: keyOfCapture().publicKey,
    manufacturerSignature: await manufacturer.account.sign({ hash: hex(attestationDigest(domain, old)) }),
    ownerSignature: await owner.account.sign({ hash: hex(pairingDigest(domain, old)) }),
  })
  await chain.send(owner, { to: domain.registry, data: attested })
}

/** One batch with both packets among others, settled; and the proof of each. */
const settleBoth = async (chain: TestChain): Promise<readonly ProofDocument[]> => {
  const { chainId, registry, ledger } = chain.deployment
  const payload = encodeSenml(readings)
  const raw = sealNative({
    key: tracker,
    network: networkId(chainId, registry),
    sequence: 7n,
    salt: new Uint8Array(16),
    payload,
  })
  const both = [
    partsOf(chain, { framing: 'native', raw }, { key: trackerKey, model: 'tracker-1', grade: 'full' }),
    partsOf(
      chain,
      { framing: 'pebble', raw: capture },
      { key: keyOfCapture(), model: 'pebble-riverrock', grade: 'attested' },
    ),
  ]
  const leaves = [...both.map(({ record }) => encodeRecord(record)), new Uint8Array(76)].map(leafHash)
  const hash = new Uint8Array(32).fill(1)
  const header: Proof['header'] = {
    lane: 0,
    height: 1n,
    from: 0n,
    size: 3n,
    root: rootOf(leaves),
    witnessRoot: hash,
    summaryRoot: hash,
    dataHash: hash,
    layoutVersion: 1,
    closedAt: 1_700_000_200_000,
  }
  const transaction = await chain.send(chain.keys.operator, { to: ledger, data: encode.settle(header, []) })
  const { blockNumber } = await chain.client.getTransactionReceipt({ hash: transaction })
  return both.map((parts, index) =>
    makeProof({
      ...parts,
      network: { chainId, registry, ledger },
      index: BigInt(index),
      inclusion: inclusionProof(leaves, index),
      header,
      settlement: { transaction, block: blockNumber },
      readings: index === 0 ? readings : undefined,
    }),
  )
}

let chain: TestChain
let native: ProofDocument
let old: ProofDocument
let site: Server
let siteUrl = ''

beforeAll(async () => {
  chain = await startTestChain()
  await pairBoth(chain)
  ;[native, old] = (await settleBoth(chain)) as [ProofDocument, ProofDocument]
  const page = {
    device: native.device.address,
    readings: readings.map((reading) => ({ ...reading, proof: native })),
    next: null,
  }
  site = createServer((request, response) => {
    const isKnown = request.url === '/readings' && request.headers.authorization === 'Bearer secret'
    response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' })
    response.end(JSON.stringify(isKnown ? page : { code: 'UNAUTHORIZED' }))
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  siteUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}/readings`
})

afterAll(async () => {
  site?.close()
  await chain?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const ticks = (out: string): string[] =>
  [...out.matchAll(/^ {2}([✓✗]) (\w+)/gm)].map(([, tick, name]) => `${tick} ${name}`)
const all = [
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

describe('cairn verify', () => {
  test('proves a native packet from signature to chain', async () => {
    const { code, out, err } = await cairn('verify', save('native.json', native), '--rpc', chain.url)
    expect([code, err]).toEqual([0, ''])
    expect(ticks(out)).toEqual(all.map((name) => `✓ ${name}`))
    expect(out).toMatch(/\nproven\n$/)
  })

  test('proves the real Pebble capture, and warns until the registry is pinned', async () => {
    const file = save('pebble.json', old)
    const free = await cairn('verify', file, '--rpc', chain.url)
    expect([free.code, free.err]).toEqual([0, ''])
    expect(free.out).toContain('grade attested')
    expect(free.out).toContain('temperature 20.77 Cel')
    expect(free.out).toMatch(/! A Pebble’s signature names no network/)
    const pinned = await cairn(
      'verify',
      file,
      '--rpc',
      chain.url,
      '--network',
      chain.deployment.registry.toUpperCase().replace('0X', '0x'),
    )
    expect(pinned.code).toBe(0)
    expect(pinned.out).not.toContain('!')
  })

  test('proves each reading of a page, or the one asked for', async () => {
    const page = await cairn('verify', siteUrl, '--rpc', chain.url, '--token', 'secret')
    expect([page.code, page.err]).toEqual([0, ''])
    expect(page.out).toContain('reading 2 of 2')
    expect(page.out).toMatch(/proven: all 2\n$/)
    const one = await cairn('verify', siteUrl, '--rpc', chain.url, '--token', 'secret', '--index', '1')
    expect(ticks(one.out)).toEqual(all.map((name) => `✓ ${name}`))
    const none = await cairn('verify', siteUrl, '--rpc', chain.url, '--token', 'secret', '--index', '2')
    expect([none.code, none.err]).toEqual([1, expect.stringContaining('--index 2 is none of them')])
  })

  test('stops at the first step that fails, and ends with 1', async () => {
    const spoilt = { ...native, header: { ...native.header, closedAt: native.header.closedAt + 1 } }
    const { code, out } = await cairn('verify', save('spoilt.json', spoilt), '--rpc', chain.url)
    expect(code).toBe(1)
    expect(ticks(out).at(-1)).toBe('✗ settlement')
    expect(out).toContain('is settled with another header')
    expect(out).toMatch(/not proven: 1 of 1\n$/)
  })

  test('one reading changed on a page fails the page', async () => {
    const [first, second] = readings as [Reading, Reading]
    const warmer = { ...second, measurements: [{ name: 'temperature', unit: 'Cel', value: 35 }] }
    const page = {
      readings: [
        { ...first, proof: native },
        { ...warmer, proof: native },
        { ...first, proof: null },
      ],
    }
    const { code, out } = await cairn('verify', save('page.json', page), '--rpc', chain.url)
    expect(code).toBe(1)
    expect(out).toContain('served, but not signed: 2023-11-14T22:14:20.000Z temperature 35 Cel')
    expect(out).toContain('carries no proof')
    expect(out).toMatch(/not proven: 2 of 3\n$/)
  })

  test('tells the chain that the proof is of, when the RPC is of another', async () => {
    const elsewhere = { ...old, network: { ...old.network, chainId: 4690 } }
    const { code, out } = await cairn('verify', save('elsewhere.json', elsewhere), '--rpc', chain.url)
    expect(code).toBe(1)
    expect(out).toContain('✗ chain      the RPC is of chain 31337, the proof of chain 4690')
  })

  test('refuses contracts that the reader did not name', async () => {
    const { code, out } = await cairn(
      'verify',
      save('p.json', old),
      '--rpc',
      chain.url,
      '--network',
      chain.deployment.token,
    )
    expect([code, ticks(out).at(-1)]).toEqual([1, '✗ network'])
  })

  test('lets no control character through to the terminal', async () => {
    const hostile = { ...native, '\u001b[2J\u202e': 1 }
    const { out } = await cairn('verify', save('hostile.json', hostile), '--rpc', chain.url)
    expect(out).toContain('✗ document')
    for (const character of ['\u001b', '\u202e']) expect(out).not.toContain(character)
  })

  test.each([
    [['verify', 'nowhere.json', '--rpc', 'http://127.0.0.1:1'], 'nowhere.json cannot be read'],
    [['verify', 'http://127.0.0.1:9/x', '--rpc', 'http://127.0.0.1:1'], 'cannot be reached'],
    [['verify', save('prose.json', 'once upon'), '--rpc', 'http://127.0.0.1:1'], 'is not JSON'],
    [['verify', save('empty.json', { readings: [] }), '--rpc', 'http://127.0.0.1:1'], 'holds no readings'],
    [['verify', 'x.json'], '--rpc must be'],
    [['verify', 'x.json', '--rpc', 'localhost:8545'], '--rpc must be'],
    [['verify', 'x.json', '--rpc', 'http://x', '--network', '0x12'], '--network must be an address'],
    [['verify', 'x.json', '--rpc', 'http://x', '--index', '-1'], 'index'],
    [['verify', 'x.json', '--rpc', 'http://x', '--index', 'two'], '--index must be a number'],
    [['verify', '--rpc', 'http://x'], 'name one FILE or URL'],
    [['verify', 'x.json', '--nonsense'], 'cairn --help'],
    [['fly'], 'there is no command fly'],
  ])('%j is told in one line', async (args, said) => {
    const { code, out, err } = await cairn(...(args as string[]))
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain(said)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  })

  test('an RPC that does not answer fails the step that needs it', async () => {
    const away = await cairn('verify', save('n.json', native), '--rpc', 'http://127.0.0.1:9')
    expect([away.code, ticks(away.out).at(-1)]).toEqual([1, '✗ chain'])
    expect(away.out).toContain('cannot be reached')
    const notRpc = await cairn('verify', save('n.json', native), '--rpc', siteUrl)
    expect([notRpc.code, ticks(notRpc.out).at(-1)]).toEqual([1, '✗ chain'])
  })

  test('an answer that needs a token says so', async () => {
    const { code, err } = await cairn('verify', siteUrl, '--rpc', chain.url)
    expect([code, err]).toEqual([1, expect.stringContaining('answers HTTP 401')])
  })

  test('--help shows every option, and so does nothing', async () => {
    const [help, nothing] = [await cairn('--help'), await cairn()]
    expect([help.code, nothing.out]).toEqual([0, help.out])
    for (const option of ['--rpc', '--network', '--index', '--token']) expect(help.out).toContain(option)
  })
})

describe('the header hash', () => {
  test('is what the contract stores', async () => {
    const header = { ...native.header, height: 1n, from: 0n, size: 3n }
    const hashes = ['root', 'witnessRoot', 'summaryRoot', 'dataHash'] as const
    const bytes = Object.fromEntries(hashes.map((name) => [name, hexToBytes(native.header[name].slice(2))]))
    const hash = headerHash({ ...header, ...(bytes as Record<(typeof hashes)[number], Uint8Array>) })
    const logs = await chain.client.getLogs({ address: chain.deployment.ledger, fromBlock: 1n })
    expect(logs.some(({ data }) => data.endsWith(bytesToHex(hash)))).toBe(true)
  })
})
