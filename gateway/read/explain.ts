import { z } from 'zod'
import type { Address } from '../../devices/identity.ts'
import type { Millis } from '../../devices/units.ts'
import { gradesIn } from '../../sdk/reward.ts'
import { entryOf } from '../errors.ts'
import type { DeviceRow, Earning, EpochHead, Outcome, ReadStore, Registration } from '../ports.ts'
import { heldBy, visibleSince } from './access.ts'
import type { Api, ReadPorts } from './api.ts'
import { explainReward, type Reason, reasons } from './arithmetic.ts'
import { sharesOf } from './percent.ts'
import { refuse } from './problem.ts'
import { describeRefusal, refusal, refusalsOf, sourcesOf } from './refusals.ts'
import { address, at, decimal, END_OF_TIME, failing, hex, stored } from './schemas.ts'

const EXAMPLES = 10
/** Terms of a device in one epoch, read at a time: it has one, but where it was sold within the epoch. */
const TERMS_AT_ONCE = 100
/** Of a term, newest first. The newest tells what it was paid in all. */
const CLAIMS_SHOWN = 100

const status = z.object({
  code: z.string(),
  count: z.int(),
  basisPoints: z.int().meta({ description: 'Of all packets; all codes together are 10,000' }),
  title: z.string(),
  fix: z.string(),
})

const line = z.object({ name: z.string(), value: decimal, unit: z.string(), how: z.string() })

const explanation = z
  .object({
    device: hex,
    term: z.int(),
    epoch: decimal,
    state: z.enum(['open', 'computed', 'proposed', 'final']),
    fromAt: at.meta({ description: 'First millisecond counted' }),
    toAt: at.meta({ description: 'First millisecond counted no longer' }),
    packets: z.object({ total: z.int(), statuses: z.array(status), refusals: z.array(refusal) }),
    reward: z
      .object({
        isExact: z.boolean().meta({ description: 'The lines give what the epoch says' }),
        lines: z.array(line),
        reason: z
          .object({ code: z.enum(Object.keys(reasons) as [Reason, ...Reason[]]), detail: z.string() })
          .nullable()
          .meta({ description: 'Why nothing was earned; null where something was' }),
        transaction: hex.nullable().meta({ description: 'Proposed the epoch to the RewardLedger' }),
        claims: z.array(z.object({ transaction: hex, amount: decimal, cumulative: decimal, block: decimal })),
      })
      .nullable(),
  })
  .meta({ id: 'Explanation' })

type Ports = Pick<ReadPorts, 'store' | 'known' | 'auth' | 'blockTime' | 'network' | 'clock'>
type Span = { readonly from: Millis; readonly until: Millis }

/** Every packet of the span by its one status, most frequent first. */
const statusesOf = async (store: Pick<ReadStore, 'statusCounts'>, device: DeviceRow, { from, until }: Span) => {
  const totals = new Map<Outcome, number>()
  for (const source of sourcesOf(device))
    for (const [code, count] of await store.statusCounts({ source, from, to: until }))
      totals.set(code, (totals.get(code) ?? 0) + count)
  const rows = [...totals].filter(([, count]) => count > 0).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  const shares = sharesOf(rows.map(([, count]) => count))
  return rows.map(([code, count], index) => ({
    code,
    count,
    basisPoints: shares[index] ?? 0,
    ...(code === 'ACCEPTED' ? { title: 'Stored, logged and counted once', fix: '' } : titled(code)),
  }))
}

const titled = (code: Exclude<Outcome, 'ACCEPTED'>) => {
  const { title, fix } = entryOf(code)
  return { title, fix }
}

const descending = (a: bigint, b: bigint): number => (a < b ? 1 : a > b ? -1 : 0)

/** Both caps are the device's: what its other terms scored in the epoch counts too. */
const deviceScoreOf = async ({ store, network }: Ports, epoch: bigint, device: Address): Promise<bigint> => {
  const earning = gradesIn(network.reward.earningGrades)
  let score = 0n
  for (let after: Earning | undefined; ; ) {
    const terms = await store.lines({ epoch, device, after, limit: TERMS_AT_ONCE })
    for (const term of terms) if (earning.includes(term.grade)) score += term.score
    if (terms.length < TERMS_AT_ONCE) return score
    after = terms.at(-1)
  }
}

const describeReward = async (ports: Ports, epoch: EpochHead, earning: Earning) => {
  const { device, term } = earning
  const claims = await ports.store.claims({ device, term, limit: CLAIMS_SHOWN })
  const paid = claims.map(({ cumulative }) => cumulative).toSorted(descending)[0] ?? 0n
  const { totalWeight } = epoch
  const parameters = ports.network.reward
  const deviceScore = await deviceScoreOf(ports, epoch.epoch, device)
  const { lines, isExact, reason } = explainReward({ earning, deviceScore, totalWeight, parameters, paid })
  return {
    isExact,
    reason: reason ? { code: reason, detail: reasons[reason] } : null,
    lines: lines.map((line) => ({ ...line, value: `${line.value}` })),
    transaction: epoch.transaction ?? null,
    claims: claims.map(({ transaction, amount, cumulative, block }) => ({
      transaction,
      amount: `${amount}`,
      cumulative: `${cumulative}`,
      block: `${block}`,
    })),
  }
}

/** The time that an epoch pays for: since the epoch computed before it, so that a gateway that slept leaves no packet unexplained. */
const spanOf = async (ports: Ports, number: bigint, computed: EpochHead | undefined): Promise<Span> => {
  const length = ports.network.epochSeconds * 1_000
  const until = (Number(number) + 1) * length
  if (!computed) return { from: Number(number) * length, until }
  const [before] = await ports.store.epochs({ below: number, limit: 1 })
  return { from: before ? (Number(before.epoch) + 1) * length : 0, until }
}

/** The newest computed epoch, or the running one before any is. */
const newest = async (ports: Ports): Promise<bigint> => {
  const [row] = await ports.store.epochs({ below: undefined, limit: 1 })
  return row?.epoch ?? BigInt(Math.floor(ports.clock.now() / (ports.network.epochSeconds * 1_000)))
}

const lineOf = async (store: Pick<ReadStore, 'lines'>, epoch: bigint, { device, term }: Registration) => {
  const [line] = await store.lines({ epoch, device, after: { device, term: term - 1 }, limit: 1 })
  return line?.term === term ? line : undefined
}

const explain = async (
  ports: Ports,
  held: { readonly device: DeviceRow; readonly registration: Registration },
  { number, since }: { readonly number: bigint; readonly since: Millis },
): Promise<z.output<typeof explanation>> => {
  const { device, registration } = held
  const epoch = await ports.store.epoch(number)
  const whole = await spanOf(ports, number, epoch)
  const span = { from: Math.min(Math.max(whole.from, since), whole.until), until: whole.until }
  const isEmpty = span.from >= span.until
  const statuses = isEmpty ? [] : await statusesOf(ports.store, device, span)
  const examples = await refusalsOf(ports.store, device, { ...span, since, limit: EXAMPLES })
  const earning = epoch && (await lineOf(ports.store, number, registration))
  return {
    device: device.device,
    term: registration.term,
    epoch: `${number}`,
    state: epoch?.state ?? 'open',
    fromAt: span.from,
    toAt: span.until,
    packets: {
      total: statuses.reduce((sum, { count }) => sum + count, 0),
      statuses,
      refusals: examples.map(describeRefusal),
    },
    reward: epoch && earning ? await describeReward(ports, epoch, earning) : null,
  }
}

export const explainRoutes = (api: Api, ports: Ports): void => {
  api.get(
    '/v1/devices/:address/explain',
    {
      schema: {
        operationId: 'explainReward',
        summary: 'Every packet of an epoch by its status, and the reward’s arithmetic line by line',
        tags: ['rewards'],
        security: [{ token: [] }],
        params: z.object({ address }),
        querystring: z.strictObject({ epoch: stored.optional().meta({ description: 'Default: the newest computed' }) }),
        response: { 200: explanation, ...failing },
      },
    },
    async (request, reply) => {
      const held = await heldBy(ports, request, reply)
      if (!held) return reply
      const number = request.query.epoch ?? (await newest(ports))
      if (number >= BigInt(Math.floor(END_OF_TIME / (ports.network.epochSeconds * 1_000))))
        return refuse(reply, 'BAD_REQUEST', { detail: 'epoch: must be before the year 9999' })
      const since = await visibleSince(ports, held.registration)
      if (since === undefined)
        return refuse(reply, 'CHAIN_UNREACHABLE', { detail: 'When the term began is not known.' })
      return explain(ports, held, { number, since })
    },
  )
}
