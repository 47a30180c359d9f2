import { z } from 'zod'
import type { Address } from '../../devices/identity.ts'
import { LINES_IN_RUN } from '../../sdk/log/earning.ts'
import type { Earning, EpochHead, ReadStore } from '../ports.ts'
import type { Api, ReadPorts } from './api.ts'
import { type ClaimArguments, claimsIn } from './claim-proof.ts'
import { type Cursor, cursorAt, cursorOf, lineCursor, lineIn } from './cursor.ts'
import { refuse } from './problem.ts'
import { address, at, decimal, failing, hex, hexOf, next, stored, whole } from './schemas.ts'

export const MAX_EPOCHS = 100
/** Lines of one answer, whatever it is asked by. */
const LINES_PAGE = 200
/** Each with its claim. Neighbouring lines, so of two runs at most. */
const CLAIMABLE_PAGE = LINES_IN_RUN
const CLAIMS_SHOWN = 50

const claimArguments = z.object({
  epoch: decimal,
  first: decimal.meta({ description: 'Place of the line in the epoch’s tree' }),
  lines: z.array(z.object({ device: hex, term: z.int(), amount: decimal })),
  proof: z.array(hex),
})

const earning = z
  .object({
    device: hex,
    term: z.int(),
    holder: hex,
    grade: z
      .enum(['full', 'legacy', 'attested'])
      .meta({ description: 'Of its registration; some earn nothing, see /v1/network' }),
    records: decimal,
    score: decimal,
    weight: decimal,
    amount: decimal.meta({ description: 'Token base units, this epoch' }),
    cumulative: decimal.meta({ description: 'Token base units, since registration' }),
    claim: claimArguments.optional().meta({
      description:
        'With epoch= and device=, once the epoch is final: one of the claims that RewardLedger.claim takes; anyone may send it',
    }),
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
    terms: z.int().meta({ description: 'Lines of its trees' }),
    earners: z.int().meta({ description: 'Lines with an amount' }),
    earned: decimal.meta({ description: 'Token base units, this epoch, all lines together' }),
    totalWeight: decimal,
    totalEarned: decimal.meta({ description: 'Token base units, all epochs up to this one' }),
    weightsRoot: hex,
    earningsRoot: hex,
    earnings: z.array(earning).optional().meta({ description: 'Terms with records in it; with epoch= or device=' }),
  })
  .meta({ id: 'Epoch' })

const claim = z
  .object({
    epoch: decimal,
    device: hex,
    term: z.int(),
    holder: hex,
    amount: decimal,
    cumulative: decimal.meta({ description: 'Token base units paid to the term so far' }),
    transaction: hex,
    block: decimal,
  })
  .meta({ id: 'Claim', description: 'Paid by the RewardLedger' })

type ClaimRow = Awaited<ReturnType<ReadStore['claims']>>[number]
type Shown = z.output<typeof earning>

const describeClaim = (row: ClaimRow): z.output<typeof claim> => ({
  ...row,
  epoch: `${row.epoch}`,
  amount: `${row.amount}`,
  cumulative: `${row.cumulative}`,
  block: `${row.block}`,
})

const describeLine = (row: Earning, claim?: ClaimArguments): Shown => ({
  device: row.device,
  term: row.term,
  holder: row.holder,
  grade: row.grade,
  records: `${row.records}`,
  score: `${row.score}`,
  weight: `${row.weight}`,
  amount: `${row.amount}`,
  cumulative: `${row.cumulative}`,
  ...(claim ? { claim } : {}),
})

/** The lines with their claims. Neighbours share a run, which is read and hashed once for all of them. */
const describeClaimable = async (
  store: Pick<ReadStore, 'run'>,
  epoch: bigint,
  lines: readonly Earning[],
): Promise<Shown[]> => {
  const shown: Shown[] = []
  let claimOf: ReturnType<typeof claimsIn> | undefined = () => undefined
  for (const line of lines) {
    const isClaimable = line.amount > 0n
    if (isClaimable && claimOf && !claimOf(line)) {
      const run = await store.run(epoch, line)
      // An epoch whose runs are not kept has none for the other lines either.
      claimOf = run && claimsIn(epoch, run)
    }
    shown.push(describeLine(line, isClaimable ? claimOf?.(line) : undefined))
  }
  return shown
}

const describeEpoch = (row: EpochHead, length: number): z.output<typeof epoch> => ({
  epoch: `${row.epoch}`,
  fromAt: Number(row.epoch) * length,
  toAt: (Number(row.epoch) + 1) * length,
  state: row.state,
  transaction: row.transaction ?? null,
  heights: row.heights.map(String),
  terms: row.terms,
  earners: row.earners,
  earned: `${row.earned}`,
  totalWeight: `${row.totalWeight}`,
  totalEarned: `${row.totalEarned}`,
  weightsRoot: hexOf(row.weightsRoot),
  earningsRoot: hexOf(row.earningsRoot),
})

const query = z
  .strictObject({
    epoch: stored.optional(),
    device: address.optional(),
    cursor: cursorOf('epochs', 'lines').optional(),
    limit: whole(1, MAX_EPOCHS).default(20),
  })
  .refine(({ epoch, cursor }) => !cursor || (cursor.list === 'lines') === (epoch !== undefined), {
    path: ['cursor'],
    error: 'must be the `next` of an answer to the same question',
  })

type Page<T> = { readonly items: readonly T[]; readonly isLast: boolean }

const pageOf = <T>(rows: readonly T[], limit: number): Page<T> => ({
  items: rows.slice(0, limit),
  isLast: rows.length <= limit,
})

type History = Awaited<ReturnType<ReadStore['history']>>

/** Epochs whose lines are all there: where the lines were cut short, the epoch of the cut is left to the next page, unless it is the first. */
const wholeEpochs = (epochs: readonly EpochHead[], { items, isLast }: Page<History[number]>): readonly EpochHead[] => {
  const cut = isLast ? undefined : items.at(-1)?.epoch
  if (cut === undefined) return epochs
  const kept = epochs.filter(({ epoch }) => epoch > cut)
  return kept.length > 0 ? kept : epochs.slice(0, 1)
}

export const rewardRoutes = (api: Api, { store, network }: Pick<ReadPorts, 'store' | 'network'>): void => {
  const length = network.epochSeconds * 1_000
  /** One epoch, and its lines or the device's by page. */
  const oneEpoch = async (row: EpochHead, device: Address | undefined, cursor: Cursor<'lines'> | undefined) => {
    const limit = device ? CLAIMABLE_PAGE : LINES_PAGE
    const page = pageOf(
      await store.lines({
        epoch: row.epoch,
        ...(device ? { device } : {}),
        after: cursor && lineIn(cursor),
        limit: limit + 1,
      }),
      limit,
    )
    const earnings =
      device !== undefined && row.state === 'final'
        ? await describeClaimable(store, row.epoch, page.items)
        : page.items.map((line) => describeLine(line))
    const last = page.items.at(-1)
    return {
      epochs: [{ ...describeEpoch(row, length), earnings }],
      next: page.isLast || !last ? null : lineCursor(last),
    }
  }

  /** Epochs, newest first; with a device, what each added to its terms. */
  const manyEpochs = async (device: Address | undefined, below: bigint | undefined, limit: number) => {
    const heads = pageOf(await store.epochs({ below, limit: limit + 1 }), limit)
    const next = (last: EpochHead | undefined, isLast: boolean) =>
      isLast || !last ? null : cursorAt('epochs', last.epoch)
    const [first, last] = [heads.items[0], heads.items.at(-1)]
    if (!device || !first || !last)
      return { epochs: heads.items.map((row) => describeEpoch(row, length)), next: next(last, heads.isLast) }
    const history = pageOf(
      await store.history({ device, from: last.epoch, to: first.epoch, limit: LINES_PAGE + 1 }),
      LINES_PAGE,
    )
    const epochs = wholeEpochs(heads.items, history)
    return {
      epochs: epochs.map((row) => ({
        ...describeEpoch(row, length),
        earnings: history.items.filter(({ epoch }) => epoch === row.epoch).map((line) => describeLine(line)),
      })),
      next: next(epochs.at(-1), heads.isLast && epochs.length === heads.items.length),
    }
  }

  api.get(
    '/v1/rewards',
    {
      schema: {
        operationId: 'listRewards',
        summary: 'Epochs, earnings with what it takes to claim them, and claims paid',
        description:
          'Without parameters: epochs, newest first. With device=: each with the device’s lines. With epoch=: its lines by page, or with device= too, the device’s, in a final epoch with what it takes to claim each.',
        tags: ['rewards'],
        querystring: query,
        response: { 200: z.object({ epochs: z.array(epoch), claims: z.array(claim), next }), ...failing },
      },
    },
    async (request, reply) => {
      const { epoch, device, cursor, limit } = request.query
      const claims = (await store.claims({ ...(device ? { device } : {}), limit: CLAIMS_SHOWN })).map(describeClaim)
      if (epoch === undefined) {
        const below = cursor && BigInt(cursor.position)
        return { ...(await manyEpochs(device, below, limit)), claims }
      }
      const row = await store.epoch(epoch)
      if (!row) return refuse(reply, 'NOT_FOUND', { detail: 'This epoch is not computed.' })
      return { ...(await oneEpoch(row, device, cursor as Cursor<'lines'> | undefined)), claims }
    },
  )
}
