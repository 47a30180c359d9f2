import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Address } from '../../devices/identity.ts'
import { checkpointKeyOf, openCheckpoint, originOf } from '../../sdk/log/checkpoint.ts'
import { decodeHeader, type Header, headerHash } from '../../sdk/log/header.ts'
import {
  EMPTY_ROOT,
  inclusionProof,
  leafHash,
  logConsistency,
  logInclusion,
  rootOf,
  type TileId,
  verifyConsistency,
  verifyInclusion,
} from '../../sdk/log/merkle.ts'
import { decodeRecord, RECORD_BYTES } from '../../sdk/log/record.ts'
import { decodeSummary, SUMMARY_BYTES, type Summary } from '../../sdk/log/summary.ts'
import { encodeWitness } from '../../sdk/log/witness.ts'
import { type Accepted, type Files, type LogStore, type PendingRecord, termKey } from '../ports.ts'
import { memoryStore } from '../store/memory.ts'
import { cutBatch, type LogPorts } from './batch.ts'
import { memoryFiles } from './files.ts'
import { batchPath, checkpointPath } from './layout.ts'
import { republish } from './publish.ts'

const network = new Uint8Array(32).fill(0xca)
const key = checkpointKeyOf(new Uint8Array(32).fill(1))
const deviceOf = (name: number): Address => `0x${bytesToHex(sha256(Uint8Array.of(name)).subarray(0, 20))}`

const record = (change: Partial<PendingRecord> & { sequence: bigint }): PendingRecord => {
  const { sequence, device = deviceOf(1) } = change
  const digest = sha256(utf8ToBytes(`${device} ${sequence}`))
  const signature = new Uint8Array([...digest, ...digest])
  return {
    format: 'cose-es256k',
    quality: 10_000,
    readings: 1,
    acceptedAt: 1_000,
    device,
    digest,
    term: 1,
    signature,
    ...change,
  }
}

/** As verify hands it to the inbox; what the log does not read is left plain. */
const acceptedOf = ({ term, quality, readings, acceptedAt, ...rest }: PendingRecord): Accepted => ({
  status: 'accepted',
  envelope: { ...rest, payload: rest.digest, kind: 'data', raw: rest.digest },
  receivedAt: acceptedAt,
  from: acceptedAt,
  to: acceptedAt,
  flags: [],
  term,
  quality,
  readings,
})

const open = (files: Files = memoryFiles()) => {
  const { inbox, log: store } = memoryStore()
  const clock = { at: 1_000, now: () => clock.at }
  const ports: LogPorts = { store, files, clock, checkpointKey: { ...key, network } }
  const cut = (maxRecords = 1_000, maxAge = 0): Promise<Header | undefined> =>
    cutBatch(ports, { lane: 0, maxRecords, maxAge })
  const arrive = (...records: readonly PendingRecord[]) => inbox.append(records.map(acceptedOf))
  return { store, files, clock, ports, cut, arrive }
}

const rowsOf = (file: Uint8Array | undefined, width: number): Uint8Array[] =>
  Array.from({ length: (file?.length ?? 0) / width }, (_, at) =>
    (file as Uint8Array).slice(width * at, width * (at + 1)),
  )

/** What a stranger reads: the published files of every batch, with nothing of the database. */
const published = async (files: Files) => {
  const batches = []
  for (let height = 1n; ; height++) {
    const get = (name: string) => files.get(`${batchPath(0, height)}/${name}`)
    const header = await get('header')
    if (!header) return batches
    batches.push({
      header: decodeHeader(header),
      bodiesFile: (await get('bodies')) as Uint8Array,
      bodies: rowsOf(await get('bodies'), RECORD_BYTES),
      signatures: rowsOf(await get('witnesses'), 64),
      summaries: rowsOf(await get('summaries'), SUMMARY_BYTES),
    })
  }
}

const compare = (a: { device: string; sequence: bigint }, b: { device: string; sequence: bigint }): number =>
  a.device < b.device ? -1 : a.device > b.device ? 1 : a.sequence < b.sequence ? -1 : 1

/** All that the design promises of a published lane, checked from its files alone. Answers its records in the log's order. */
const checkLane = async (files: Files) => {
  const batches = await published(files)
  const leaves = batches.flatMap(({ bodies }) => bodies.map(leafHash))
  const newest = new Map<string, { summary: Summary; height: bigint }>()
  let [size, closedAt] = [0n, 0]
  for (const { header, bodiesFile, bodies, signatures, summaries } of batches) {
    expect(header.from).toBe(size)
    expect(header.size).toBe(size + BigInt(bodies.length))
    expect(bodies.length).toBeGreaterThan(0)
    expect(header.closedAt).toBeGreaterThanOrEqual(closedAt)
    expect(header.root).toEqual(rootOf(leaves.slice(0, Number(header.size))))
    expect(header.dataHash).toEqual(sha256(bodiesFile))
    expect(header.summaryRoot).toEqual(rootOf(summaries.map(leafHash)))
    expect(header.witnessRoot).toEqual(
      rootOf(bodies.map((body, at) => leafHash(encodeWitness(body, signatures[at] as Uint8Array)))),
    )
    const records = bodies.map(decodeRecord)
    expect(records).toEqual(records.toSorted(compare))
    let next = header.from
    for (const summary of summaries.map(decodeSummary)) {
      expect(summary.first).toBe(next)
      const run = records.slice(Number(summary.first - header.from), Number(summary.end - header.from))
      expect(run.length).toBeGreaterThan(0)
      expect(run.every(({ device }) => device === summary.device)).toBe(true)
      const before = newest.get(termKey(summary.device, summary.term))
      expect(summary.previousHeight).toBe(before?.height ?? 0n)
      expect(summary.totalRecords).toBe((before?.summary.totalRecords ?? 0n) + BigInt(run.length))
      const score = run.reduce((sum, { quality }) => sum + BigInt(quality), 0n)
      expect(summary.totalScore).toBe((before?.summary.totalScore ?? 0n) + score)
      newest.set(termKey(summary.device, summary.term), { summary, height: header.height })
      next = summary.end
    }
    expect(next).toBe(header.size)
    ;[size, closedAt] = [header.size, header.closedAt]
  }
  return { batches, leaves, newest, records: batches.flatMap(({ bodies }) => bodies.map(decodeRecord)) }
}

describe('a batch', () => {
  test('is not cut when nothing waits', async () => {
    const lane = open()
    expect(await lane.cut()).toBeUndefined()
    expect(await lane.files.get(checkpointPath(0))).toBeUndefined()
  })

  test('is cut as soon as it is full', async () => {
    const lane = open()
    await lane.arrive(record({ sequence: 1n }), record({ sequence: 2n }))
    expect(await lane.cut(3, 10_000)).toBeUndefined()
    await lane.arrive(record({ sequence: 3n }), record({ sequence: 4n }))
    expect((await lane.cut(3, 10_000))?.size).toBe(3n)
    expect(await lane.cut(3, 10_000)).toBeUndefined()
  })

  test('is cut when its oldest record has waited long enough', async () => {
    const lane = open()
    await lane.arrive(record({ sequence: 1n, acceptedAt: 1_000 }), record({ sequence: 2n, acceptedAt: 5_000 }))
    lane.clock.at = 10_999
    expect(await lane.cut(100, 10_000)).toBeUndefined()
    lane.clock.at = 11_000
    expect((await lane.cut(100, 10_000))?.size).toBe(2n)
  })

  test('is cut although the clock was set back, and closes no earlier than the one before', async () => {
    const lane = open()
    lane.clock.at = 50_000
    await lane.arrive(record({ sequence: 1n, acceptedAt: 50_000 }))
    expect((await lane.cut())?.closedAt).toBe(50_000)
    await lane.arrive(record({ sequence: 2n, acceptedAt: 50_001 }))
    lane.clock.at = 20_000
    expect(await lane.cut(100, 10_000)).toMatchObject({ height: 2n, closedAt: 50_000 })
  })

  test('is the same bytes for the same records, in whatever order they came', async () => {
    const records = [1n, 2n, 3n].flatMap((sequence) =>
      [1, 2].map((name) => record({ sequence, device: deviceOf(name) })),
    )
    const headers = await Promise.all(
      [records, records.toReversed()].map(async (records) => {
        const lane = open()
        await lane.arrive(...records)
        return (await lane.cut()) as Header
      }),
    )
    expect(headerHash(headers[0] as Header)).toEqual(headerHash(headers[1] as Header))
  })

  test('takes one term of a device, its lowest, and leaves the next for the batch after', async () => {
    const lane = open()
    const [own, other] = [deviceOf(1), deviceOf(2)]
    await lane.arrive(
      record({ sequence: 5n, term: 1 }),
      record({ sequence: 3n, term: 2 }),
      record({ sequence: 7n, term: 1 }),
      record({ sequence: 1n, device: other, term: 9 }),
    )
    await lane.cut()
    await lane.cut()
    expect(await lane.cut()).toBeUndefined()
    const { batches } = await checkLane(lane.files)
    const terms = batches.map(({ summaries }) =>
      summaries.map(decodeSummary).map(({ device, term, first, end }) => ({ device, term, count: end - first })),
    )
    expect(terms[0]).toHaveLength(2)
    expect(terms[0]).toContainEqual({ device: own, term: 1, count: 2n })
    expect(terms[0]).toContainEqual({ device: other, term: 9, count: 1n })
    expect(terms[1]).toEqual([{ device: own, term: 2, count: 1n }])
  })

  test('is left to whoever owns the lane', async () => {
    const lane = open()
    await lane.arrive(record({ sequence: 1n }))
    await lane.store.whileOwning(0, async () => {
      expect(await lane.cut()).toBeUndefined()
    })
    expect((await lane.cut())?.height).toBe(1n)
  })

  test('is published with a checkpoint that the operator signed', async () => {
    const lane = open()
    await lane.arrive(record({ sequence: 1n }))
    const header = (await lane.cut()) as Header
    const note = new TextDecoder().decode(await lane.files.get('log/0/checkpoint'))
    const origin = originOf(network, 0)
    expect(openCheckpoint(note, { origin, publicKey: key.publicKey })).toEqual({
      ok: true,
      value: { origin, size: 1n, root: header.root },
    })
    expect(await lane.files.get('log/0/00000001/header')).toHaveLength(320)
  })
})

/** A day of a lane: who sends what, in which order it comes, how large batches get. Terms of a device rise with its sequence, or not. */
const day = fc.record({
  records: fc.uniqueArray(
    fc.record({
      name: fc.integer({ min: 1, max: 4 }),
      sequence: fc.bigInt({ min: 1n, max: 60n }),
      term: fc.integer({ min: 1, max: 3 }),
      quality: fc.integer({ min: 0, max: 10_000 }),
    }),
    { selector: ({ name, sequence }) => `${name}/${sequence}`, maxLength: 120 },
  ),
  sizes: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 }),
})

describe('a lane', () => {
  test('holds every record exactly once, provably, whatever the order and the batches', async () => {
    await fc.assert(
      fc.asyncProperty(day, async ({ records, sizes }) => {
        const lane = open()
        const sent = records.map(({ name, ...rest }, at) =>
          record({ device: deviceOf(name), acceptedAt: 1_000 + at, ...rest }),
        )
        const left = [...sent]
        for (let round = 0; left.length > 0 || (await lane.store.pending(0, 1)).length > 0; round++) {
          await lane.arrive(...left.splice(0, 1 + (round % 30)))
          lane.clock.at += 1_000
          await lane.cut(sizes[round % sizes.length] as number)
        }
        const { batches, leaves, newest, records: logged } = await checkLane(lane.files)
        expect(logged.toSorted(compare)).toEqual(
          sent.map(({ term: _, signature: __, ...body }) => body).toSorted(compare),
        )
        const total = [...newest.values()].reduce((sum, { summary }) => sum + summary.totalRecords, 0n)
        expect(total).toBe(BigInt(sent.length))
        for (const { device, term } of sent)
          expect(newest.get(termKey(device, term))?.summary.totalRecords).toBe(
            BigInt(sent.filter((one) => one.device === device && one.term === term).length),
          )
        await checkProofs(lane.store, batches, leaves)
      }),
      { numRuns: 60, seed: 5 },
    )
  })
})

type Published = Awaited<ReturnType<typeof published>>

/** Each record under each later root, and each root from each earlier one, from the tiles that the gateway keeps. */
const checkProofs = async (store: LogStore, batches: Published, leaves: readonly Uint8Array[]) => {
  const read = (ids: readonly TileId[]) => store.tiles(0, ids)
  let before = { size: 0n, root: EMPTY_ROOT }
  for (const { header } of batches) {
    const { size, root } = header
    const proof = await logConsistency(read, before.size, size)
    expect(verifyConsistency({ from: before.size, size, fromRoot: before.root, root, proof })).toBe(true)
    for (let index = 0n; index < size; index++) {
      const leafHash = leaves[Number(index)] as Uint8Array
      const path = await logInclusion(read, index, size)
      expect(verifyInclusion({ leafHash, index, size, proof: path, root })).toBe(true)
      if (index === 0n) expect(path).toEqual(inclusionProof(leaves.slice(0, Number(size)), 0))
    }
    before = { size, root }
  }
}

/** Fails at its `failing`th write, and at every one after it: a killed process, or a full disk. */
const failingFiles = (inner: Files, failing: number): Files => {
  let writes = 0
  return {
    put: async (path, bytes) => {
      if (++writes >= failing) throw new Error('ENOSPC')
      await inner.put(path, bytes)
    },
    get: inner.get,
    open: inner.open,
  }
}

const copyOf = async (files: Files): Promise<string> =>
  JSON.stringify(
    await Promise.all(
      [1n, 2n, 3n]
        .flatMap((height) =>
          ['bodies', 'witnesses', 'summaries', 'header'].map((name) => `${batchPath(0, height)}/${name}`),
        )
        .concat(checkpointPath(0))
        .map(async (path) => [path, bytesToHex((await files.get(path)) ?? new Uint8Array(0))]),
    ),
  )

describe('a crash between commit and publishing', () => {
  const batchesOf = (): PendingRecord[][] => [1n, 2n, 3n].map((sequence) => [record({ sequence })])

  const undisturbed = async (): Promise<string> => {
    const lane = open()
    for (const records of batchesOf()) {
      await lane.arrive(...records)
      await lane.cut()
    }
    return copyOf(lane.files)
  }

  test.each([1, 2, 3, 4, 5])('at write %i is mended at the next start', async (failing) => {
    const lane = open()
    const [first = [], second = [], third = []] = batchesOf()
    await lane.arrive(...first)
    await lane.cut()
    await lane.arrive(...second)
    const broken = { ...lane.ports, files: failingFiles(lane.files, failing) }
    await expect(cutBatch(broken, { lane: 0, maxRecords: 10, maxAge: 0 })).rejects.toThrow('ENOSPC')
    expect((await lane.store.head(0))?.height).toBe(2n)
    await republish(lane.ports, 0)
    await lane.arrive(...third)
    await lane.cut()
    expect(await copyOf(lane.files)).toBe(await undisturbed())
  })

  test('is mended by the next cut too: nothing is committed above an unpublished batch', async () => {
    const lane = open()
    const [first = [], second = [], third = []] = batchesOf()
    await lane.arrive(...first)
    const broken = { ...lane.ports, files: failingFiles(lane.files, 1) }
    await expect(cutBatch(broken, { lane: 0, maxRecords: 10, maxAge: 0 })).rejects.toThrow('ENOSPC')
    await lane.arrive(...second)
    await expect(cutBatch(broken, { lane: 0, maxRecords: 10, maxAge: 0 })).rejects.toThrow('ENOSPC')
    expect((await lane.store.head(0))?.height).toBe(1n)
    await lane.cut()
    await lane.arrive(...third)
    await lane.cut()
    expect(await copyOf(lane.files)).toBe(await undisturbed())
  })

  test('with the whole folder lost is mended from the database', async () => {
    const lane = open()
    for (const records of batchesOf()) {
      await lane.arrive(...records)
      await lane.cut()
    }
    const files = memoryFiles()
    await republish({ ...lane.ports, files }, 0)
    expect(await copyOf(files)).toBe(await undisturbed())
  })

  test.each([1, 6, 9, 13])('while mending, at write %i, leaves no gap below what is published', async (failing) => {
    const lane = open()
    for (const records of batchesOf()) {
      await lane.arrive(...records)
      await lane.cut()
    }
    const files = memoryFiles()
    await expect(republish({ ...lane.ports, files: failingFiles(files, failing) }, 0)).rejects.toThrow('ENOSPC')
    await republish({ ...lane.ports, files }, 0)
    expect(await copyOf(files)).toBe(await undisturbed())
  })

  test('of an empty lane leaves nothing to mend', async () => {
    const lane = open()
    await republish(lane.ports, 0)
    expect(await lane.files.get(checkpointPath(0))).toBeUndefined()
  })
})
