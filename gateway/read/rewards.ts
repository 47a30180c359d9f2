import { z } from 'zod'
import type { Address } from '../../devices/identity.ts'
import type { Earning, Epoch, ReadStore } from '../ports.ts'
import type { Api, ReadPorts } from './api.ts'
import { cursorAt, positionOf } from './cursor.ts'
import { type ClaimArguments, claimsOf } from './earning-claim.ts'
import { refuse } from './problem.ts'
import { address, at, cursor, decimal, failing, hex, hexOf, next, whole, wide } from './schemas.ts'

const MAX_EPOCHS = 100
const EARNINGS_PAGE = 500
const CLAIMS_SHOWN = 50

const claimArguments = z.object({
  device: hex,
  term: z.int(),
  cumulative: decimal,
  index: decimal,
  proof: z.array(hex),
})

const earning = z
  .object({
    device: hex,
    term: z.int(),
    holder: hex,
    records: decimal,
    score: decimal,
    weight: decimal,
    amount: decimal.meta({ description: 'Token base units, this epoch' }),
    cumulative: decimal.meta({ description: 'Token base units, since registration' }),
    claim: claimArguments.optional().meta({ description: 'What RewardLedger.claim takes; anyone may send it' }),
  })
  .meta({ id: 'Earning' })

const epoch = z
  .object({
    epoch: decimal,
    fromAt: at,
    toAt: at,
    state: z.enum(['computed', 'proposed', 'final']),
    transaction: hex.nullable(),
    heights: z.array(decimal).meta({ description: 'Newest batch of each lane that counts' }),
    terms: z.int(),
    totalWeight: decimal,
    totalEarned: decimal,
    weightsRoot: hex,
    earningsRoot: hex,
    earnings: z.array(earning).optional().meta({ description: 'With epoch= or device=' }),
  })
  .meta({ id: 'Epoch' })

const claim = z
  .object({
    device: hex,
    term: z.int(),
    holder: hex,
    amount: decimal,
    cumulative: decimal,
    transaction: hex,
    block: decimal,
  })
  .meta({ id: 'Claim', description: 'Paid by the RewardLedger' })

type ClaimRow = Awaited<ReturnType<ReadStore['claims']>>[number]

const describeClaim = (row: ClaimRow): z.output<typeof claim> => ({
  ...row,
  amount: `${row.amount}`,
  cumulative: `${row.cumulative}`,
  block: `${row.block}`,
})

const describeEarning = (row: Earning, claim: ClaimArguments | undefined): z.output<typeof earning> => ({
  ...row,
  records: `${row.records}`,
  score: `${row.score}`,
  weight: `${row.weight}`,
  amount: `${row.amount}`,
  cumulative: `${row.cumulative}`,
  ...(claim ? { claim: { ...claim, proof: [...claim.proof] } } : {}),
})

const describeEpoch = (row: Epoch, length: number): z.output<typeof epoch> => ({
  epoch: `${row.epoch}`,
  fromAt: Number(row.epoch) * length,
  toAt: (Number(row.epoch) + 1) * length,
  state: row.state,
  transaction: row.transaction ?? null,
  heights: row.heights.map(String),
  terms: row.earnings.length,
  totalWeight: `${row.totalWeight}`,
  totalEarned: `${row.totalEarned}`,
  weightsRoot: hexOf(row.weightsRoot),
  earningsRoot: hexOf(row.earningsRoot),
})

/** The device's lines, provable where `isProven`. */
const earningsOf = (row: Epoch, device: Address, isProven: boolean): z.output<typeof earning>[] => {
  const lines = row.earnings.filter((line) => line.device === device)
  const prove = isProven && lines.length > 0 ? claimsOf(row) : undefined
  return lines.map((line) => describeEarning(line, prove?.(line)))
}

const query = z.strictObject({
  epoch: wide.optional(),
  device: address.optional(),
  cursor: cursor.optional(),
  limit: whole(1, MAX_EPOCHS).default(20),
})

/** An epoch by its number, in the store's own words. */
export const epochAt = async (store: Pick<ReadStore, 'epochs'>, epoch: bigint): Promise<Epoch | undefined> => {
  const [row] = await store.epochs({ below: epoch + 1n, limit: 1 })
  return row?.epoch === epoch ? row : undefined
}

export const rewardRoutes = (api: Api, { store, network }: Pick<ReadPorts, 'store' | 'network'>): void => {
  const length = network.epochSeconds * 1_000

  /** One epoch: the device's lines, or a page of all. */
  const oneEpoch = (row: Epoch, device: Address | undefined, start: number) => {
    if (device)
      return { epochs: [{ ...describeEpoch(row, length), earnings: earningsOf(row, device, true) }], next: null }
    const lines = row.earnings.slice(start, start + EARNINGS_PAGE).map((line) => describeEarning(line, undefined))
    const end = start + lines.length
    const isLast = end >= row.earnings.length
    return {
      epochs: [{ ...describeEpoch(row, length), earnings: lines }],
      next: isLast ? null : cursorAt('earnings', BigInt(end)),
    }
  }

  const manyEpochs = async (device: Address | undefined, below: bigint | undefined, limit: number) => {
    const rows = await store.epochs({ below, limit: limit + 1 })
    const page = rows.slice(0, limit)
    const last = page.at(-1)
    // Earnings are cumulative, so the newest final epoch's claim holds all before it.
    const claimable = page.find((row) => row.state === 'final')
    return {
      epochs: page.map((row) => ({
        ...describeEpoch(row, length),
        ...(device ? { earnings: earningsOf(row, device, row === claimable) } : {}),
      })),
      next: rows.length > limit && last ? cursorAt('epochs', last.epoch) : null,
    }
  }

  api.get(
    '/v1/rewards',
    {
      schema: {
        operationId: 'listRewards',
        summary: 'Epochs, earnings with what it takes to claim them, and claims paid',
        description:
          'Without parameters: epochs, newest first. With device=: its lines, and the claim of the newest final epoch. With epoch=: all lines of it, by page.',
        tags: ['rewards'],
        querystring: query,
        response: { 200: z.object({ epochs: z.array(epoch), claims: z.array(claim), next }), ...failing },
      },
    },
    async (request, reply) => {
      const { epoch, device, cursor, limit } = request.query
      const position =
        cursor === undefined ? undefined : positionOf(epoch === undefined ? 'epochs' : 'earnings', cursor)
      if (cursor !== undefined && position === undefined)
        return refuse(reply, 'BAD_REQUEST', { detail: 'cursor: is not one of this list' })
      const claims = (await store.claims({ ...(device ? { device } : {}), limit: CLAIMS_SHOWN })).map(describeClaim)
      if (epoch === undefined) {
        const below = position === undefined ? undefined : BigInt(position)
        return { ...(await manyEpochs(device, below, limit)), claims }
      }
      const row = await epochAt(store, epoch)
      if (!row) return refuse(reply, 'NOT_FOUND', { detail: 'This epoch is not computed.' })
      return { ...oneEpoch(row, device, Number(position ?? 0)), claims }
    },
  )
}
