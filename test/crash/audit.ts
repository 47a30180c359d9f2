import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { createPublicClient, type Hex, http, type PublicClient } from 'viem'
import { claimEvents, readBalance, readHeaderHash, readLane, settledEvents } from '../../chain/client.ts'
import type { Address } from '../../devices/identity.ts'
import { decodeHeader, headerHash } from '../../sdk/log/header.ts'
import { decodeRecord, RECORD_BYTES } from '../../sdk/log/record.ts'

/*
 * What the world can see, compared with what the devices saw acknowledged: the published files and the chain, never the database.
 */

/** Acknowledged packets: digest by `device sequence`. */
export type Acknowledged = ReadonlyMap<string, string>

export type Findings = {
  readonly acknowledged: number
  readonly records: number
  readonly batches: number
  readonly claims: number
  /** Acknowledged as accepted, and in no published batch. */
  readonly lost: number
  /** In the log more than once. */
  readonly doubled: number
  /** Heights that the chain settled twice, or that leave a gap, or that the chain has and nobody published. */
  readonly settledTwice: number
  /** Lines of an epoch paid more than once, and payments that do not add up, by events and by the holders' balances. */
  readonly paidTwice: number
}

export type Network = {
  readonly registry: Hex
  readonly ledger: Hex
  readonly rewards: Hex
  readonly token: Hex
}

const MAX_BLOCKS = 2_000n

export const networkOf = async (url: string): Promise<Network> =>
  (await (await fetch(`${url}/v1/network`)).json()) as Network

const fileOf = async (url: string, height: bigint, kind: string): Promise<Uint8Array> => {
  const response = await fetch(`${url}/log/0/${String(height).padStart(8, '0')}/${kind}`)
  if (!response.ok)
    throw new Error(`batch ${height} is settled, but its ${kind} are not published (${response.status})`)
  return new Uint8Array(await response.arrayBuffer())
}

/** A batch's records as the chain vouches for them: the header it stored, and the file that this header names. */
const publishedBodies = async (
  client: PublicClient,
  { ledger }: Network,
  url: string,
  height: bigint,
): Promise<Uint8Array> => {
  const header = decodeHeader(await fileOf(url, height, 'header'))
  const bodies = await fileOf(url, height, 'bodies')
  const onChain = await readHeaderHash(client, ledger, 0, height)
  if (onChain !== `0x${bytesToHex(headerHash(header))}`)
    throw new Error(`the published header of batch ${height} is not the settled one`)
  if (bytesToHex(header.dataHash) !== bytesToHex(sha256(bodies)))
    throw new Error(`the published bodies of batch ${height} are not the settled ones`)
  return bodies
}

const publishedRecords = async (
  client: PublicClient,
  network: Network,
  url: string,
  heights: bigint,
): Promise<Map<string, string[]>> => {
  const found = new Map<string, string[]>()
  for (let height = 1n; height <= heights; height++) {
    const bodies = await publishedBodies(client, network, url, height)
    for (let at = 0; at < bodies.length; at += RECORD_BYTES) {
      const { device, sequence, digest } = decodeRecord(bodies.subarray(at, at + RECORD_BYTES))
      const key = `${device} ${sequence}`
      found.set(key, [...(found.get(key) ?? []), bytesToHex(digest)])
    }
  }
  return found
}

/** Every event since the chain began, in windows that any node answers. */
const allEvents = async <T>(
  client: PublicClient,
  read: (from: bigint, to: bigint) => Promise<readonly T[]>,
): Promise<T[]> => {
  const newest = await client.getBlockNumber()
  const events: T[] = []
  for (let from = 1n; from <= newest; from += MAX_BLOCKS) {
    const to = from + MAX_BLOCKS - 1n
    events.push(...(await read(from, to < newest ? to : newest)))
  }
  return events
}

const countSettledTwice = async (
  client: PublicClient,
  { ledger }: Network,
): Promise<{ heights: bigint; wrong: number }> => {
  const events = await allEvents(client, (from, to) => settledEvents(client, ledger, from, to))
  const { height, size } = await readLane(client, ledger, 0)
  const seen = new Set<bigint>()
  let wrong = 0
  let end = 0n
  for (const event of events) {
    if (seen.has(event.height) || event.from !== end) wrong++
    seen.add(event.height)
    end = event.size
  }
  if (end !== size) wrong++
  return { heights: height, wrong: wrong + (BigInt(seen.size) === height ? 0 : 1) }
}

const countPaidTwice = async (
  client: PublicClient,
  { rewards, token }: Network,
): Promise<{ claims: number; wrong: number }> => {
  const events = await allEvents(client, (from, to) => claimEvents(client, rewards, from, to))
  const terms = new Map<string, { paid: bigint; cumulative: bigint }>()
  const lines = new Set<string>()
  const holders = new Map<Address, bigint>()
  for (const { epoch, device, term, holder, amount, cumulative } of events) {
    lines.add(`${epoch}/${device}/${term}`)
    const before = terms.get(`${device}/${term}`) ?? { paid: 0n, cumulative: 0n }
    const highest = cumulative > before.cumulative ? cumulative : before.cumulative
    terms.set(`${device}/${term}`, { paid: before.paid + amount, cumulative: highest })
    holders.set(holder as Address, (holders.get(holder as Address) ?? 0n) + amount)
  }
  let wrong = [...terms.values()].filter(({ paid, cumulative }) => paid !== cumulative).length
  wrong += events.length - lines.size
  for (const [holder, sum] of holders) if ((await readBalance(client, token, holder)) !== sum) wrong++
  return { claims: events.length, wrong }
}

export const audit = async (url: string, rpcUrl: string, acknowledged: Acknowledged): Promise<Findings> => {
  const network = await networkOf(url)
  const client = createPublicClient({ transport: http(rpcUrl) })
  const { heights, wrong: settledTwice } = await countSettledTwice(client, network)
  const records = await publishedRecords(client, network, url, heights)
  const { claims, wrong: paidTwice } = await countPaidTwice(client, network)
  const isLogged = ([key, digest]: readonly [string, string]): boolean => records.get(key)?.includes(digest) ?? false
  return {
    acknowledged: acknowledged.size,
    records: records.size,
    batches: Number(heights),
    claims,
    lost: [...acknowledged].filter((entry) => !isLogged(entry)).length,
    doubled: [...records.values()].filter((digests) => digests.length > 1).length,
    settledTwice,
    paidTwice,
  }
}
